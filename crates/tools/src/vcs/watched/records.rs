//! What git said, record by record, so that a part of it can be said anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::VcsError;
use super::{FolderPaths, folder_path};

/// Paths that were touched, each with all beneath it.
#[derive(Debug, Default)]
pub(super) struct Touched {
    paths: BTreeSet<PathBuf>,
}

impl Touched {
    pub(super) fn insert(&mut self, path: &Path) {
        if !self.paths.contains(path) {
            self.paths.insert(path.to_owned());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(PathBuf::as_path)
    }

    /// `path` as git writes it.
    fn holds(&self, path: &[u8]) -> bool {
        folder_path(path).ancestors().any(|above| self.paths.contains(above))
    }
}

/// The answer of `git status --porcelain=v2 -z`, by path. Each record ends with its NUL.
#[derive(Debug, Default)]
pub(super) struct Records {
    head: Vec<u8>,
    changed: BTreeMap<Vec<u8>, Vec<u8>>,
    unmerged: BTreeMap<Vec<u8>, Vec<u8>>,
    untracked: BTreeSet<Vec<u8>>,
    /// Folders in which git looks for nothing.
    pub(super) ignored_folders: FolderPaths,
    /// The end of the answer is missing.
    pub(super) cut: bool,
}

/// Where the letter of the file against the index stands in a record of a change: `1 XY …`.
const WORKTREE_LETTER: usize = 3;
const INDEX_LETTER: usize = 2;

impl Records {
    /// What stands behind the last NUL is dropped: nothing, or half a record.
    pub(super) fn read(answer: &[u8]) -> Result<Self, VcsError> {
        let mut records = Self::default();
        let mut rest = answer;
        while let Some((record, after)) = next(rest) {
            rest = after;
            let mut whole = record.to_vec();
            whole.push(0);
            let fields_before = match record.first() {
                Some(b'1') => 8,
                Some(b'2') => {
                    let Some((from, after)) = next(rest) else { break };
                    rest = after;
                    whole.extend_from_slice(from);
                    whole.push(0);
                    9
                }
                Some(b'u') => 10,
                Some(b'?') => {
                    records.untracked.insert(record.get(2..).unwrap_or_default().to_vec());
                    continue;
                }
                Some(b'!') => {
                    let name = record.get(2..).unwrap_or_default();
                    if name.ends_with(b"/") {
                        records.ignored_folders.insert(folder_path(name));
                    }
                    continue;
                }
                Some(b'#') => {
                    records.head.extend_from_slice(&whole);
                    continue;
                }
                _ => return Err(unreadable(record)),
            };
            let path = record.splitn(fields_before + 1, |byte| *byte == b' ').nth(fields_before);
            let path = path.ok_or_else(|| unreadable(record))?.to_vec();
            let kind = if record.first() == Some(&b'u') {
                &mut records.unmerged
            } else {
                &mut records.changed
            };
            kind.insert(path, whole);
        }
        Ok(records)
    }

    /// As git would write it.
    pub(super) fn answer(&self) -> Vec<u8> {
        let mut answer = self.head.clone();
        for record in self.changed.values().chain(self.unmerged.values()) {
            answer.extend_from_slice(record);
        }
        for path in &self.untracked {
            answer.extend_from_slice(b"? ");
            answer.extend_from_slice(path);
            answer.push(0);
        }
        answer
    }

    /// Takes what `part` says of the paths that were touched. `false`: it says of others, too, or what it says depends
    /// on others (conflicts, renames of files that are not staged).
    pub(super) fn refresh(&mut self, part: Self, touched: &Touched) -> bool {
        let is_new_file = |record: &Vec<u8>| {
            matches!(record.get(WORKTREE_LETTER), Some(b'A' | b'R' | b'C') | None)
        };
        let conflicts = !self.unmerged.is_empty() || !part.unmerged.is_empty();
        let mut all = self.changed.values().chain(part.changed.values());
        let mut named = part.changed.keys().chain(&part.untracked);
        if conflicts || all.any(is_new_file) || !named.all(|path| touched.holds(path)) {
            return false;
        }
        let mut part_changed = part.changed;
        self.changed.retain(|path, record| {
            if !touched.holds(path) {
                return true;
            }
            let now = part_changed.remove(path);
            let letter = now.and_then(|now| now.get(WORKTREE_LETTER).copied()).unwrap_or(b'.');
            if let Some(old) = record.get_mut(WORKTREE_LETTER) {
                *old = letter;
            }
            letter != b'.' || record.get(INDEX_LETTER) != Some(&b'.')
        });
        // What is staged does not change by what happens to files.
        if part_changed.values().any(|record| record.get(INDEX_LETTER) != Some(&b'.')) {
            return false;
        }
        self.changed.extend(part_changed);
        self.untracked.retain(|path| !touched.holds(path));
        self.untracked.extend(part.untracked);
        true
    }
}

/// Up to the next NUL, and what comes after it.
fn next(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(0, rest)?;
    Some((rest.get(..end)?, rest.get(end + 1..)?))
}

fn unreadable(record: &[u8]) -> VcsError {
    VcsError::Unreadable { command: "status", near: String::from_utf8_lossy(record).into_owned() }
}
