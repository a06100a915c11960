//! The folders of a repository that are watched: all that git looks into, and git's own.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::repository::Repository;
use super::records::Touched;
use super::{FolderPaths, Reach, is_gone, reach, reach_of_git};
use crate::search::walk::{Entry, Kind, Next, Visitor, WalkOptions, walk};
use crate::watch::{Change, Pending};
use crate::{Control, Workspace};

/// What is watched, and what is not.
#[derive(Debug)]
pub(super) struct Folders {
    pending: Pending,
    root: PathBuf,
    /// Git's own: of this worktree, and what it shares with others.
    git_folders: Vec<PathBuf>,
    /// What of the files is shown, from the top folder.
    shown: Vec<PathBuf>,
    /// Folders in which git looks for nothing, or which nobody has looked into yet.
    passed_over: FolderPaths,
    /// Other repositories lie in this one.
    nested: AtomicBool,
    /// There are more folders than may be watched.
    too_many: AtomicBool,
}

impl Folders {
    /// `None`: they cannot be watched in a way that misses nothing.
    pub(super) fn of(workspace: &Workspace, repository: &Repository) -> Option<Self> {
        if is_shared(&repository.root) {
            return None;
        }
        let pending = Pending::open(&repository.root, workspace.limits().watch.folders).ok()?;
        let mut shown = repository.in_scope(workspace.scope());
        if shown.is_empty() {
            shown.push(PathBuf::new());
        }
        let git_folder = repository.git_folder.canonicalize().ok()?;
        let mut git_folders = vec![git_folder.clone()];
        if let Ok(common) = std::fs::read_to_string(git_folder.join("commondir")) {
            git_folders.push(git_folder.join(common.trim()).canonicalize().ok()?);
        }
        let passed_over = shown.iter().cloned().collect();
        Some(Self {
            pending,
            root: repository.root.clone(),
            git_folders,
            shown,
            passed_over,
            nested: AtomicBool::new(false),
            too_many: AtomicBool::new(false),
        })
    }

    /// Whether whatever changes is told.
    pub(super) fn are_all_watched(&self) -> bool {
        !self.nested.load(Ordering::Relaxed) && !self.too_many.load(Ordering::Relaxed)
    }

    /// What was touched since the last time; `None`: anything.
    pub(super) fn touched(&mut self) -> Option<Touched> {
        let taken = self.pending.take();
        let mut touched = Some(Touched::default());
        for change in &taken.changes {
            let in_git = change.path.is_absolute();
            if !in_git {
                self.note(change);
            }
            match if in_git { reach_of_git(change) } else { reach(change) } {
                Reach::Nothing => {}
                Reach::Everything => touched = None,
                Reach::Path if self.is_shown(&change.path) => {
                    if let Some(touched) = &mut touched {
                        touched.insert(&change.path);
                    }
                }
                Reach::Path => {}
            }
        }
        if taken.lost {
            // Among what was lost may be folders that are new.
            self.passed_over = self.shown.iter().cloned().collect();
            return None;
        }
        touched
    }

    /// What a change in the files means for what is watched.
    fn note(&mut self, change: &Change) {
        if change.path.file_name().is_some_and(|name| name == ".git") {
            if change.path.as_os_str() != ".git" {
                self.nested.store(true, Ordering::Relaxed);
            }
        } else if change.folder && is_gone(change) {
            // Moved away it would still be told of, under its old name.
            self.pending.uncover(&change.path);
        } else if change.folder {
            // Whether git looks into it is not known yet.
            self.passed_over.insert(change.path.clone());
        }
    }

    fn is_shown(&self, path: &Path) -> bool {
        self.shown.iter().any(|shown| path.starts_with(shown) || shown.starts_with(path))
    }

    /// Watches git's own folders, as far as what is in them shows in a status.
    pub(super) fn cover_git(&self) {
        for git_folder in &self.git_folders {
            self.cover_one(git_folder);
            for name in ["info", "reftable", "rebase-merge", "rebase-apply", "sequencer"] {
                self.cover_one(&git_folder.join(name));
            }
            self.cover_refs(&git_folder.join("refs"));
        }
    }

    fn cover_refs(&self, folder: &Path) {
        self.cover_one(folder);
        // One that is gone by now is told in the one above.
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.cover_refs(&entry.path());
            }
        }
    }

    /// Watches all but what git ignores; `true`: there are folders among it that were not watched until now.
    pub(super) fn cover(&mut self, workspace: &Workspace, ignored: &FolderPaths) -> bool {
        let is_ignored = |folder: &PathBuf| folder.ancestors().any(|above| ignored.contains(above));
        let new: Vec<PathBuf> =
            self.passed_over.iter().filter(|folder| !is_ignored(folder)).cloned().collect();
        for folder in &new {
            // The rules of the folders above count, too.
            for above in folder.ancestors().skip(1) {
                self.cover_one(above);
            }
            self.cover_beneath(workspace, folder, ignored);
        }
        for folder in ignored.difference(&self.passed_over) {
            self.pending.uncover(folder);
        }
        self.passed_over.clone_from(ignored);
        !new.is_empty()
    }

    /// Each before it is listed, so that nothing made meanwhile is missed.
    fn cover_beneath(&self, workspace: &Workspace, folder: &Path, ignored: &FolderPaths) {
        self.cover_one(folder);
        let Ok(location) = workspace.scope().locate(self.root.join(folder)) else { return };
        let options = WalkOptions { respect_ignore: false, ..WalkOptions::default() };
        let cover = || Cover { folders: self, beneath: folder, ignored };
        // Gone by now: that is told on its own.
        let _: io::Result<_> = walk(workspace, &location, &options, &Control::unbounded(), cover);
    }

    fn cover_one(&self, folder: &Path) {
        if !self.pending.cover(folder) {
            self.too_many.store(true, Ordering::Relaxed);
        }
    }
}

struct Cover<'f> {
    folders: &'f Folders,
    beneath: &'f Path,
    ignored: &'f FolderPaths,
}

impl Visitor for Cover<'_> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        let path = self.beneath.join(entry.path);
        if entry.name == ".git" {
            if path.as_os_str() != ".git" {
                self.folders.nested.store(true, Ordering::Relaxed);
            }
            return Next::Skip;
        }
        if entry.kind != Kind::Folder {
            return Next::Continue;
        }
        if self.ignored.contains(&path) {
            return Next::Skip;
        }
        self.folders.cover_one(&path);
        Next::Continue
    }
}

/// Whether other machines, or programs in user space, may change what lies there without this kernel's knowing: by the
/// numbers of statfs(2).
#[cfg(target_os = "linux")]
fn is_shared(folder: &Path) -> bool {
    const NFS: i64 = 0x6969;
    const SMB: i64 = 0x517B;
    const SMB2: i64 = 0xFE53_4D42;
    const CIFS: i64 = 0xFF53_4D42;
    const PLAN_9: i64 = 0x0102_1997;
    const FUSE: i64 = 0x6573_5546;
    const CEPH: i64 = 0x00C3_6400;
    const AFS: i64 = 0x5346_414F;
    let Ok(facts) = rustix::fs::statfs(folder) else { return true };
    #[allow(clippy::unnecessary_cast, reason = "the width of this field differs by system")]
    let kind = facts.f_type as i64;
    [NFS, SMB, SMB2, CIFS, PLAN_9, FUSE, CEPH, AFS].contains(&kind)
}

#[cfg(not(target_os = "linux"))]
fn is_shared(_folder: &Path) -> bool {
    // Nothing is kept there: see `Pending::open`.
    true
}
