//! The names that statistics and metrics are counted under: bounded, since each is kept for ever.

use crate::exchange::Record;
use std::collections::HashSet;

/// The most different names of one kind that are counted for themselves; further ones are counted as `other`. A client
/// may name any model; keys are the operator's, but he may make and revoke them for years.
const NAMES_MAX: usize = 200;

/// What one exchange is counted under.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a> {
    /// The model that the client named.
    pub(crate) model: &'a str,
    /// The name of its key, where it has one.
    pub(crate) key: Option<&'a str>,
}

/// The names that have been counted so far.
#[derive(Debug, Default)]
pub(crate) struct KnownLabels {
    models: Names,
    keys: Names,
}

impl KnownLabels {
    /// What to count an exchange under.
    pub(crate) fn of<'a>(&mut self, record: &'a Record) -> Labels<'a> {
        Labels {
            model: self.models.of(&record.model),
            key: record.key.as_ref().map(|key| self.keys.of(&key.name)),
        }
    }
}

#[derive(Debug, Default)]
struct Names(HashSet<String>);

impl Names {
    fn of<'a>(&mut self, name: &'a str) -> &'a str {
        if self.0.contains(name) {
            return name;
        }
        if self.0.len() >= NAMES_MAX {
            return "other";
        }
        self.0.insert(name.to_owned());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES_MAX, Names};

    #[test]
    fn names_beyond_the_bound_are_counted_together() {
        let mut names = Names::default();
        for number in 0..NAMES_MAX {
            assert_eq!(names.of(&number.to_string()), number.to_string());
        }
        assert_eq!(names.of("one more"), "other");
        assert_eq!(names.of("0"), "0", "known ones stay");
    }
}
