//! Seeing that the config file has changed, by looking once a second.
//!
//! Polling works on every file system, network ones and container mounts included, where notifications get lost; one
//! `stat` a second costs nothing.

use std::path::Path;
use std::time::{Duration, SystemTime};

/// How often the file is looked at.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

/// What is compared before the file is read: its time of change and its length in bytes.
pub(crate) type Stamp = Option<(SystemTime, u64)>;

/// The last state seen of one file.
#[derive(Debug)]
pub(crate) struct Watch {
    stamp: Stamp,
    text: Option<String>,
}

impl Watch {
    /// Begins with a file as it was read; `None`: it was not there.
    pub(crate) fn begin(text: Option<String>) -> Self {
        // No stamp yet: the first look reads the file, so that a change between reading and watching is seen.
        Watch { stamp: None, text }
    }

    /// Looks at the file. Gives its new text if that differs from the last one seen. A file that has gone, or that
    /// cannot be read right now, has not changed: editors write by removing and renaming.
    pub(crate) fn look(
        &mut self,
        stamp: Stamp,
        read: impl FnOnce() -> Option<String>,
    ) -> Option<&str> {
        if stamp.is_none() || stamp == self.stamp {
            return None;
        }
        let text = read()?;
        self.stamp = stamp;
        if self.text.as_ref() == Some(&text) {
            return None;
        }
        self.text = Some(text);
        self.text.as_deref()
    }
}

/// The stamp of a file on disk; `None` where there is none.
pub(crate) fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One look: the second of the file's change with its text (`None`: no such file), and what is found.
    type Look = (Option<(u64, &'static str)>, Option<&'static str>);

    fn check(begin: Option<&str>, looks: &[Look]) {
        let mut watch = Watch::begin(begin.map(str::to_owned));
        for (index, (file, expected)) in looks.iter().enumerate() {
            let stamp = file.map(|(second, text)| {
                let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
                (time, text.len() as u64)
            });
            let found = watch.look(stamp, || file.map(|(_, text)| text.to_owned()));
            assert_eq!(found, *expected, "look {index}");
        }
    }

    #[test]
    fn only_another_text_is_a_change() {
        check(Some("a"), &[(Some((1, "a")), None), (Some((1, "a")), None), (Some((2, "a")), None)]);
        check(Some("a"), &[(Some((1, "b")), Some("b")), (Some((1, "b")), None)]);
        check(Some("a"), &[(Some((1, "a")), None), (Some((1, "aa")), Some("aa"))]);
    }

    #[test]
    fn a_file_that_comes_late_or_goes_for_a_while_is_no_trouble() {
        check(None, &[(None, None), (Some((1, "a")), Some("a"))]);
        check(Some("a"), &[(None, None), (Some((2, "a")), None), (None, None)]);
        check(Some("a"), &[(None, None), (Some((2, "b")), Some("b"))]);
    }
}
