//! JSON pointers (RFC 6901): where in a document something stands.

use std::fmt;

/// A JSON pointer such as `/messages/0/content`; empty for the whole document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    #[must_use]
    pub const fn root() -> Self {
        Pointer(String::new())
    }

    /// The member `key` of this object.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut path = String::with_capacity(self.0.len() + key.len() + 1);
        path.push_str(&self.0);
        path.push('/');
        if !key.contains(['~', '/']) {
            path.push_str(key);
            return Pointer(path);
        }
        for c in key.chars() {
            match c {
                '~' => path.push_str("~0"),
                '/' => path.push_str("~1"),
                c => path.push(c),
            }
        }
        Pointer(path)
    }

    /// The element `index` of this array.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Pointer(format!("{}/{index}", self.0))
    }

    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value together with the place it was read from, so that whoever cannot carry it can say what was lost.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// The value itself.
    pub value: T,
    /// Where it stood in the client's document.
    pub at: Pointer,
}
