//! Reading the journal behind those who append.

use super::{Journal, JournalError, Place, files, frame, path_of};
use crate::entry::Entry;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::PoisonError;
use std::time::Duration;

/// The place up to which entries were read. There is one for each journal.
#[derive(Debug)]
pub(crate) struct Queue {
    at: Place,
}

/// What was read together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// In the order in which they were appended.
    pub(crate) entries: Vec<Entry>,
    /// Payloads with a right checksum that are no entries: of another version, or not ours.
    pub(crate) foreign: Vec<Vec<u8>>,
    /// Bytes that are no frame.
    pub(crate) damaged_bytes: u64,
    /// Behind the last of it.
    pub(crate) end: Place,
}

/// What is read of a file at once, in bytes; a longer frame is read whole.
const READ_BYTES: u64 = 1 << 20;

impl Queue {
    pub(super) fn new(start: Place) -> Self {
        Queue { at: start }
    }

    /// Everything before it is done.
    pub(crate) fn at(&self) -> Place {
        self.at
    }

    /// The next entries, at most `count`; empty when there are none. Does not go on by itself: see [`Self::done`].
    pub(crate) fn read(&self, journal: &Journal, count: usize) -> Result<Batch, JournalError> {
        self.read_files(journal, count).map_err(|source| journal.disk(source))
    }

    fn read_files(&self, journal: &Journal, count: usize) -> io::Result<Batch> {
        let mut batch = Batch { end: self.at, ..Batch::default() };
        loop {
            let end = journal.end();
            let appending = batch.end.file == end.file;
            let path = path_of(&journal.settings.folder, batch.end.file);
            let length = if appending { end.offset } else { file_bytes(&path)? };
            while batch.end.offset < length && batch.entries.len() < count {
                let bytes = read_at(&path, batch.end.offset, length, READ_BYTES)?;
                batch.take(
                    &bytes,
                    count,
                    batch.end.offset + bytes.len() as u64 >= length,
                    &path,
                    length,
                )?;
            }
            if appending || batch.entries.len() >= count {
                return Ok(batch);
            }
            batch.end = Place { file: batch.end.file + 1, offset: 0 };
        }
    }

    /// Everything before `end` is in the database: files before it are removed.
    pub(crate) fn done(&mut self, journal: &Journal, end: Place) -> Result<(), JournalError> {
        let before = std::mem::replace(&mut self.at, end);
        if before.file == end.file {
            return Ok(());
        }
        let folder = &journal.settings.folder;
        for file in files(folder).map_err(|source| journal.disk(source))? {
            if file.number < end.file {
                std::fs::remove_file(path_of(folder, file.number))
                    .map_err(|source| journal.disk(source))?;
                let mut state = journal.state();
                state.bytes = state.bytes.saturating_sub(file.bytes);
            }
        }
        Ok(())
    }

    /// Waits until there is something to read; `false`: the journal is closed, and all of it was read.
    pub(crate) fn wait(&self, journal: &Journal) -> bool {
        let mut state = journal.state();
        loop {
            if state.end > self.at {
                return true;
            }
            if state.closed {
                return false;
            }
            state.reader_sleeps = true;
            state = journal.appended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for `time`; `false`: the journal was closed meanwhile.
    pub(crate) fn pause(&self, journal: &Journal, time: Duration) -> bool {
        let state = journal.state();
        let wait = journal.appended.wait_timeout_while(state, time, |state| !state.closed);
        let (state, _) = wait.unwrap_or_else(PoisonError::into_inner);
        !state.closed
    }

    /// Removes the files of a closed journal of which all is done.
    pub(crate) fn remove_if_done(&self, journal: &Journal) {
        let state = journal.state();
        if self.at != state.end {
            return;
        }
        for file in files(&journal.settings.folder).into_iter().flatten() {
            // One that stays is read again at the next start, and nothing is written twice.
            let _ = std::fs::remove_file(path_of(&journal.settings.folder, file.number));
        }
    }
}

impl Batch {
    /// Takes the frames from `bytes`, which stand at `self.end`; `last`: the file ends with them.
    fn take(
        &mut self,
        bytes: &[u8],
        count: usize,
        last: bool,
        path: &std::path::Path,
        length: u64,
    ) -> io::Result<()> {
        let mut at = 0;
        while at < bytes.len() && self.entries.len() < count {
            match frame::front(&bytes[at..]) {
                frame::Front::Whole(payload) => {
                    let end = at + payload.end;
                    self.take_payload(&bytes[at + payload.start..end]);
                    at = end;
                }
                frame::Front::Cut if !last => break,
                frame::Front::Cut | frame::Front::Damaged => {
                    self.damaged_bytes += 1;
                    at += 1;
                }
            }
        }
        self.end.offset += at as u64;
        if at == 0 && !last {
            // One frame longer than what is read at once: it is looked at with all that follows.
            let all = read_at(path, self.end.offset, length, length)?;
            return self.take(&all, count, true, path, length);
        }
        Ok(())
    }

    fn take_payload(&mut self, payload: &[u8]) {
        match Entry::from_payload(payload) {
            Some(entry) => self.entries.push(entry),
            None => self.foreign.push(payload.to_vec()),
        }
    }
}

fn file_bytes(path: &std::path::Path) -> io::Result<u64> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        // Numbers may be left out: somebody has moved a file away.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn read_at(path: &std::path::Path, offset: u64, length: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length.saturating_sub(offset).min(most)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
