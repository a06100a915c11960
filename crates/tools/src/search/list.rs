//! `list`: the files under a folder.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::best::Order;
use super::entries::Entries;
use super::error::SearchError;
use super::finder::{Findings, FoundFile, Wish, find, is_left_out};
use super::glob::yes;
use super::globs::Globs;
use super::report::{Coverage, IgnoredMatches, Place, limit};
use super::walk::{Entry, Kind, Next, Visitor, WalkOptions};
use crate::{Control, Workspace};

/// Lists the files under a folder, at any depth, without those that are ignored.
///
/// Links are listed only where `followLinks` is set or a glob names them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListInput {
    /// The folder, from the project's. Default: the project's.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Only files that match one of these, and none of those that begin with `!`. As in `glob`: without a slash at any
    /// depth, with one from the listed folder.
    #[serde(default)]
    pub globs: Vec<String>,
    /// Levels; 1 lists only what lies in the folder itself. Default: all.
    #[serde(default)]
    pub depth: Option<u64>,
    /// Folders too; their paths end in `/`. Default: no.
    #[serde(default)]
    pub folders: bool,
    /// Sizes and times are given. Default: no.
    #[serde(default)]
    pub details: bool,
    /// Names that begin with a dot are listed too. Default: yes.
    #[serde(default = "yes")]
    pub hidden: bool,
    /// Rules of ignored files count. Default: yes.
    #[serde(default = "yes")]
    pub respect_ignore: bool,
    /// Links are followed where they stay inside the project. Default: no.
    #[serde(default)]
    pub follow_links: bool,
    /// `newest` or `path`. Default: `path`.
    #[serde(default = "by_path")]
    pub order: Order,
    /// How many are given. Default: limit `search.listed`.
    #[serde(default)]
    pub limit: Option<u64>,
}

impl Default for ListInput {
    fn default() -> Self {
        Self {
            path: None,
            globs: Vec::new(),
            depth: None,
            folders: false,
            details: false,
            hidden: true,
            respect_ignore: true,
            follow_links: false,
            order: Order::Path,
            limit: None,
        }
    }
}

/// The files listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListOutput {
    /// In the order asked for.
    pub files: Vec<FoundFile>,
    /// How many there are, those beyond the limit included.
    pub total: u64,
    /// There are more than are given.
    pub truncated: bool,
    /// Ignored files beside these.
    pub ignored: IgnoredMatches,
    /// How much of the tree was seen.
    pub coverage: Coverage,
}

/// Lists files; see [`ListInput`]. A stopped call gives what it has found.
///
/// # Errors
///
/// When a glob or the path is none.
pub fn list(
    workspace: &Workspace,
    input: &ListInput,
    control: &Control,
) -> Result<ListOutput, SearchError> {
    let place = Place::find(workspace.scope(), input.path.as_deref())?;
    list_in(workspace, (&place, Entries::Walked), input, control)
}

/// The same of these entries, which lie beneath `place`; `path` of the input is not asked.
pub(crate) fn list_in(
    workspace: &Workspace,
    (place, entries): (&Place, Entries<'_>),
    input: &ListInput,
    control: &Control,
) -> Result<ListOutput, SearchError> {
    let limits = &workspace.limits().search;
    let limit = limit(input.limit, limits.listed, limits.paths_max)?;
    let globs = globs(workspace, input)?;
    let wish = Wish {
        globs: &globs,
        order: input.order,
        limit,
        folders: input.folders,
        facts: input.details,
    };
    let findings = find(workspace, (place, entries), &wish, &options(input, &globs), control)?;
    let Findings { files, total, ignored, coverage } = findings;
    Ok(ListOutput { truncated: total > files.len() as u64, files, total, ignored, coverage })
}

/// Paths in one buffer, for callers that make something of their own of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawList {
    /// Relative to the listed folder, as the system's bytes, each followed by the separator; in no order.
    pub paths: Vec<u8>,
    /// When each was changed, in milliseconds since 1970; only where the newest were asked for.
    pub modified_ms: Vec<i64>,
    /// How many.
    pub count: u64,
    /// There are more than the limit, and some are left out.
    pub truncated: bool,
    /// How much of the tree was seen.
    pub coverage: Coverage,
}

/// Lists files into one buffer: as [`list`], but without sizes and the count of ignored files, in no order before
/// [`RawList::sorted`], and with `search.paths_max` for a limit. `separator` is a newline, or NUL for names that hold newlines.
///
/// # Errors
///
/// As [`list`].
pub fn list_raw(
    workspace: &Workspace,
    input: &ListInput,
    separator: u8,
    control: &Control,
) -> Result<RawList, SearchError> {
    let place = Place::find(workspace.scope(), input.path.as_deref())?;
    list_raw_in(workspace, (&place, Entries::Walked), input, separator, control)
}

/// The same of these entries, which lie beneath `place`; `path` of the input is not asked.
pub(crate) fn list_raw_in(
    workspace: &Workspace,
    (place, entries): (&Place, Entries<'_>),
    input: &ListInput,
    separator: u8,
    control: &Control,
) -> Result<RawList, SearchError> {
    let limits = &workspace.limits().search;
    let limit = limit(input.limit, limits.paths_max, limits.paths_max)?;
    let globs = globs(workspace, input)?;
    let new = || RawLister {
        globs: &globs,
        folders: input.folders,
        limit,
        separator,
        times: input.order == Order::Newest,
        paths: Vec::new(),
        modified_ms: Vec::new(),
        count: 0,
        over: false,
    };
    let options = options(input, &globs);
    let (end, listers) = entries
        .visit(workspace, &place.location, (&options, &globs), control, new)
        .map_err(|error| SearchError::opening(place.named(), error))?;
    let mut list = RawList {
        paths: Vec::new(),
        modified_ms: Vec::new(),
        count: 0,
        truncated: false,
        coverage: place.coverage(end, false),
    };
    for lister in listers {
        list.truncated |= lister.over;
        list.take(lister, limit, separator);
    }
    Ok(list)
}

impl RawList {
    /// The first `limit`: by the bytes of their paths, or the newest first where their times were asked for. For a list
    /// made without a limit: another one has lost some already.
    #[must_use]
    pub fn sorted(mut self, separator: u8, limit: Option<u64>) -> Self {
        // Compared without the separator, which may be greater than what follows in a longer path.
        let paths = self.paths.split_inclusive(|byte| *byte == separator);
        let bare = |path: &'_ [u8]| path.len().saturating_sub(1);
        let times = self.modified_ms.iter().copied().chain(std::iter::repeat(0));
        let mut rows: Vec<(std::cmp::Reverse<i64>, &[u8])> = times
            .zip(paths)
            .map(|(time, path)| (std::cmp::Reverse(time), path.get(..bare(path)).unwrap_or(path)))
            .collect();
        rows.sort_unstable();
        let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        self.truncated |= rows.len() > limit;
        rows.truncate(limit);
        self.count = rows.len() as u64;
        if !self.modified_ms.is_empty() {
            self.modified_ms = rows.iter().map(|(time, _)| time.0).collect();
        }
        let mut sorted = Vec::with_capacity(self.paths.len());
        for (_, path) in rows {
            sorted.extend_from_slice(path);
            sorted.push(separator);
        }
        self.paths = sorted;
        self
    }

    fn take(&mut self, lister: RawLister<'_>, limit: u64, separator: u8) {
        if self.count + lister.count <= limit {
            self.count += lister.count;
            self.modified_ms.extend(lister.modified_ms);
            if self.paths.is_empty() {
                self.paths = lister.paths;
            } else {
                self.paths.extend_from_slice(&lister.paths);
            }
            return;
        }
        self.truncated = true;
        let room = usize::try_from(limit - self.count).unwrap_or(usize::MAX);
        self.modified_ms.extend(lister.modified_ms.into_iter().take(room));
        for path in lister.paths.split_inclusive(|byte| *byte == separator) {
            if self.count == limit {
                break;
            }
            self.count += 1;
            self.paths.extend_from_slice(path);
        }
    }
}

fn globs(workspace: &Workspace, input: &ListInput) -> Result<Globs, SearchError> {
    let include = input.globs.iter().filter(|glob| !glob.starts_with('!')).map(String::as_str);
    let exclude = input.globs.iter().filter_map(|glob| glob.strip_prefix('!'));
    Globs::new(include, exclude, false, &workspace.limits().search)
}

fn options(input: &ListInput, globs: &Globs) -> WalkOptions {
    let asked = input.depth.map(|depth| usize::try_from(depth).unwrap_or(usize::MAX));
    let depth_max = match (asked, globs.depth_max()) {
        (Some(asked), Some(possible)) => Some(asked.min(possible)),
        (asked, possible) => asked.or(possible),
    };
    WalkOptions {
        respect_ignore: input.respect_ignore,
        hidden: input.hidden,
        follow_links: input.follow_links,
        depth_max,
        spread_files: false,
    }
}

struct RawLister<'a> {
    globs: &'a Globs,
    folders: bool,
    limit: u64,
    separator: u8,
    /// Each is asked when it was changed.
    times: bool,
    paths: Vec<u8>,
    modified_ms: Vec<i64>,
    count: u64,
    over: bool,
}

impl Visitor for RawLister<'_> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        let next = match entry.kind {
            Kind::Folder => match super::finder::enter(self.globs, entry) {
                Next::Defer => Next::Skip,
                next => next,
            },
            Kind::File | Kind::Link | Kind::Other => Next::Continue,
        };
        let listed = match entry.kind {
            Kind::File => true,
            Kind::Folder => self.folders && next == Next::Continue,
            Kind::Link => self.globs.names_file(entry.path),
            Kind::Other => false,
        };
        if listed && self.globs.wants(entry.path) && !is_left_out(self.globs, entry) {
            if self.count == self.limit {
                self.over = true;
                return Next::Stop;
            }
            self.count += 1;
            if self.times {
                // Gone since it was listed: it was there, so it counts, as the oldest.
                let facts = entry.facts().ok();
                self.modified_ms.push(facts.map_or(i64::MIN, |facts| facts.modified_ms));
            }
            self.paths.extend_from_slice(entry.path.as_os_str().as_encoded_bytes());
            if entry.kind == Kind::Folder {
                self.paths.push(b'/');
            }
            self.paths.push(self.separator);
        }
        next
    }
}

fn by_path() -> Order {
    Order::Path
}
