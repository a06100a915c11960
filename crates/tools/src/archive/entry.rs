//! One entry of an archive, its name judged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::ArchiveError;
use crate::limits::ArchiveLimits;

/// Bits of a mode that are kept: who may read, write and run. Set-user-id, set-group-id and sticky are not.
pub(super) const MODE_BITS: u32 = 0o777;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Another name of an earlier file.
    HardLink,
}

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Relative, only ordinary names; never empty.
    pub(super) path: PathBuf,
    /// For messages.
    pub(super) name: String,
    pub(super) kind: EntryKind,
    /// Of a link: where it leads, as it stands. Of a hard link: the earlier entry.
    pub(super) target: PathBuf,
    /// `None`: the archive does not say.
    pub(super) mode: Option<u32>,
    /// Seconds since 1970; `None`: the archive does not say.
    pub(super) modified: Option<i64>,
}

/// Takes what is read out of an archive, in its order.
pub(super) trait Receiver {
    /// `content` is that of a file, to be read to its end; empty for all else.
    fn receive(
        &mut self,
        entry: &Entry,
        content: &mut dyn std::io::Read,
    ) -> Result<(), ArchiveError>;
}

/// The names so far, to refuse those that come again.
#[derive(Debug, Default)]
pub(super) struct Names {
    seen: BTreeMap<PathBuf, EntryKind>,
}

impl Names {
    /// Judges an entry against those before it.
    pub(super) fn add(&mut self, entry: &Entry) -> Result<(), ArchiveError> {
        let duplicate = || ArchiveError::Duplicate { name: entry.name.clone() };
        let parents = entry.path.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty());
        for parent in parents {
            match self.seen.get(parent) {
                // Its own parents were judged with it.
                Some(EntryKind::Folder) => break,
                Some(_) => return Err(duplicate()),
                None => {
                    self.seen.insert(parent.to_owned(), EntryKind::Folder);
                }
            }
        }
        if entry.kind == EntryKind::HardLink
            && self.seen.get(&entry.target) != Some(&EntryKind::File)
        {
            return Err(ArchiveError::UnsafeLink {
                name: entry.name.clone(),
                target: entry.target.to_string_lossy().into_owned(),
                why: "is no earlier file of this archive",
            });
        }
        match self.seen.insert(entry.path.clone(), entry.kind) {
            None => Ok(()),
            // A folder may be named again, or after what lies in it.
            Some(EntryKind::Folder) if entry.kind == EntryKind::Folder => Ok(()),
            Some(_) => Err(duplicate()),
        }
    }
}

/// The path that `name` means below the target; `None` for the target itself.
pub(super) fn path(name: &[u8], limits: &ArchiveLimits) -> Result<Option<PathBuf>, ArchiveError> {
    let refuse = |why| {
        let name = String::from_utf8_lossy(name).chars().take(200).collect();
        Err(ArchiveError::UnsafeName { name, why })
    };
    if name.len() as u64 > limits.name_bytes {
        return refuse("it is too long");
    }
    if name.contains(&0) {
        return refuse("it has a NUL byte");
    }
    if name.starts_with(b"/") || name.starts_with(b"\\") {
        return refuse("it is absolute");
    }
    if matches!(name, [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return refuse("it names a drive");
    }
    if cfg!(windows) && name.iter().any(|byte| b"\\:*?\"<>|".contains(byte)) {
        return refuse("it has a character that Windows does not allow");
    }
    // On Windows a backslash parts names as well: what leads out there is refused everywhere.
    if name.split(|byte| b"/\\".contains(byte)).any(|part| part == b"..") {
        return refuse("it goes up");
    }
    let parts = name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    let path: PathBuf = parts.map(from_bytes).collect();
    let depth = path.components().count() as u64;
    if depth > limits.depth {
        return refuse("it is too deep");
    }
    Ok((depth > 0).then_some(path))
}

/// Where the link `path` may lead: to relative names, going up only at the beginning and not further than to the
/// target. As files never lie behind links here, going up from a link's own folder is exact; and what else the rest
/// goes through are links of this kind. So no chain of links leads out.
pub(super) fn link_target(path: &Path, target: &[u8], name: &str) -> Result<PathBuf, ArchiveError> {
    let refuse = |why| {
        let target = String::from_utf8_lossy(target).chars().take(200).collect();
        Err(ArchiveError::UnsafeLink { name: name.to_owned(), target, why })
    };
    if target.is_empty() || target.contains(&0) {
        return refuse("is no path");
    }
    if target.starts_with(b"/") || target.starts_with(b"\\") {
        return refuse("is absolute");
    }
    if matches!(target, [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return refuse("names a drive");
    }
    let mut room = path.components().count().saturating_sub(1);
    let mut down = false;
    for part in target.split(|byte| b"/\\".contains(byte)) {
        match part {
            b"" | b"." => {}
            b".." if down => return refuse("goes up behind a name"),
            b".." if room == 0 => return refuse("lies outside of the target"),
            b".." => room -= 1,
            _ => down = true,
        }
    }
    Ok(from_bytes(target))
}

#[cfg(unix)]
fn from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}

/// Windows: names are Unicode.
#[cfg(not(unix))]
fn from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(names: &[&str], expected: &Expect) {
        let limits = ArchiveLimits { name_bytes: 40, depth: 4, ..ArchiveLimits::default() };
        let lines: Vec<String> = names
            .iter()
            .map(|name| match path(name.as_bytes(), &limits) {
                Ok(path) => format!("{name:?} {path:?}"),
                Err(error) => error.to_string(),
            })
            .collect();
        expected.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn names_are_judged() {
        let names = [
            "a",
            "a/b/",
            "./a//b/.",
            "./",
            "",
            "/etc/passwd",
            "\\\\server\\x",
            "../a",
            "a/../b",
            "a/..",
            "a\\..\\..\\b",
            "C:x",
            "c:/x",
            "...",
            "a..b",
            "..a",
            "a\0b",
            "a/b/c/d",
            "a/b/c/d/e",
            "12345678901234567890123456789012345678901",
        ];
        check(
            &names,
            &expect![[r#"
            "a" Some("a")
            "a/b/" Some("a/b")
            "./a//b/." Some("a/b")
            "./" None
            "" None
            "/etc/passwd": refused, it is absolute
            "\\\\server\\x": refused, it is absolute
            "../a": refused, it goes up
            "a/../b": refused, it goes up
            "a/..": refused, it goes up
            "a\\..\\..\\b": refused, it goes up
            "C:x": refused, it names a drive
            "c:/x": refused, it names a drive
            "..." Some("...")
            "a..b" Some("a..b")
            "..a" Some("..a")
            "a\0b": refused, it has a NUL byte
            "a/b/c/d" Some("a/b/c/d")
            "a/b/c/d/e": refused, it is too deep
            "12345678901234567890123456789012345678901": refused, it is too long"#]],
        );
    }

    #[test]
    fn links_are_judged() {
        let cases = [
            ("l", "a"),
            ("l", "a/b"),
            ("l", ".."),
            ("d/l", ".."),
            ("d/l", "../a"),
            ("d/l", "../.."),
            ("d/l", "a/.."),
            ("d/l", "./../a/./b"),
            ("l", "/etc"),
            ("l", "C:\\x"),
            ("l", "..\\x"),
            ("l", ""),
            ("l", "a\0b"),
            ("d/e/l", "../../../x"),
        ];
        let lines: Vec<String> = cases
            .iter()
            .map(|(path, target)| match link_target(Path::new(path), target.as_bytes(), path) {
                Ok(_) => format!("{path} -> {target:?} ok"),
                Err(error) => error.to_string(),
            })
            .collect();
        expect![[r#"
            l -> "a" ok
            l -> "a/b" ok
            l: refused, this link leads to "..", which lies outside of the target
            d/l -> ".." ok
            d/l -> "../a" ok
            d/l: refused, this link leads to "../..", which lies outside of the target
            d/l: refused, this link leads to "a/..", which goes up behind a name
            d/l -> "./../a/./b" ok
            l: refused, this link leads to "/etc", which is absolute
            l: refused, this link leads to "C:\\x", which names a drive
            l: refused, this link leads to "..\\x", which lies outside of the target
            l: refused, this link leads to "", which is no path
            l: refused, this link leads to "a\0b", which is no path
            d/e/l: refused, this link leads to "../../../x", which lies outside of the target"#]]
        .assert_eq(&lines.join("\n"));
    }
}
