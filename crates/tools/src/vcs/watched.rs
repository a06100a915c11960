//! The status of a repository that is kept, and brought up to date when it is asked for.
//!
//! Nothing runs between two questions: what happens in the files and in git's own folder waits in the kernel. A question
//! takes it, which costs microseconds, and asks git only for what it touched; where nothing was, the last answer is the
//! answer. As the kernel notes a change before the call that makes it returns, whatever was done before the question is
//! in the answer.
//!
//! What is ignored, what a rename is, what a filter makes of a file: all that is said by git alone. Where a change can
//! reach further than its own path (the index, a branch, the config, `.gitignore`, `.gitattributes`), git is asked for
//! everything. So it is, each time, where other repositories lie in this one: their state is kept where nobody looks.
//!
//! Not seen before the next change of the index: the user's own config outside of the repository; and what the kernel
//! does not tell, which is a file written through a memory map or another hard link, and a file system that other
//! machines write to.

mod folders;
mod records;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::process::Kind;
use super::repository::Repository;
use super::status::{self, Status, StatusInput};
use super::{VcsError, paths, porcelain};
use crate::watch::{Change, ChangeKind};
use crate::{Control, Workspace};

use folders::Folders;
use records::{Records, Touched};

/// With more paths than this git is asked for everything: each is looked for in the whole index.
const TOUCHED_MAX: usize = 200;
/// Times git is asked anew because folders are no longer ignored; then the answer is given and not kept.
const ROUNDS_MAX: usize = 4;

/// A repository whose status is kept. Questions from several threads wait for each other.
#[derive(Debug)]
pub struct WatchedRepository {
    workspace: Workspace,
    path: Option<PathBuf>,
    repository: Repository,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// `None`: nothing is kept, each question is asked anew.
    folders: Option<Folders>,
    last: Option<Last>,
}

#[derive(Debug)]
struct Last {
    records: Records,
    status: Arc<Status>,
}

impl WatchedRepository {
    /// That of `path` (a file or folder), or of where relative paths start. Asks git nothing yet.
    ///
    /// # Errors
    ///
    /// When there is no repository.
    pub fn open(
        workspace: &Workspace,
        path: Option<&Path>,
        control: &Control,
    ) -> Result<Self, VcsError> {
        let repository = Repository::find(workspace, path, control)?;
        let own = Workspace::new(workspace.scope().clone(), workspace.state())
            .with_limits(workspace.limits().clone());
        let folders = Folders::of(&own, &repository);
        let kept = Mutex::new(Kept { folders, last: None });
        Ok(Self { workspace: own, path: path.map(Path::to_owned), repository, kept })
    }

    /// What differs, as [`super::status`] says it with every untracked file.
    ///
    /// # Errors
    ///
    /// See [`VcsError`]. After an error, or when `control` stopped it, the next question is asked anew.
    pub fn status(&self, control: &Control) -> Result<Arc<Status>, VcsError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { folders, last } = &mut *kept;
        let Some(watched) = folders.as_mut().filter(|folders| folders.are_all_watched()) else {
            (*folders, *last) = (None, None);
            let input = StatusInput { path: self.path.clone(), ..StatusInput::default() };
            return status::status(&self.workspace, &input, control).map(Arc::new);
        };
        let touched = watched.touched();
        let refreshed = match (last.take(), touched) {
            (Some(kept), Some(touched)) if touched.is_empty() => {
                return Ok(Arc::clone(&last.insert(kept).status));
            }
            (Some(kept), Some(touched)) => self.refresh(kept.records, &touched, control)?,
            _ => None,
        };
        let (records, is_whole) = match refreshed {
            Some(records) => (records, true),
            None => self.anew(watched, control)?,
        };
        let status = Arc::new(self.shown(&records)?);
        if is_whole {
            *last = Some(Last { records, status: Arc::clone(&status) });
        }
        Ok(status)
    }

    /// Asks git for what was touched; `None`: that cannot be told from the rest.
    fn refresh(
        &self,
        mut records: Records,
        touched: &Touched,
        control: &Control,
    ) -> Result<Option<Records>, VcsError> {
        if touched.len() > TOUCHED_MAX {
            return Ok(None);
        }
        let mut arguments = arguments(&["--no-renames", "--ignored=no"]);
        arguments.push("--".into());
        arguments.extend(touched.iter().map(|path| path.as_os_str().to_owned()));
        let git = self.repository.git(&self.workspace, control);
        let answer = git.run(Kind::Plain, "status", &arguments, b"")?;
        let part = Records::read(&answer.stdout)?;
        let fits = !answer.truncated && records.refresh(part, touched);
        Ok(fits.then_some(records))
    }

    /// Asks git for everything, and watches what it does not ignore. `false`: it is not known whether that is all.
    fn anew(&self, folders: &mut Folders, control: &Control) -> Result<(Records, bool), VcsError> {
        let mut arguments =
            arguments(&["--branch", "--ahead-behind", "--find-renames", "--ignored=matching"]);
        arguments.extend(self.repository.scope_arguments(self.workspace.scope()));
        let git = self.repository.git(&self.workspace, control);
        folders.cover_git();
        let mut rounds = 0;
        loop {
            let answer = git.run(Kind::Plain, "status", &arguments, b"")?;
            let mut records = Records::read(&answer.stdout)?;
            records.cut = answer.truncated;
            rounds += 1;
            // What was not watched until now may have changed meanwhile.
            let is_whole = !folders.cover(&self.workspace, &records.ignored_folders);
            if is_whole || rounds == ROUNDS_MAX {
                let whole = is_whole && !records.cut && folders.are_all_watched();
                return Ok((records, whole));
            }
        }
    }

    fn shown(&self, records: &Records) -> Result<Status, VcsError> {
        let files_max = self.workspace.limits().vcs.status_files;
        let porcelain = porcelain::read(
            &records.answer(),
            records.cut,
            usize::try_from(files_max).unwrap_or(usize::MAX),
            self.workspace.scope(),
            &self.repository.root,
        )?;
        Ok(Status {
            operation: self.repository.operation(),
            root: self.repository.root.clone(),
            head: porcelain.head,
            counts: porcelain.counts,
            files: porcelain.files,
            truncated: porcelain.more,
        })
    }
}

/// Those of every question: the user's config may say otherwise of each.
fn arguments(more: &[&str]) -> Vec<OsString> {
    let fixed = ["--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=none"];
    fixed.iter().chain(more).map(OsString::from).collect()
}

/// What a change asks for.
enum Reach {
    /// Nothing: git does not look there.
    Nothing,
    /// Its own path.
    Path,
    /// All there is.
    Everything,
}

/// How far `change` reaches, of a path from the top folder. Into a new folder nobody has looked yet.
fn reach(change: &Change) -> Reach {
    let name = change.path.file_name().unwrap_or_default();
    let rules = [".git", ".gitignore", ".gitattributes", ".gitmodules"];
    let is_new_folder = change.folder && !is_gone(change);
    if is_new_folder || rules.iter().any(|rule| name == *rule) {
        Reach::Everything
    } else {
        Reach::Path
    }
}

/// How far one in git's own folder does: what a lock file becomes is told under its own name.
fn reach_of_git(change: &Change) -> Reach {
    let name = change.path.file_name().unwrap_or_default();
    let is_lock = change.path.extension().is_some_and(|extension| extension == "lock");
    let messages = ["COMMIT_EDITMSG", "FETCH_HEAD", "ORIG_HEAD"];
    if is_lock || messages.iter().any(|message| name == *message) {
        Reach::Nothing
    } else {
        Reach::Everything
    }
}

/// Whether it is there no more.
fn is_gone(change: &Change) -> bool {
    change.kind == ChangeKind::Delete
}

/// Paths of folders as git names them, from the top folder.
type FolderPaths = BTreeSet<PathBuf>;

fn folder_path(name: &[u8]) -> PathBuf {
    paths::from_git(name.strip_suffix(b"/").unwrap_or(name)).to_owned()
}
