//! Sessions on disk: one file each, one line for each entry, only ever appended to.
//!
//! An entry is one `write` of one line. What a crash can leave is a last line without its end: it is cut off when the
//! session is opened again. A lock keeps a second process from writing into the same session.

mod file;
mod index;

pub use file::SessionFile;

use crate::driver::now;
use file::{Lines, lock, read};
use index::Index;
use ironbridge_session::{ENTRY_VERSION, EntryBody, Parent, Transcript};
use ironbridge_upstream::random_bytes;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The end of a session's file name.
const FILE_ENDING: &str = "jsonl";

/// Why a session cannot be had or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system says no.
    #[error("{doing} {}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// There is none of that name.
    #[error("there is no session {id}")]
    NotFound {
        /// The id, or its begin.
        id: String,
    },
    /// Several begin so.
    #[error("several sessions begin with {id}")]
    Ambiguous {
        /// The begin of their ids.
        id: String,
    },
    /// Another process writes it.
    #[error("session {id} is open in another process")]
    Busy {
        /// Its id.
        id: String,
    },
    /// A line is not an entry.
    #[error("line {line} of {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A later version has written it.
    #[error("{} is of version {version}, this program reads {ENTRY_VERSION}", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The system gives no random numbers for an id.
    #[error("no id can be made for a session")]
    NoId,
}

impl StoreError {
    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| StoreError::Io { doing, path: path.to_owned(), source }
    }
}

/// The sessions of all projects, in one folder.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// What a list says of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The project's folder.
    pub project: String,
    /// When it was last written to, in milliseconds since 1970.
    pub changed_at: u64,
    /// How many turns it has.
    pub turns: usize,
}

impl Store {
    /// The sessions in `folder`, which is made when the first is.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Store { folder: folder.into() }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{FILE_ENDING}"))
    }

    /// Begins a session of the project in `project`.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(&self, project: &Path) -> Result<(SessionFile, Transcript), StoreError> {
        self.begin(project.display().to_string(), None)
    }

    fn begin(
        &self,
        project: String,
        parent: Option<Parent>,
    ) -> Result<(SessionFile, Transcript), StoreError> {
        make_private(&self.folder).map_err(StoreError::io("making", &self.folder))?;
        let id = new_id()?;
        let path = self.path(&id);
        let mut options = OpenOptions::new();
        options.append(true).read(true).create_new(true);
        let file = private(&mut options).open(&path).map_err(StoreError::io("making", &path))?;
        lock(&file, &id, &path)?;
        let mut file = SessionFile { id: id.clone(), path, file };
        let first = EntryBody::Session { version: ENTRY_VERSION, id, project, parent };
        let mut transcript = Transcript::default();
        file.put(&mut transcript, first)?;
        Ok((file, transcript))
    }

    /// Opens a session to go on with it. `id` may be the begin of one.
    ///
    /// # Errors
    /// When there is none or several, another process has it, or it is damaged before its last line.
    pub fn open(&self, id: &str) -> Result<(SessionFile, Transcript), StoreError> {
        let id = self.whole_id(id)?;
        let path = self.path(&id);
        let opened = OpenOptions::new().append(true).read(true).open(&path);
        let file = opened.map_err(StoreError::io("opening", &path))?;
        lock(&file, &id, &path)?;
        let read = read(&file, &path)?;
        if read.torn {
            file.set_len(read.bytes).map_err(StoreError::io("mending", &path))?;
        }
        Ok((SessionFile { id, path, file }, read.transcript))
    }

    /// Reads a session without opening it for writing. `id` may be the begin of one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn read(&self, id: &str) -> Result<Transcript, StoreError> {
        let path = self.path(&self.whole_id(id)?);
        let file = File::open(&path).map_err(StoreError::io("opening", &path))?;
        Ok(read(&file, &path)?.transcript)
    }

    /// Begins a session with all that another one has, up to the end of `turn`; `None`: of its last.
    ///
    /// # Errors
    /// As [`Store::open`], and when the new one cannot be written.
    pub fn fork(
        &self,
        id: &str,
        turn: Option<u64>,
    ) -> Result<(SessionFile, Transcript), StoreError> {
        let id = self.whole_id(id)?;
        let path = self.path(&id);
        let file = File::open(&path).map_err(StoreError::io("opening", &path))?;
        let parent = read(&file, &path)?.transcript;
        let last = parent.turns().next_back().map_or(0, |turn| turn.number);
        let until = turn.unwrap_or(last);
        let from = Parent { session: id, turn: until };
        let (mut forked, mut transcript) = self.begin(parent.project().to_owned(), Some(from))?;
        let mut rest = &file;
        rest.seek(SeekFrom::Start(0)).map_err(StoreError::io("reading", &path))?;
        for entry in Lines::new(BufReader::new(&file), &path) {
            let (entry, _) = entry?;
            match entry.body {
                EntryBody::Session { .. } => continue,
                EntryBody::User { turn, .. } if turn > until => break,
                _ => {}
            }
            forked.append(&entry).map_err(StoreError::io("writing", &path))?;
            transcript.apply(&entry);
        }
        Ok((forked, transcript))
    }

    /// The sessions of `project`, or of all, the last written first. One that cannot be read is left out. Files that are as
    /// they were when they were listed last are not read again: `index.json` says what they hold.
    ///
    /// # Errors
    /// When the folder cannot be read; one that is not there holds none.
    pub fn list(&self, project: Option<&Path>) -> Result<Vec<Listed>, StoreError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::io("reading", &self.folder)(error)),
        };
        let wanted = project.map(|project| project.display().to_string());
        let mut index = Index::load(&self.folder);
        let mut listed = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            let is_session = path.extension().is_some_and(|ending| ending == FILE_ENDING);
            let Some(row) = is_session.then(|| index.row(&path)).flatten() else { continue };
            if wanted.as_deref().is_none_or(|project| project == row.project) {
                listed.push(row);
            }
        }
        index.save();
        listed.sort_by(|a, b| b.changed_at.cmp(&a.changed_at).then_with(|| b.id.cmp(&a.id)));
        Ok(listed)
    }

    /// Gives a session another title.
    ///
    /// # Errors
    /// As [`Store::open`], and when it cannot be written.
    pub fn rename(&self, id: &str, title: &str) -> Result<String, StoreError> {
        let (mut file, mut transcript) = self.open(id)?;
        file.put(&mut transcript, EntryBody::Title { title: title.to_owned() })?;
        Ok(file.id().to_owned())
    }

    /// Removes a session for good.
    ///
    /// # Errors
    /// As [`Store::open`], and when it cannot be removed.
    pub fn remove(&self, id: &str) -> Result<String, StoreError> {
        let (file, _) = self.open(id)?;
        std::fs::remove_file(file.path()).map_err(StoreError::io("removing", file.path()))?;
        Ok(file.id().to_owned())
    }

    /// The id that begins with `id`.
    fn whole_id(&self, id: &str) -> Result<String, StoreError> {
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let not_found = || StoreError::NotFound { id: id.to_owned() };
        if !is_id {
            return Err(not_found());
        }
        if self.path(id).is_file() {
            return Ok(id.to_owned());
        }
        let entries = std::fs::read_dir(&self.folder).map_err(|_| not_found())?;
        let names = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(FILE_ENDING)?.strip_suffix('.')?.to_owned())
        });
        let mut found = names.filter(|name| name.starts_with(id));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(_), Some(_)) => Err(StoreError::Ambiguous { id: id.to_owned() }),
            (None, _) => Err(not_found()),
        }
    }
}

/// An id that sorts by its time: twelve hex digits of milliseconds and eight of chance.
fn new_id() -> Result<String, StoreError> {
    let chance: [u8; 4] = random_bytes().map_err(|_| StoreError::NoId)?;
    Ok(format!("{:012x}-{:08x}", now(), u32::from_be_bytes(chance)))
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
