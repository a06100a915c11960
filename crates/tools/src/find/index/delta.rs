//! What a batch of changes does to the index.

use std::collections::{BTreeMap, HashMap, HashSet};
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
    /// Something took the place of what was there: a link that of a file, or the other way round.
    replaced: HashMap<String, (PathBuf, IndexedKind)>,
}

/// What of an arena a [`Delta`] takes out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gone {
    ids: Vec<u32>,
    /// Of these, what is there instead.
    instead: Vec<(PathBuf, IndexedKind)>,
}

impl Delta {
    /// Of changes beneath `root`, in their order. `has_links`: the index holds some.
    pub(super) fn of(changes: &[Change], root: &Path, has_links: bool) -> Self {
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
                // Most updates are a file that stays one: looked up only where the index may hold it as something else.
                ChangeKind::Update => {
                    let Some(kind) = kind(root, change) else { continue };
                    if kind != IndexedKind::File || has_links {
                        let path = change.path.clone();
                        delta.replaced.insert(shown(&change.path).into_owned(), (path, kind));
                    }
                }
                ChangeKind::Rescan | ChangeKind::Limit | ChangeKind::Ended => {}
            }
        }
        delta
    }

    pub(super) fn is_empty(&self) -> bool {
        self.trees.is_empty() && self.new.is_empty() && self.replaced.is_empty()
    }

    /// What of `arena` is to be taken out. One pass over all paths, whatever the number of changes.
    pub(super) fn gone(&self, arena: &Arena) -> Gone {
        let everything = self.trees.contains("");
        let exact = self.paths.iter().chain(self.replaced.keys());
        let letters: Vec<Letters> = exact.map(|path| Letters::of(path)).collect();
        let mut gone = Gone::default();
        for (id, item) in arena.items() {
            let likely = letters.len() > FEW || letters.contains(&item.letters);
            let replaced = self.replaced.get(item.text).filter(|_| likely);
            let replaced = replaced.filter(|(_, kind)| *kind != item.kind());
            let is_gone = everything
                || (likely && self.paths.contains(item.text))
                || (!self.trees.is_empty() && self.lies_in_tree(item.text));
            if is_gone || replaced.is_some() {
                gone.ids.push(id);
            }
            gone.instead.extend(replaced.filter(|_| !is_gone).cloned());
        }
        gone
    }

    /// Whether anything changes.
    pub(super) fn changes(&self, gone: &Gone) -> bool {
        !gone.ids.is_empty() || !self.new.is_empty()
    }

    /// Takes out `gone`, takes in what is new. `false`: there was no room for all.
    pub(super) fn apply(&self, gone: &Gone, arena: &mut Arena) -> bool {
        for id in &gone.ids {
            arena.remove(*id);
        }
        if arena.is_sparse() {
            *arena = arena.compact();
        }
        let instead = gone.instead.iter().map(|(path, kind)| (path, kind));
        self.new.iter().chain(instead).all(|(path, kind)| arena.push_path(path, *kind).is_some())
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
