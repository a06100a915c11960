//! The list of snapshots: lines of JSON, only ever added to; what is forgotten is forgotten by writing a new file.
//!
//! A line without its end was being written when the process ended: it does not count.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::SnapshotError;
use super::record::{Snapshot, StoredPath, Was};
use crate::text::ContentHash;

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Row {
    /// The first one. A new file has another generation, so that what was read of the old one is not continued.
    Journal { generation: u64, next: u64 },
    /// A snapshot begins; what follows is in it.
    Snapshot { id: u64, label: String, time: u64 },
    /// What was at a path.
    File { path: StoredPath, was: Was },
}

/// The list as far as it has been read. Used under the lock of the store.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    generation: u64,
    /// The id of the next snapshot.
    next: u64,
    /// How far the file has been read.
    end: u64,
    /// Lines read, for messages.
    lines: usize,
    pub(super) snapshots: Vec<Snapshot>,
    /// How often each copy is referred to, and its size.
    copies: HashMap<ContentHash, (usize, u64)>,
    /// The sizes of all copies.
    pub(super) bytes: u64,
    /// Paths in all snapshots.
    pub(super) files: u64,
}

impl Journal {
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            generation: 0,
            next: 1,
            end: 0,
            lines: 0,
            snapshots: Vec::new(),
            copies: HashMap::new(),
            bytes: 0,
            files: 0,
        }
    }

    /// Reads what others have written since.
    pub(super) fn refresh(&mut self) -> Result<(), SnapshotError> {
        let bytes = self.unread().map_err(SnapshotError::io(&self.path, "reading"))?;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(row) = line.strip_suffix(b"\n") else { break };
            self.lines += 1;
            let row =
                serde_json::from_slice(row).map_err(|source| SnapshotError::DamagedJournal {
                    journal: self.path.clone(),
                    line: self.lines,
                    source,
                })?;
            self.end += line.len() as u64;
            self.apply(row);
        }
        Ok(())
    }

    /// What stands in the file behind what was read. Begins anew where it is another file by now.
    fn unread(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = File::open(&self.path);
        let generation = match &file {
            Ok(file) => generation_of(file)?,
            Err(_) => None,
        };
        if generation != Some(self.generation) {
            *self = Self::at(std::mem::take(&mut self.path));
        }
        match file {
            Ok(mut file) => {
                file.seek(SeekFrom::Start(self.end))?;
                file.read_to_end(&mut bytes)?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(bytes)
    }

    /// Begins a snapshot that has `files` from the start. Both are written at once.
    pub(super) fn begin(
        &mut self,
        label: String,
        time: u64,
        files: impl IntoIterator<Item = (PathBuf, Was)>,
    ) -> io::Result<u64> {
        let id = self.next;
        let mut rows = vec![Row::Snapshot { id, label, time }];
        rows.extend(files.into_iter().map(|(path, was)| row(&path, was)));
        self.append(rows)?;
        Ok(id)
    }

    /// Adds a path to the newest snapshot.
    pub(super) fn add(&mut self, path: &Path, was: Was) -> io::Result<()> {
        self.append(vec![row(path, was)])
    }

    /// What `change` makes of the snapshots is written as a new list. Gives the copies nobody refers to any more.
    pub(super) fn rewrite(
        &mut self,
        change: impl FnOnce(&mut Vec<Snapshot>),
    ) -> io::Result<Vec<ContentHash>> {
        let mut snapshots = self.snapshots.clone();
        change(&mut snapshots);
        let mut new = Self::at(self.path.clone());
        let mut rows = vec![Row::Journal { generation: self.generation + 1, next: self.next }];
        for Snapshot { id, label, time, files } in snapshots {
            rows.push(Row::Snapshot { id, label, time });
            rows.extend(files.into_iter().map(|(path, was)| row(&path, was)));
        }
        let text = text_of(&rows);
        let temporary = self.path.with_extension("new");
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        // Or a loss of power could leave an empty list under the name of the old one, and numbers be given again.
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        new.end = text.len() as u64;
        new.lines = rows.len();
        for row in rows {
            new.apply(row);
        }
        let old = std::mem::replace(self, new);
        Ok(old.copies.into_keys().filter(|hash| !self.copies.contains_key(hash)).collect())
    }

    /// What was at each path when snapshot `id` was taken: of all that is known from then on, the first.
    pub(super) fn since(&self, id: u64) -> Option<BTreeMap<PathBuf, Was>> {
        let from = self.snapshots.iter().position(|snapshot| snapshot.id == id)?;
        let mut files = BTreeMap::new();
        for snapshot in self.snapshots.get(from..).into_iter().flatten() {
            for (path, was) in &snapshot.files {
                files.entry(path.clone()).or_insert_with(|| was.clone());
            }
        }
        Some(files)
    }

    pub(super) fn has_copy(&self, hash: &ContentHash) -> bool {
        self.copies.contains_key(hash)
    }

    pub(super) fn copies(&self) -> impl Iterator<Item = ContentHash> {
        self.copies.keys().copied()
    }

    fn append(&mut self, mut rows: Vec<Row>) -> io::Result<()> {
        if self.end == 0 {
            rows.insert(0, Row::Journal { generation: self.generation, next: self.next });
        }
        let text = text_of(&rows);
        let mut file = File::options().create(true).truncate(false).write(true).open(&self.path)?;
        // Half a line of a process that ended is written over.
        file.set_len(self.end)?;
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(text.as_bytes())?;
        self.end += text.len() as u64;
        self.lines += rows.len();
        for row in rows {
            self.apply(row);
        }
        Ok(())
    }

    fn apply(&mut self, row: Row) {
        match row {
            Row::Journal { generation, next } => {
                self.generation = generation;
                self.next = next;
            }
            Row::Snapshot { id, label, time } => {
                self.next = self.next.max(id + 1);
                self.snapshots.push(Snapshot { id, label, time, files: BTreeMap::new() });
            }
            Row::File { path, was } => {
                let Some(snapshot) = self.snapshots.last_mut() else { return };
                if let Was::File { hash, bytes, .. } = &was {
                    let (count, _) = self.copies.entry(*hash).or_insert((0, *bytes));
                    *count += 1;
                    if *count == 1 {
                        self.bytes += bytes;
                    }
                }
                if snapshot.files.insert(path.into_path(), was).is_none() {
                    self.files += 1;
                }
            }
        }
    }
}

fn row(path: &Path, was: Was) -> Row {
    Row::File { path: StoredPath::of(path), was }
}

fn text_of(rows: &[Row]) -> String {
    rows.iter().fold(String::new(), |mut text, row| {
        // Nothing in a row can fail to be JSON: no maps, no floats.
        text.push_str(&serde_json::to_string(row).unwrap_or_default());
        text.push('\n');
        text
    })
}

/// The longest first line there is.
const HEADER_BYTES: u64 = 128;

fn generation_of(file: &File) -> io::Result<Option<u64>> {
    let mut start = Vec::new();
    file.take(HEADER_BYTES).read_to_end(&mut start)?;
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(match serde_json::from_slice(line) {
        Ok(Row::Journal { generation, .. }) => Some(generation),
        _ => None,
    })
}
