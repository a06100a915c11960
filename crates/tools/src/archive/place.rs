//! Moving what was taken out to its places, and back if one move fails.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::Existing;
use super::tree::{Kind, Tree};

/// Names told of those that are in the way.
const TOLD: usize = 20;

/// One move that was made.
struct Moved {
    /// Below the target.
    path: PathBuf,
    /// The name of what was there before in the folder for old files.
    old: Option<OsString>,
}

/// Puts the entries of `fresh` to their places in `target`.
pub(super) struct Place<'t> {
    pub(super) fresh: &'t Tree,
    pub(super) target: &'t Tree,
    /// Takes what is replaced, and what is taken back.
    pub(super) old: &'t Tree,
    pub(super) existing: Existing,
    moved: Vec<Moved>,
    /// Files that were there and stayed.
    pub(super) kept: Vec<PathBuf>,
    /// Folders that were there.
    pub(super) shared: BTreeSet<PathBuf>,
    /// What is in the way.
    pub(super) blocked: Vec<PathBuf>,
}

impl<'t> Place<'t> {
    pub(super) fn new(
        fresh: &'t Tree,
        target: &'t Tree,
        old: &'t Tree,
        existing: Existing,
    ) -> Self {
        Self {
            fresh,
            target,
            old,
            existing,
            moved: Vec::new(),
            kept: Vec::new(),
            shared: BTreeSet::new(),
            blocked: Vec::new(),
        }
    }

    /// Looks for what is in the way; changes nothing.
    pub(super) fn look(&mut self) -> io::Result<()> {
        let (fresh, target) = (self.fresh, self.target);
        self.look_in(fresh, target, Path::new(""))
    }

    fn look_in(&mut self, fresh: &Tree, target: &Tree, path: &Path) -> io::Result<()> {
        for name in fresh.names()? {
            let Some(there) = target.facts(&name)? else { continue };
            let path = path.join(&name);
            let folder = fresh.facts(&name)?.is_some_and(|facts| facts.kind == Kind::Folder);
            match (folder, there.kind) {
                (true, Kind::Folder) => {
                    self.look_in(&fresh.open_folder(&name)?, &target.open_folder(&name)?, &path)?;
                    self.shared.insert(path);
                }
                (false, Kind::File | Kind::Link) if self.existing != Existing::Refuse => {}
                _ if self.blocked.len() < TOLD => self.blocked.push(path),
                _ => {}
            }
        }
        Ok(())
    }

    /// Moves everything. After an error [`Place::undo`] takes back what was moved.
    pub(super) fn go(&mut self) -> io::Result<()> {
        let (fresh, target) = (self.fresh, self.target);
        self.go_in(fresh, target, Path::new(""))
    }

    fn go_in(&mut self, fresh: &Tree, target: &Tree, path: &Path) -> io::Result<()> {
        for name in fresh.names()? {
            let path = path.join(&name);
            let mut old = None;
            if self.shared.contains(&path) {
                self.go_in(&fresh.open_folder(&name)?, &target.open_folder(&name)?, &path)?;
                continue;
            }
            if target.facts(&name)?.is_some() {
                match self.existing {
                    Existing::Keep => {
                        self.kept.push(path);
                        continue;
                    }
                    // It came while we looked.
                    Existing::Refuse => return Err(io::ErrorKind::AlreadyExists.into()),
                    Existing::Replace => {
                        let number = self.number();
                        target.rename_new(&name, self.old, &number)?;
                        self.moved.push(Moved { path: path.clone(), old: Some(number) });
                        old = Some(());
                    }
                }
            }
            fresh.rename_new(&name, target, &name)?;
            if old.is_none() {
                self.moved.push(Moved { path, old: None });
            }
        }
        Ok(())
    }

    fn number(&self) -> OsString {
        OsString::from(self.moved.len().to_string())
    }

    /// Takes all moves back, the last first; gives what could not be put back, with the first reason.
    pub(super) fn undo(&mut self) -> Option<(Vec<PathBuf>, io::Error)> {
        let mut failed: Option<(Vec<PathBuf>, io::Error)> = None;
        while let Some(moved) = self.moved.pop() {
            if let Err(error) = self.undo_one(&moved) {
                failed.get_or_insert_with(|| (Vec::new(), error)).0.push(moved.path);
            }
        }
        failed
    }

    fn undo_one(&self, moved: &Moved) -> io::Result<()> {
        let parent = moved.path.parent().unwrap_or(Path::new(""));
        let name = moved.path.file_name().unwrap_or(OsStr::new("."));
        let folder = self.target.below(parent, false)?;
        let mut taken = OsString::from("undone-");
        taken.push(self.moved.len().to_string());
        match folder.rename_new(name, self.old, &taken) {
            Ok(()) => {}
            // Its own move had not been made yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound && moved.old.is_some() => {}
            Err(error) => return Err(error),
        }
        match &moved.old {
            Some(old) => self.old.rename_new(old, &folder, name),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scope;
    use std::fs;

    /// Something comes in the way between looking and moving: what was moved goes back, what was replaced comes back.
    #[test]
    fn a_move_that_fails_is_taken_back() {
        for existing in [Existing::Refuse, Existing::Replace] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let write = |path: &str, text: &str| {
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().expect("a folder")).expect("created");
                fs::write(path, text).expect("written");
            };
            let read = |path: &str| fs::read_to_string(folder.path().join(path)).ok();
            for path in ["a", "new/x", "shared/y", "z"] {
                write(&format!("fresh/{path}"), "fresh");
            }
            write("target/shared/there", "there");
            if existing == Existing::Replace {
                write("target/a", "there");
            }
            fs::create_dir(folder.path().join("old")).expect("created");
            let scope = Scope::within(folder.path()).expect("a folder");
            let tree = |path: &str| {
                let location = scope.locate(path).expect("inside");
                Tree::of(&location.open_folder().expect("opened")).expect("a tree")
            };
            let (fresh, target, old) = (tree("fresh"), tree("target"), tree("old"));
            let mut place = Place::new(&fresh, &target, &old, existing);
            place.look().expect("looked");
            assert_eq!(place.blocked, Vec::<PathBuf>::new());
            // `z` is the last: all others have been moved.
            fs::remove_file(folder.path().join("fresh/z")).expect("removed");
            if existing == Existing::Refuse {
                write("fresh/z", "fresh");
                write("target/z", "came meanwhile");
                assert!(place.go().is_err());
            } else {
                place.go().expect("moved");
                assert_eq!(read("target/a").as_deref(), Some("fresh"));
            }
            assert_eq!(read("target/shared/y").as_deref(), Some("fresh"));
            assert!(place.undo().is_none());
            let there = (existing == Existing::Replace).then_some("there");
            assert_eq!(read("target/a").as_deref(), there);
            assert_eq!(read("target/shared/there").as_deref(), Some("there"));
            assert_eq!(read("target/shared/y"), None);
            assert_eq!(read("target/new/x"), None);
        }
    }
}
