//! Which files are there: by it a file that takes another's place is told as an update.
//!
//! The kernel tells of a rename only the new name, whether it was free or not; an editor that writes beside and renames
//! over, as this crate's own tools do, would be told as making a file each time it saves.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};

/// Names of files by their folder, each as a hash: 8 bytes and no allocation. Two names of one folder share a hash once
/// in 2⁶⁴ pairs; then a create is told as an update.
#[derive(Debug, Default)]
pub(super) struct Names {
    folders: HashMap<PathBuf, HashSet<u64>>,
    hasher: RandomState,
}

impl Names {
    /// Takes in `path`; `false`: it was known.
    pub(super) fn insert(&mut self, path: &Path) -> bool {
        let (folder, name) = self.parts(path);
        match self.folders.get_mut(folder) {
            Some(names) => names.insert(name),
            None => self.folders.entry(folder.to_owned()).or_default().insert(name),
        }
    }

    /// It is gone.
    pub(super) fn remove(&mut self, path: &Path) {
        let (folder, name) = self.parts(path);
        if let Some(names) = self.folders.get_mut(folder) {
            names.remove(&name);
        }
    }

    /// It is gone, with all beneath.
    pub(super) fn remove_folder(&mut self, folder: &Path) {
        self.folders.retain(|path, _| !path.starts_with(folder));
    }

    /// Nothing is known any more.
    pub(super) fn clear(&mut self) {
        self.folders.clear();
    }

    fn parts<'p>(&self, path: &'p Path) -> (&'p Path, u64) {
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or(OsStr::new(""));
        (folder, self.hasher.hash_one(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_new_once_until_it_or_its_folder_is_gone() {
        let mut names = Names::default();
        assert!(names.insert(Path::new("a")) && names.insert(Path::new("d/a")));
        assert!(!names.insert(Path::new("a")) && !names.insert(Path::new("d/a")));
        names.remove(Path::new("a"));
        names.remove(Path::new("unknown/a"));
        assert!(names.insert(Path::new("a")));
        assert!(names.insert(Path::new("d/e/a")) && names.insert(Path::new("de")));
        names.remove_folder(Path::new("d"));
        assert!(names.insert(Path::new("d/e/a")) && !names.insert(Path::new("de")));
        names.clear();
        assert!(names.insert(Path::new("de")));
    }
}
