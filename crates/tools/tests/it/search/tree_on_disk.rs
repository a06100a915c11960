//! A tree of files from a list, and a workspace in it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ironbridge_tools::{Limits, Scope, Workspace};

/// A project of its own in a temporary folder, with a folder beside it that lies outside.
pub(crate) struct Project {
    _folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
    pub(crate) outside: PathBuf,
    pub(crate) workspace: Workspace,
}

impl Project {
    /// Each line is `path`, `path = content` (with `\n`, `\t`, `\\` and `\xNN`), `path/` or `path -> target`. A later
    /// file is newer by a second than the one before it.
    pub(crate) fn new(lines: &str) -> Self {
        Self::with_limits(lines, Limits::default())
    }

    pub(crate) fn with_limits(lines: &str, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let top = folder.path().canonicalize().expect("it exists");
        let (path, outside) = (top.join("project"), top.join("outside"));
        fs::create_dir_all(&path).expect("created");
        fs::create_dir_all(&outside).expect("created");
        let scope = Scope::within(&path).expect("a folder");
        let workspace = Workspace::new(scope, top.join("state")).with_limits(limits);
        let project = Self { _folder: folder, path, outside, workspace };
        for (index, line) in
            lines.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate()
        {
            project.add(line, index as u64).expect("made");
        }
        project
    }

    /// A line that contradicts an earlier one, a file where a folder is needed, is left out.
    pub(crate) fn try_add(&self, line: &str) {
        let _: std::io::Result<()> = self.add(line, 0);
    }

    fn add(&self, line: &str, age: u64) -> std::io::Result<()> {
        let (name, rest) = match (line.split_once(" -> "), line.split_once(" = ")) {
            (Some((name, target)), _) => (name, Some(Err(target))),
            (None, Some((name, content))) => (name, Some(Ok(content))),
            (None, None) => (line, None),
        };
        let name = unescape(name);
        let path = self.path.join(OsStr::from_bytes(&name));
        if name.ends_with(b"/") {
            return fs::create_dir_all(path);
        }
        fs::create_dir_all(path.parent().expect("it has a parent"))?;
        match rest {
            Some(Err(target)) => symlink(target, path),
            Some(Ok(content)) => write(&path, &unescape(content), age),
            None => write(&path, b"", age),
        }
    }
}

fn write(path: &Path, content: &[u8], age: u64) -> std::io::Result<()> {
    fs::write(path, content)?;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + age);
    fs::File::options().write(true).open(path)?.set_modified(time)
}

/// `\n`, `\r`, `\t`, `\\` and `\xNN`.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&kind, after) = rest.split_first().expect("something after the backslash");
        rest = after;
        bytes.push(match kind {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let (digits, after) = rest.split_at(2);
                rest = after;
                let digits = std::str::from_utf8(digits).expect("ASCII");
                u8::from_str_radix(digits, 16).expect("two hexadecimal digits")
            }
            other => other,
        });
    }
    bytes
}
