//! One session's file: a line for each entry.

use super::StoreError;
use crate::driver::now;
use ironbridge_session::{ENTRY_VERSION, Entry, EntryBody, Transcript};
use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// The longest line that is read, in bytes; a result with pictures is megabytes.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A session's file while it is written.
#[derive(Debug)]
pub struct SessionFile {
    pub(super) id: String,
    pub(super) path: PathBuf,
    pub(super) file: File,
}

impl SessionFile {
    /// The session's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends an entry: one line, one write. What was written survives the end of this process at any point.
    ///
    /// # Errors
    /// As the system says; then a part of the line may be there, which the next [`Store::open`] cuts off.
    pub fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    pub(super) fn put(
        &mut self,
        transcript: &mut Transcript,
        body: EntryBody,
    ) -> Result<(), StoreError> {
        let entry = Entry { at: now(), body };
        self.append(&entry).map_err(StoreError::io("writing", &self.path))?;
        transcript.apply(&entry);
        Ok(())
    }
}

/// What a file tells.
pub(super) struct Read {
    pub(super) transcript: Transcript,
    /// How much of it is whole lines.
    pub(super) bytes: u64,
    /// Whether more follows: half a line.
    pub(super) torn: bool,
}

pub(super) fn read(file: &File, path: &Path) -> Result<Read, StoreError> {
    let mut transcript = Transcript::default();
    let mut bytes = 0;
    let mut lines = Lines::new(BufReader::with_capacity(256 * 1024, file), path);
    for line in &mut lines {
        let (entry, end) = line?;
        if let EntryBody::Session { version, .. } = &entry.body
            && *version > ENTRY_VERSION
        {
            return Err(StoreError::TooNew { path: path.to_owned(), version: *version });
        }
        transcript.apply(&entry);
        bytes = end;
    }
    Ok(Read { transcript, bytes, torn: lines.torn })
}

/// The entries of a file, each with where its line ends. A last line without its end is no line.
pub(super) struct Lines<'p, R> {
    reader: R,
    path: &'p Path,
    line: Vec<u8>,
    number: usize,
    end: u64,
    torn: bool,
}

impl<'p, R: BufRead> Lines<'p, R> {
    pub(super) fn new(reader: R, path: &'p Path) -> Self {
        Lines { reader, path, line: Vec::new(), number: 0, end: 0, torn: false }
    }

    fn damaged(&self, reason: &dyn std::fmt::Display) -> StoreError {
        let (path, reason) = (self.path.to_owned(), reason.to_string());
        StoreError::Damaged { path, line: self.number, reason }
    }
}

impl<R: BufRead> Iterator for Lines<'_, R> {
    type Item = Result<(Entry, u64), StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        use io::Read as _;
        self.line.clear();
        self.number += 1;
        let read = self.reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line);
        let length = match read {
            Ok(0) => return None,
            Ok(length) => length as u64,
            Err(error) => return Some(Err(StoreError::io("reading", self.path)(error))),
        };
        if self.line.last() != Some(&b'\n') {
            if length >= LINE_BYTES_MAX {
                return Some(Err(self.damaged(&format!("it is over {LINE_BYTES_MAX} bytes"))));
            }
            self.torn = true;
            return None;
        }
        self.end += length;
        Some(match serde_json::from_slice(&self.line) {
            Ok(entry) => Ok((entry, self.end)),
            Err(error) => Err(self.damaged(&error)),
        })
    }
}

pub(super) fn lock(file: &File, id: &str, path: &Path) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy { id: id.to_owned() }),
        Err(TryLockError::Error(error)) => Err(StoreError::io("locking", path)(error)),
    }
}
