//! What every search says besides its results: whether it saw everything, and what it left out.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::error::SearchError;
use super::walk::{Unreadable, WalkEnd};
use crate::{Location, Scope, Stopped};

/// How much of the tree a search has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Everything that was to be searched was; counts are whole. `false`: results and counts are what was found until
    /// then.
    pub complete: bool,
    /// Why it ended early: `deadline` or `cancelled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<&'static str>,
    /// Files and folders that could not be read.
    #[serde(skip_serializing_if = "Skipped::is_nothing")]
    pub unreadable: Skipped,
    /// Followed links that led round in a circle, and were cut there.
    #[serde(skip_serializing_if = "is_zero")]
    pub loops: u64,
    /// Links that were not followed, though asked for, because they lead nowhere or out of the project.
    #[serde(skip_serializing_if = "is_zero")]
    pub links_not_followed: u64,
}

/// What could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// How many.
    pub count: u64,
    /// The first few of them.
    pub first: Vec<SkippedPath>,
}

/// A path that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkippedPath {
    /// From the project's folder.
    pub path: String,
    /// What the system said.
    pub reason: String,
}

impl Skipped {
    fn is_nothing(&self) -> bool {
        self.count == 0
    }
}

/// What ignored files hold that would have been a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IgnoredMatches {
    /// Ignored files that match.
    pub files: u64,
    /// Matching lines in them; only for searches of content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<u64>,
    /// All were looked at. `false`: there may be more; looking ends at a limit.
    pub exact: bool,
}

/// The folder that is searched, and how its paths are shown.
#[derive(Debug)]
pub(crate) struct Place {
    pub(super) location: Location,
    shown: PathBuf,
}

/// A path as text.
pub(super) struct Shown {
    pub(super) text: String,
    /// Some of its bytes are no UTF-8 and were replaced.
    pub(super) lossy: bool,
}

impl Place {
    /// `path` from the base of the scope; `None`: the base.
    pub(super) fn find(scope: &Scope, path: Option<&Path>) -> Result<Self, SearchError> {
        let location = scope.locate(path.unwrap_or(Path::new(".")))?;
        let shown = match scope.shown(location.named()) {
            path if path == Path::new(".") => PathBuf::new(),
            path => path.to_owned(),
        };
        Ok(Self { location, shown })
    }

    /// `path` from `root`, shown from there.
    pub(crate) fn beneath(
        scope: &Scope,
        root: &Location,
        path: Option<&Path>,
    ) -> Result<Self, SearchError> {
        let named = path.unwrap_or(Path::new("."));
        let location = scope.locate(root.resolved().join(named))?;
        match location.resolved().strip_prefix(root.resolved()) {
            Ok(shown) => Ok(Self { shown: shown.to_owned(), location }),
            Err(_) => Err(SearchError::Scope(crate::ScopeError::Outside {
                path: location.named().to_owned(),
                resolved: location.resolved().to_owned(),
                root: root.resolved().to_owned(),
            })),
        }
    }

    /// Where it lies, from where it is shown.
    pub(crate) fn shown(&self) -> &Path {
        &self.shown
    }

    /// `relative` to this place, as results name it.
    pub(super) fn show(&self, relative: &Path) -> Shown {
        let path = match (self.shown.as_os_str().is_empty(), relative.as_os_str().is_empty()) {
            (true, true) => PathBuf::from("."),
            (true, false) => relative.to_owned(),
            (false, true) => self.shown.clone(),
            (false, false) => self.shown.join(relative),
        };
        match path.into_os_string().into_string() {
            Ok(text) => Shown { text: with_slashes(text), lossy: false },
            Err(raw) => {
                Shown { text: with_slashes(raw.to_string_lossy().into_owned()), lossy: true }
            }
        }
    }

    /// What the place is called in errors.
    pub(super) fn named(&self) -> PathBuf {
        self.location.named().to_owned()
    }

    pub(super) fn coverage(&self, end: WalkEnd, stopped_at_limit: bool) -> Coverage {
        Coverage {
            complete: end.stopped.is_none() && !stopped_at_limit,
            stopped: end.stopped.map(Stopped::code),
            unreadable: self.skipped(end.unreadable),
            loops: end.loops,
            links_not_followed: end.links_not_followed,
        }
    }

    fn skipped(&self, unreadable: Unreadable) -> Skipped {
        let first = unreadable.first.into_iter();
        let first = first
            .map(|(path, reason)| SkippedPath { path: self.show(&path).text, reason })
            .collect();
        Skipped { count: unreadable.count, first }
    }
}

/// The limit asked for, or the usual one; more than `max` is an error.
pub(super) fn limit(asked: Option<u64>, usual: u64, max: u64) -> Result<u64, SearchError> {
    let limit = asked.unwrap_or(usual);
    SearchError::hold("limit", limit, max, "results")?;
    Ok(limit)
}

fn with_slashes(text: String) -> String {
    if std::path::MAIN_SEPARATOR == '/' {
        text
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
pub(super) fn is_false(flag: &bool) -> bool {
    !*flag
}
