//! Names of entries.

use super::VaultError;
use std::borrow::Cow;
use std::fmt;

/// The name of an entry: safe as a part of a file's name everywhere, and in a keyring.
///
/// It has ASCII letters, digits, `.`, `-`, `_` and `:` (so that a host with its port can be one), begins with a letter
/// or digit, has no `..` and at most [`EntryName::BYTES_MAX`] bytes. On Windows `:` is refused, as it names a drive or a
/// hidden stream there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryName(Cow<'static, str>);

impl EntryName {
    /// The longest name, in bytes. File systems take 255 for a file's name; an ending and what marks a temporary file
    /// must fit beside it.
    pub const BYTES_MAX: usize = 200;

    /// A name that is known to be good.
    ///
    /// # Panics
    /// When it is not: as a constant it then does not compile.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        assert!(is_name(name.as_bytes()), "not the name of an entry");
        EntryName(Cow::Borrowed(name))
    }

    /// A name from outside.
    ///
    /// # Errors
    /// When it is not one.
    pub fn new(name: &str) -> Result<Self, VaultError> {
        if is_name(name.as_bytes()) {
            Ok(EntryName(Cow::Owned(name.to_owned())))
        } else {
            Err(VaultError::Name { name: name.escape_debug().take(SHOWN_CHARS).collect() })
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How much of a bad name an error shows.
const SHOWN_CHARS: usize = 80;

const fn is_name(name: &[u8]) -> bool {
    if name.is_empty() || name.len() > EntryName::BYTES_MAX || !name[0].is_ascii_alphanumeric() {
        return false;
    }
    let mut at = 0;
    while at < name.len() {
        let allowed = match name[at] {
            b'.' => at + 1 == name.len() || name[at + 1] != b'.',
            b'-' | b'_' => true,
            b':' => cfg!(not(windows)),
            other => other.is_ascii_alphanumeric(),
        };
        if !allowed {
            return false;
        }
        at += 1;
    }
    true
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_in_a_path() {
        let long = "a".repeat(EntryName::BYTES_MAX);
        for good in ["copilot", "api.example.com", "a", "A_key-1", "x.", long.as_str()] {
            assert!(EntryName::new(good).is_ok(), "{good}");
        }
        #[cfg(not(windows))]
        assert!(EntryName::new("localhost:4141").is_ok());
        let longer = format!("{long}a");
        for bad in ["", ".", ".hidden", "-x", "a..b", "a/b", "a\\b", "a b", "ä", "a\0", &longer] {
            assert!(EntryName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_name_is_shown_in_bounds_and_without_control_characters() {
        let error = EntryName::new(&"\u{1b}[2J".repeat(1000)).unwrap_err().to_string();
        assert!(error.len() < 400 && !error.contains('\u{1b}'), "{error}");
    }
}
