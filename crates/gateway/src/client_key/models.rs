//! The models that a key may ask for.

use crate::route::glob;
use globset::{GlobSet, GlobSetBuilder};
use std::fmt;

/// Globs over the names of models, as a client sends them; none at all: every model. As in routes, `*` crosses `/`.
#[derive(Clone, Default)]
pub struct ModelGlobs {
    patterns: Vec<String>,
    set: GlobSet,
}

/// A pattern over the names of models is not a glob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a glob: {why}")]
pub struct ModelGlobsError {
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub why: String,
}

impl ModelGlobs {
    /// Reads the patterns.
    ///
    /// # Errors
    /// The first that is no glob, or all together where they are too much for one machine.
    pub fn new(patterns: Vec<String>) -> Result<Self, ModelGlobsError> {
        let wrong = |pattern: &str, error: &globset::Error| ModelGlobsError {
            pattern: pattern.to_owned(),
            why: error.kind().to_string(),
        };
        let mut set = GlobSetBuilder::new();
        for pattern in &patterns {
            set.add(glob(pattern).map_err(|error| wrong(pattern, &error))?);
        }
        let set = set.build().map_err(|error| wrong(&patterns.join(","), &error))?;
        Ok(ModelGlobs { patterns, set })
    }

    /// The patterns as given.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether `model` is one of them.
    #[must_use]
    pub fn allow(&self, model: &str) -> bool {
        self.patterns.is_empty() || self.set.is_match(model)
    }
}

impl fmt::Debug for ModelGlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.patterns.fmt(f)
    }
}

impl PartialEq for ModelGlobs {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for ModelGlobs {}

#[cfg(test)]
mod tests {
    use super::ModelGlobs;

    fn check(patterns: &[&str], model: &str, allowed: bool) {
        let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let globs = ModelGlobs::new(patterns).expect("globs");
        assert_eq!(globs.allow(model), allowed, "{globs:?} {model}");
    }

    #[test]
    fn globs_are_matched_against_the_whole_name() {
        check(&[], "anything", true);
        check(&["claude-*"], "claude-sonnet-4-5", true);
        check(&["claude-*"], "my-claude-1", false);
        check(&["claude-*", "gpt-5"], "gpt-5", true);
        check(&["claude-*", "gpt-5"], "gpt-5-mini", false);
        check(&["meta-*"], "meta-llama/llama-3", true);
        check(&["claude-*"], "Claude-1", false);
    }

    #[test]
    fn what_is_no_glob_is_named() {
        let error = ModelGlobs::new(vec!["fine".to_owned(), "[".to_owned()]).expect_err("no glob");
        assert_eq!(error.pattern, "[");
    }
}
