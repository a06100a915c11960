//! Finding files by their paths: what `glob` and `list` share.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use super::best::{Best, Order};
use super::entries::Entries;
use super::error::SearchError;
use super::globs::Globs;
use super::report::{Coverage, IgnoredMatches, Place, is_false};
use super::walk::{Entry, Facts, Kind, Next, Visitor, WalkOptions};
use crate::{Control, Workspace};

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundFile {
    /// From the project's folder, with `/`; a folder ends in `/`.
    pub path: String,
    /// Bytes of the name are no UTF-8 and stand replaced in `path`, which therefore opens nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub lossy: bool,
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Last change, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_ms: Option<i64>,
}

/// What is sought.
pub(super) struct Wish<'a> {
    pub(super) globs: &'a Globs,
    pub(super) order: Order,
    pub(super) limit: u64,
    pub(super) folders: bool,
    /// Sizes and times are given.
    pub(super) facts: bool,
}

/// What was found.
pub(super) struct Findings {
    pub(super) files: Vec<FoundFile>,
    pub(super) total: u64,
    pub(super) ignored: IgnoredMatches,
    pub(super) coverage: Coverage,
}

pub(super) fn find(
    workspace: &Workspace,
    (place, entries): (&Place, Entries<'_>),
    wish: &Wish<'_>,
    options: &WalkOptions,
    control: &Control,
) -> Result<Findings, SearchError> {
    let new =
        || Finder { wish, best: Best::new(wish.order, wish.limit, u64::MAX), total: 0, ignored: 0 };
    let (end, finders) = entries
        .visit(workspace, &place.location, (options, wish.globs), control, new)
        .map_err(|error| SearchError::opening(place.named(), error))?;
    let mut best = Best::new(wish.order, wish.limit, u64::MAX);
    let (mut total, mut ignored) = (0, 0);
    for finder in finders {
        total += finder.total;
        ignored += finder.ignored;
        best.merge(finder.best);
    }
    let files = best.into_sorted().map(|(path, hit)| found(place, &path, hit, wish.facts));
    Ok(Findings {
        files: files.collect(),
        total,
        ignored: IgnoredMatches { files: ignored, matches: None, exact: end.deferred_whole },
        coverage: place.coverage(end, false),
    })
}

fn found(place: &Place, path: &Path, hit: Hit, facts: bool) -> FoundFile {
    let mut shown = place.show(path);
    if hit.folder {
        shown.text.push('/');
    }
    let facts = hit.facts.filter(|_| facts);
    FoundFile {
        path: shown.text,
        lossy: shown.lossy,
        bytes: facts.map(|facts| facts.bytes),
        modified_ms: facts.map(|facts| facts.modified_ms),
    }
}

#[derive(Debug, Clone, Copy)]
struct Hit {
    folder: bool,
    facts: Option<Facts>,
}

struct Finder<'a> {
    wish: &'a Wish<'a>,
    best: Best<Hit>,
    total: u64,
    ignored: u64,
}

impl Visitor for Finder<'_> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        let globs = self.wish.globs;
        match entry.kind {
            Kind::Folder => {
                let next = enter(globs, entry);
                if self.wish.folders
                    && globs.wants(entry.path)
                    && !globs.excludes_folder(entry.path)
                {
                    self.count(entry);
                }
                return next;
            }
            Kind::File if globs.wants(entry.path) => self.count(entry),
            // A link is a result where it is named: opening it opens what it leads to.
            Kind::Link if globs.names_file(entry.path) && globs.wants(entry.path) => {
                self.count(entry);
            }
            Kind::File | Kind::Link | Kind::Other => {}
        }
        Next::Continue
    }
}

/// Whether a folder is entered: an excluded one not, an ignored one at once where a glob names it, else later, for the
/// count. What git keeps for itself is of no interest unless named.
pub(super) fn enter(globs: &Globs, entry: &Entry<'_>) -> Next {
    let named = !entry.deferred && globs.names_folder(entry.path);
    if globs.excludes_folder(entry.path) {
        Next::Skip
    } else if !entry.ignored || named {
        Next::Continue
    } else if entry.name == ".git" {
        Next::Skip
    } else if entry.deferred {
        Next::Continue
    } else {
        Next::Defer
    }
}

/// Whether a file that is wanted only counts among the ignored ones.
pub(super) fn is_left_out(globs: &Globs, entry: &Entry<'_>) -> bool {
    entry.deferred || entry.ignored && !globs.names_file(entry.path)
}

impl Finder<'_> {
    fn count(&mut self, entry: &Entry<'_>) {
        if is_left_out(self.wish.globs, entry) {
            self.ignored += 1;
            return;
        }
        self.total += 1;
        // By path only those that stay are asked for their size and time, by time all are.
        if self.wish.order == Order::Path && !self.best.would_keep(0, entry.path) {
            return;
        }
        let asked = self.wish.facts || self.wish.order == Order::Newest;
        // Gone since it was listed: it was there, so it counts, as the oldest.
        let facts = if asked { entry.facts().ok() } else { None };
        let modified_ms = facts.map_or(i64::MIN, |facts| facts.modified_ms);
        if self.best.would_keep(modified_ms, entry.path) {
            let hit = Hit { folder: entry.kind == Kind::Folder, facts };
            self.best.add(modified_ms, entry.path.to_owned(), 1, 0, hit);
        }
    }
}
