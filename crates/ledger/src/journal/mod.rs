//! The journal: where an entry is safe before its client sees the end of the reply.
//!
//! A folder of files, each a row of frames, appended to with one `write` per entry: the operating system has it then,
//! whatever happens to this process. It is at the same time the queue of the writer, which reads the files behind the
//! appending and removes those whose entries are in the database. So there is no second queue in memory that could
//! overflow, and a database that is away for an hour costs disk, not memory.
//!
//! After a start a new file is begun. Old ones are never appended to, so a torn end is simply skipped, with a warning.

mod frame;
mod queue;

use crate::entry::Entry;
use crate::private;
use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(crate) use queue::{Batch, Queue};

/// How a journal is kept.
#[derive(Clone, Debug)]
pub struct JournalSettings {
    /// Its folder, of its own; made when it is not there.
    pub folder: PathBuf,
    /// The most it may hold, in bytes, while the database is away. Then [`JournalError::Full`].
    pub bytes_max: u64,
    /// Whether an append waits until the disk has it: what was appended survives the machine, else the process.
    pub survives_power_loss: bool,
}

/// A new file is begun when one is longer, in bytes; so much is read again at most after a crash.
const FILE_BYTES: u64 = 4 << 20;

/// The part of a journal that a file may be: files are removed whole, and what a full one holds back must be little.
const FILES_MIN: u64 = 8;

/// Why an entry was not appended.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database has been away for so long that the journal is full.
    #[error("the journal is full: it may hold {bytes_max} bytes")]
    Full {
        /// [`JournalSettings::bytes_max`].
        bytes_max: u64,
    },
    /// Another process, or this one, has it open.
    #[error("the journal in {folder} is in use")]
    InUse {
        /// Its folder.
        folder: PathBuf,
    },
    /// The disk is full, or broken, or not ours.
    #[error("the journal in {folder}: {source}")]
    Disk {
        /// Its folder.
        folder: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The entry is too long, or cannot be written.
    #[error("an entry cannot be written to the journal: {why}")]
    Entry {
        /// Why.
        why: String,
    },
}

/// An open journal: appended to by any thread, read by one [`Queue`].
#[derive(Debug)]
pub(crate) struct Journal {
    settings: JournalSettings,
    state: Mutex<State>,
    /// The reader waits here for entries.
    appended: Condvar,
    /// Up to where the disk has it.
    synced: Mutex<Place>,
    /// Locked as long as this journal is open.
    _lock: File,
}

#[derive(Debug)]
struct State {
    file: File,
    /// Where the next frame will stand.
    end: Place,
    /// Bytes of all files.
    bytes: u64,
    /// Whether the reader sleeps and must be woken.
    reader_sleeps: bool,
    closed: bool,
}

/// A place in the journal: behind so many bytes of that file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    file: u64,
    offset: u64,
}

impl Journal {
    /// Opens the folder and begins a new file behind those that are there.
    pub(crate) fn open(settings: JournalSettings) -> Result<(Self, Queue), JournalError> {
        let folder = settings.folder.clone();
        let disk = |source| JournalError::Disk { folder: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(disk)?;
        let lock = File::create(folder.join("lock")).map_err(disk)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::InUse { folder }),
            Err(TryLockError::Error(source)) => return Err(disk(source)),
        }
        let files = files(&folder).map_err(disk)?;
        let bytes = files.iter().map(|file| file.bytes).sum();
        let number = files.last().map_or(1, |last| last.number + 1);
        let file = create(&settings, number).map_err(disk)?;
        let end = Place { file: number, offset: 0 };
        let state = State { file, end, bytes, reader_sleeps: false, closed: false };
        let start = Place { file: files.first().map_or(number, |first| first.number), offset: 0 };
        let journal = Journal {
            settings,
            state: Mutex::new(state),
            appended: Condvar::new(),
            synced: Mutex::new(end),
            _lock: lock,
        };
        Ok((journal, Queue::new(start)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn disk(&self, source: io::Error) -> JournalError {
        JournalError::Disk { folder: self.settings.folder.clone(), source }
    }

    /// Appends an entry with one `write`. When it returns, the entry is as safe as the settings say.
    ///
    /// Blocks for the write, and for the disk where that is asked for; appends that wait for the disk at the same time
    /// wait together.
    pub(crate) fn append(&self, entry: &Entry) -> Result<(), JournalError> {
        let payload = entry.to_payload().map_err(|why| JournalError::Entry { why })?;
        if payload.len() > frame::PAYLOAD_BYTES_MAX {
            let why = format!("{} bytes are more than {}", payload.len(), frame::PAYLOAD_BYTES_MAX);
            return Err(JournalError::Entry { why });
        }
        let frame = frame::frame(&payload);
        let end = self.write(&frame)?;
        if self.settings.survives_power_loss { self.sync(end) } else { Ok(()) }
    }

    /// Writes a frame; gives its end.
    fn write(&self, frame: &[u8]) -> Result<Place, JournalError> {
        let mut state = self.state();
        let bytes_max = self.settings.bytes_max;
        let length = frame.len() as u64;
        if state.bytes.saturating_add(length) > bytes_max {
            return Err(JournalError::Full { bytes_max });
        }
        let file_bytes = FILE_BYTES.min(bytes_max / FILES_MIN);
        if state.end.offset > 0 && state.end.offset + length > file_bytes {
            self.begin_file(&mut state)?;
        }
        if let Err(source) = state.file.write_all(frame) {
            // A part of it may have been written: it is taken back, or skipped as damaged when it is read.
            if state.file.set_len(state.end.offset).is_err() {
                self.begin_file(&mut state)?;
            }
            return Err(self.disk(source));
        }
        state.end.offset += length;
        state.bytes += length;
        if std::mem::take(&mut state.reader_sleeps) {
            self.appended.notify_all();
        }
        Ok(state.end)
    }

    fn begin_file(&self, state: &mut State) -> Result<(), JournalError> {
        if self.settings.survives_power_loss {
            state.file.sync_data().map_err(|source| self.disk(source))?;
        }
        let number = state.end.file + 1;
        state.file = create(&self.settings, number).map_err(|source| self.disk(source))?;
        state.end = Place { file: number, offset: 0 };
        Ok(())
    }

    /// Returns when the disk has everything before `end`.
    fn sync(&self, end: Place) -> Result<(), JournalError> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced >= end {
            return Ok(());
        }
        // All that was written until now is synced with it; who waits for this lock need not do it again.
        let (file, written) = {
            let state = self.state();
            (state.file.try_clone().map_err(|source| self.disk(source))?, state.end)
        };
        file.sync_data().map_err(|source| self.disk(source))?;
        *synced = written;
        Ok(())
    }

    /// Bytes that it holds.
    pub(crate) fn bytes(&self) -> u64 {
        self.state().bytes
    }

    /// Where the next entry will stand.
    pub(crate) fn end(&self) -> Place {
        self.state().end
    }

    /// Ends the waits of the reader.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.appended.notify_all();
    }
}

/// A file of the journal.
struct JournalFile {
    number: u64,
    bytes: u64,
}

/// The name of the file of that number; names sort as numbers do.
fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:012}.journal"))
}

/// The files that are there, oldest first.
fn files(folder: &Path) -> io::Result<Vec<JournalFile>> {
    let mut files = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".journal"));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            files.push(JournalFile { number, bytes: file.metadata()?.len() });
        }
    }
    files.sort_by_key(|file| file.number);
    Ok(files)
}

fn create(settings: &JournalSettings, number: u64) -> io::Result<File> {
    let path = path_of(&settings.folder, number);
    let file = private::options().append(true).create_new(true).open(path)?;
    if settings.survives_power_loss {
        // The file's name must survive as well.
        File::open(&settings.folder)?.sync_all()?;
    }
    Ok(file)
}
