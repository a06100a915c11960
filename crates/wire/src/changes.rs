//! What a translation could not carry as it was.
//!
//! Nothing is dropped silently: an encoder that has no place for something says so here, and the list reaches the
//! client (`x-ironbridge-changes`) and the exchange record.

use crate::pointer::Pointer;
use std::borrow::Cow;

/// How far something was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// It has no counterpart and is gone.
    Dropped,
    /// It goes on in another form that means nearly the same.
    Changed,
}

impl Carried {
    /// `dropped` or `changed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Carried::Dropped => "dropped",
            Carried::Changed => "changed",
        }
    }
}

/// One thing that a translation dropped or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it stood in the document that was translated.
    pub path: Pointer,
    /// Whether anything of it is left.
    pub carried: Carried,
    /// Why, in one clause without a full stop.
    pub why: Cow<'static, str>,
}

/// The changes of one translation, in the order in which they were met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

/// The most bytes that [`Changes::header`] returns (DESIGN §6.2).
pub const HEADER_BYTES_MAX: usize = 1024;

impl Changes {
    /// No change so far.
    #[must_use]
    pub const fn new() -> Self {
        Changes(Vec::new())
    }

    /// Notes that what stood at `path` has no counterpart.
    pub fn dropped(&mut self, path: &Pointer, why: impl Into<Cow<'static, str>>) {
        self.push(Change { path: path.clone(), carried: Carried::Dropped, why: why.into() });
    }

    /// Notes that what stood at `path` goes on in another form.
    pub fn changed(&mut self, path: &Pointer, why: impl Into<Cow<'static, str>>) {
        self.push(Change { path: path.clone(), carried: Carried::Changed, why: why.into() });
    }

    /// Adds one change.
    pub fn push(&mut self, change: Change) {
        self.0.push(change);
    }

    /// Adds the changes of a later step.
    pub fn extend(&mut self, later: Changes) {
        self.0.extend(later.0);
    }

    /// The changes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Change> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether everything was carried as it was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `x-ironbridge-changes`: `N; path,path…`, ASCII and at most [`HEADER_BYTES_MAX`] bytes.
    ///
    /// Paths that do not fit are left out and the list ends with `,...`; bytes outside printable ASCII become `?`.
    #[must_use]
    pub fn header(&self) -> String {
        const MORE: &str = ",...";
        let mut header = format!("{}; ", self.0.len());
        for (n, change) in self.0.iter().enumerate() {
            let path = change.path.as_str();
            let separator = usize::from(n > 0);
            if header.len() + separator + path.len() + MORE.len() > HEADER_BYTES_MAX {
                header.push_str(if n > 0 { MORE } else { "..." });
                break;
            }
            if n > 0 {
                header.push(',');
            }
            header.extend(path.bytes().map(|b| match b {
                b',' | b';' => '?',
                b' '..=b'~' => char::from(b),
                _ => '?',
            }));
        }
        header
    }
}

impl<'a> IntoIterator for &'a Changes {
    type Item = &'a Change;
    type IntoIter = std::slice::Iter<'a, Change>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests;
