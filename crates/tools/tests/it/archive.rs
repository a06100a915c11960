//! Archives: out of them what went in, nothing of what was meant to do harm, and as other programs read and write them.

mod attacks;
mod places;
mod round_trip;

use std::fs;
use std::path::{Path, PathBuf};

use ironbridge_tools::archive::{self, ArchiveError, CreateInput, ExtractInput};
use ironbridge_tools::{Coded as _, Control, Failure, Limits, Scope, Workspace};

struct Project {
    _folder: tempfile::TempDir,
    top: PathBuf,
    root: PathBuf,
    workspace: Workspace,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let top = folder.path().canonicalize().expect("it exists");
        let root = top.join("project");
        fs::create_dir(&root).expect("created");
        let workspace = Workspace::new(Scope::within(&root).expect("a folder"), top.join("state"));
        Self { _folder: folder, top, root, workspace }
    }

    fn limited(
        &self,
        change: impl FnOnce(&mut ironbridge_tools::limits::ArchiveLimits),
    ) -> Workspace {
        let mut limits = Limits::default();
        change(&mut limits.archive);
        let scope = Scope::within(&self.root).expect("a folder");
        Workspace::new(scope, self.top.join("state")).with_limits(limits)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("created");
        fs::write(path, content).expect("written");
    }

    fn create(&self, archive: &str, sources: &[&str]) -> Result<archive::Created, ArchiveError> {
        let sources = sources.iter().map(PathBuf::from).collect();
        let input = CreateInput { sources, overwrite: true, ..CreateInput::new(archive) };
        archive::create(&self.workspace, &input, &Control::unbounded())
    }

    fn extract(&self, archive: &str, to: &str) -> Result<archive::Extracted, ArchiveError> {
        let input = ExtractInput::new(archive, to);
        archive::extract(&self.workspace, &input, &Control::unbounded())
    }

    /// Everything below `folder` of the top, one line each: kind, mode, time, path, content or target.
    fn tree(&self, folder: &str) -> String {
        let mut lines = Vec::new();
        collect(&self.top.join(folder), Path::new(""), &mut lines);
        lines.sort();
        lines.into_iter().map(|(path, line)| format!("{line} {path}\n")).collect()
    }
}

fn collect(folder: &Path, below: &Path, lines: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.expect("an entry");
        let path = below.join(entry.file_name());
        let facts = entry.metadata().expect("its facts");
        let time = facts.modified().expect("a time").duration_since(std::time::UNIX_EPOCH);
        let time = time.expect("after 1970").as_secs();
        // Times of now say nothing.
        let time = if time < 1_700_000_000 { time } else { 0 };
        #[cfg(unix)]
        let mode = std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o7777;
        #[cfg(not(unix))]
        let mode = 0;
        let what = if facts.is_symlink() {
            let target = fs::read_link(entry.path()).expect("a target");
            format!("link to {target:?}")
        } else if facts.is_dir() {
            collect(&entry.path(), &path, lines);
            format!("folder {mode:o} {time}")
        } else {
            let content = fs::read(entry.path()).expect("its content");
            let content = String::from_utf8_lossy(&content).into_owned();
            let content = match content.len() {
                0..=40 => format!("{content:?}"),
                more => format!("{more} bytes"),
            };
            format!("file {mode:o} {time} {content}")
        };
        lines.push((path.to_string_lossy().into_owned(), what));
    }
}

/// The code and message of a refusal.
fn refusal<T: std::fmt::Debug>(project: &Project, result: Result<T, ArchiveError>) -> String {
    let error = result.expect_err("it is refused");
    assert!(ArchiveError::codes().iter().any(|(code, _)| *code == error.code()), "{error}");
    let failure = Failure::from(error);
    let message = failure.message.replace(&*project.root.to_string_lossy(), "PROJECT");
    format!("{}: {}\n", failure.code, message.replace(&*project.top.to_string_lossy(), "TOP"))
}

/// Takes `bytes` out into `out`; gives the refusal or what is there then. A refusal leaves nothing behind.
fn taken_out(
    bytes: &[u8],
    name: &str,
    change: impl FnOnce(&mut ironbridge_tools::limits::ArchiveLimits),
) -> String {
    let project = Project::new();
    project.write(name, bytes);
    fs::write(project.top.join("outside"), "outside").expect("written");
    let workspace = project.limited(change);
    let before = project.tree("");
    let result =
        archive::extract(&workspace, &ExtractInput::new(name, "out"), &Control::unbounded());
    if result.is_err() {
        assert_eq!(project.tree(""), before, "a refusal leaves all as it was");
        return refusal(&project, result);
    }
    assert_eq!(fs::read_to_string(project.top.join("outside")).expect("read"), "outside");
    project.tree("project/out")
}
