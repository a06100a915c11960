//! Putting what was staged into its places: all of it, or nothing.
//!
//! What a path holds keeps a second name beside it until everything is in place, so that whatever fails, all can go back.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;

use super::look::Found;
use super::record::Was;
use super::restore::Task;
use crate::Folder;

/// What the second names end in; before it stands the name of what was staged, which nobody else has.
const KEPT: &str = ".old";

/// What failed, and what could not be taken back then.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) path: PathBuf,
    pub(super) source: io::Error,
    /// Paths that are not as they were, each with the name its old content has.
    pub(super) left: Vec<(PathBuf, Option<PathBuf>)>,
}

/// A path that was changed.
struct Done<'t> {
    task: &'t Task,
    folder: Folder,
    /// The name of what it held; `None`: nothing.
    kept: Option<OsString>,
}

/// Puts everything into its place, in order, or takes back what was done.
pub(super) fn put_all(todo: &[&Task]) -> Result<(), Failed> {
    let mut done = Vec::with_capacity(todo.len());
    for task in todo {
        match put(task) {
            Ok(one) => done.push(one),
            Err(source) => {
                let left = take_back(&done);
                return Err(Failed { path: task.spot.path.clone(), source, left });
            }
        }
    }
    for Done { task, folder, kept } in &done {
        if let Some(kept) = kept {
            // Everything is in its place; a second name that cannot be removed does not undo that.
            let _ = folder.remove_file(kept);
        }
        remove_made_folders(task);
    }
    Ok(())
}

/// Puts what was staged into its place, or takes away what is there.
fn put(task: &Task) -> io::Result<Done<'_>> {
    let (folder, staged) = task.spot.folder(false)?;
    let name = task.spot.name();
    let present = !matches!(task.spot.look()?, Found::Nothing { .. });
    let mut kept = staged.to_owned();
    kept.push(KEPT);
    if let Was::Absent { .. } = task.was {
        folder.rename(name, &kept)?;
        return Ok(Done { task, folder, kept: Some(kept) });
    }
    let kept = if present { Some(keep(&folder, name, kept)?) } else { None };
    match folder.rename(staged, name) {
        Ok(()) => Ok(Done { task, folder, kept }),
        Err(error) => {
            if let Some(kept) = &kept {
                // Of two names for one file a rename removes neither (`rename(2)`): the second goes on its own.
                let _ = folder.rename(kept, name);
                let _ = folder.remove_file(kept);
            }
            Err(error)
        }
    }
}

/// Gives what is called `name` the name `kept` as well; where there can be no second name, instead.
fn keep(folder: &Folder, name: &OsStr, kept: OsString) -> io::Result<OsString> {
    match folder.link(name, &kept) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => folder.rename(name, &kept).map(|()| kept),
        Ok(()) => Ok(kept),
    }
}

/// Takes back what was done, the last first; what that fails for.
fn take_back(done: &[Done<'_>]) -> Vec<(PathBuf, Option<PathBuf>)> {
    let mut left = Vec::new();
    for Done { task, folder, kept } in done.iter().rev() {
        let name = task.spot.name();
        let taken_back = match kept {
            Some(kept) => folder.rename(kept, name),
            None => folder.remove_file(name),
        };
        if taken_back.is_err() {
            let kept = kept.as_ref().map(|kept| task.spot.path.with_file_name(kept));
            left.push((task.spot.path.clone(), kept));
        }
    }
    left
}

/// The folders that were made for a file go with it, unless something else is in them.
fn remove_made_folders(task: &Task) {
    let Was::Absent { folders, .. } = task.was else { return };
    for made in task.spot.path.ancestors().skip(1).take(folders) {
        if std::fs::remove_dir(made).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::Scope;
    use crate::snapshot::look::Spot;
    use crate::snapshot::record::StoredPath;
    use crate::snapshot::restore::Outcome;

    /// A folder with what is there, and what is staged for it: `None`, it is to go.
    struct Case {
        folder: tempfile::TempDir,
        tasks: Vec<Task>,
    }

    impl Case {
        fn new(files: &[(&str, Option<&str>, Option<&str>)]) -> Self {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let scope = Scope::within(folder.path()).expect("a folder");
            let task = |(name, there, new): &(&str, Option<&str>, Option<&str>)| {
                let spot = Spot::of(&scope, Path::new(name)).expect("inside");
                if let Some(there) = there {
                    std::fs::write(&spot.path, there).expect("written");
                }
                let (_, staged) = spot.folder(false).expect("opened");
                if let Some(new) = new {
                    std::fs::write(spot.path.with_file_name(staged), new).expect("staged");
                }
                let was = match new {
                    None => Was::Absent { by_us: true, folders: 0 },
                    Some(_) => Was::Link { target: StoredPath::of(Path::new("x")) },
                };
                Task { path: spot.path.clone(), spot, was, outcome: Outcome::Restored }
            };
            let tasks = files.iter().map(task).collect();
            Self { folder, tasks }
        }

        fn run(&self) -> Result<(), Failed> {
            put_all(&self.tasks.iter().collect::<Vec<_>>())
        }

        /// Names and contents, sorted.
        fn there(&self) -> Vec<(String, String)> {
            let entries = std::fs::read_dir(self.folder.path()).expect("a folder");
            let mut there: Vec<_> = entries
                .map(|entry| {
                    let path = entry.expect("listed").path();
                    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                    (name, std::fs::read_to_string(&path).expect("read"))
                })
                .collect();
            there.sort();
            there
        }
    }

    fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        rows.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    const FILES: [(&str, Option<&str>, Option<&str>); 4] = [
        ("changed", Some("now"), Some("then")),
        ("created", Some("now"), None),
        ("deleted", None, Some("then")),
        ("last", Some("now"), Some("then")),
    ];

    #[test]
    fn everything_is_put_and_nothing_is_left_beside_it() {
        let case = Case::new(&FILES);
        case.run().expect("put");
        let expected = rows(&[("changed", "then"), ("deleted", "then"), ("last", "then")]);
        assert_eq!(case.there(), expected);
    }

    /// The last rename fails, for what was staged is gone: everything before it goes back.
    #[test]
    fn when_one_fails_all_are_as_they_were() {
        let case = Case::new(&FILES);
        let (folder, staged) = case.tasks[3].spot.folder(false).expect("opened");
        folder.remove_file(staged).expect("removed");
        let failed = case.run().expect_err("nothing is staged for the last");
        assert!(failed.path.ends_with("last"));
        assert_eq!(failed.left, []);
        assert_eq!(case.there(), rows(&[("changed", "now"), ("created", "now"), ("last", "now")]));
    }

    /// What cannot go back is told, with the name under which its old content is.
    #[test]
    fn what_cannot_be_taken_back_is_named() {
        let case = Case::new(&FILES);
        let done = put(&case.tasks[0]).expect("put");
        let kept = done.kept.clone().expect("kept");
        let path = &case.tasks[0].spot.path;
        std::fs::remove_file(path).expect("removed");
        // A folder cannot be replaced by a file.
        std::fs::create_dir(path).expect("created");
        assert_eq!(take_back(&[done]), [(path.clone(), Some(path.with_file_name(kept)))]);
    }
}
