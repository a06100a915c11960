//! What a batch of changes does to the index.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::super::arena::{Arena, IndexedKind, shown};
use super::super::letters::Letters;
use crate::watch::{Change, ChangeKind};

/// So many letters are compared one by one, which is quicker than to look up each path of the index.
const FEW: usize = 8;

/// Paths to take out and paths to take in. Applying it twice does nothing more than once: some changes are told twice.
#[derive(Debug, Default)]
pub(super) struct Delta {
    /// With all beneath.
    trees: HashSet<String>,
    paths: HashSet<String>,
    new: BTreeMap<PathBuf, IndexedKind>,
}

impl Delta {
    /// Of changes beneath `root`, in their order.
    pub(super) fn of(changes: &[Change], root: &Path) -> Self {
        let mut delta = Self::default();
        for change in changes {
            match change.kind {
                ChangeKind::Delete => {
                    delta.new.retain(|path, _| !path.starts_with(&change.path));
                    delta.trees.insert(shown(&change.path).into_owned());
                }
                ChangeKind::Create => {
                    let Some(kind) = kind(root, change) else { continue };
                    delta.paths.insert(shown(&change.path).into_owned());
                    delta.new.insert(change.path.clone(), kind);
                }
                // A file made anew may be a link now.
                ChangeKind::Update | ChangeKind::Rescan | ChangeKind::Limit | ChangeKind::Ended => {
                }
            }
        }
        delta
    }

    pub(super) fn is_empty(&self) -> bool {
        self.trees.is_empty() && self.new.is_empty()
    }

    /// What of `arena` is to be taken out. One pass over all paths, whatever the number of changes.
    pub(super) fn gone(&self, arena: &Arena) -> Vec<u32> {
        let everything = self.trees.contains("");
        let letters: Vec<Letters> = self.paths.iter().map(|path| Letters::of(path)).collect();
        let gone = arena.items().filter(|(_, item)| {
            let likely = letters.len() > FEW || letters.contains(&item.letters);
            everything
                || (likely && self.paths.contains(item.text))
                || (!self.trees.is_empty() && self.lies_in_tree(item.text))
        });
        gone.map(|(id, _)| id).collect()
    }

    /// Takes out `gone`, takes in what is new. `false`: there was no room for all.
    pub(super) fn apply(&self, gone: &[u32], arena: &mut Arena) -> bool {
        for id in gone {
            arena.remove(*id);
        }
        if arena.is_sparse() {
            *arena = arena.compact();
        }
        self.new.iter().all(|(path, kind)| arena.push_path(path, *kind).is_some())
    }

    fn lies_in_tree(&self, path: &str) -> bool {
        self.trees.contains(path)
            || path
                .match_indices('/')
                .any(|(end, _)| path.get(..end).is_some_and(|above| self.trees.contains(above)))
    }
}

/// `None`: it is gone again, or nothing that is indexed.
fn kind(root: &Path, change: &Change) -> Option<IndexedKind> {
    if change.folder {
        return Some(IndexedKind::Folder);
    }
    let kind = root.join(&change.path).symlink_metadata().ok()?.file_type();
    match kind {
        kind if kind.is_symlink() => Some(IndexedKind::Link),
        kind if kind.is_file() => Some(IndexedKind::File),
        // A folder that took the file's name is told on its own.
        _ => None,
    }
}
