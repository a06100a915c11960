//! `glob`: files whose paths match a pattern, the newest first.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::best::Order;
use super::entries::Entries;
use super::error::SearchError;
use super::finder::{Findings, FoundFile, Wish, find};
use super::globs::{self, Globs};
use super::report::{Coverage, IgnoredMatches, Place, limit};
use super::walk::WalkOptions;
use crate::{Control, Workspace};

/// Finds files whose paths match a pattern, the last changed first.
///
/// A pattern without a slash matches names at any depth (`*.ts`), one with a slash paths from the searched folder
/// (`src/**/*.ts`); `*` stops at slashes, `**` does not, `{a,b}` works, `[a-z]` and `?` are one character of any
/// alphabet, a backslash takes the next character literally. Only the folder that the pattern can match in is walked. A
/// pattern that is the path of a file means that file, whatever characters it has.
///
/// Ignored files (`.gitignore`, `.ignore`, `.git/info/exclude`) are left out and counted, unless the pattern names
/// them: its last part is the plain name of the file, or another part that of the ignored folder. What lies in `.git`
/// is left out in the same way, and not counted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GlobInput {
    /// The glob. Absolute ones are taken as such where they begin with an existing folder.
    pub pattern: String,
    /// The folder to search, from the project's. Default: the project's.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Globs of files and folders that are left out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Folders are results too; their paths end in `/`. Default: no.
    #[serde(default)]
    pub folders: bool,
    /// Upper and lower case are the same. Default: no.
    #[serde(default)]
    pub case_insensitive: bool,
    /// Names that begin with a dot are found too, as are those in such folders. Default: yes.
    #[serde(default = "yes")]
    pub hidden: bool,
    /// Rules of ignored files count. Default: yes.
    #[serde(default = "yes")]
    pub respect_ignore: bool,
    /// Links are followed where they stay inside the project. Default: no.
    #[serde(default)]
    pub follow_links: bool,
    /// `newest` or `path`. Default: `newest`.
    #[serde(default)]
    pub order: Order,
    /// How many files are given. Default: limit `search.paths`.
    #[serde(default)]
    pub limit: Option<u64>,
}

impl GlobInput {
    /// With everything else as it is by default.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            path: None,
            exclude: Vec::new(),
            folders: false,
            case_insensitive: false,
            hidden: true,
            respect_ignore: true,
            follow_links: false,
            order: Order::default(),
            limit: None,
        }
    }
}

/// The files found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GlobOutput {
    /// In the order asked for.
    pub files: Vec<FoundFile>,
    /// How many match, those beyond the limit included.
    pub total: u64,
    /// More match than are given.
    pub truncated: bool,
    /// What ignored files hold beside these.
    pub ignored: IgnoredMatches,
    /// How much of the tree was seen.
    pub coverage: Coverage,
}

/// Finds files by their paths; see [`GlobInput`]. A stopped call gives what it has found.
///
/// # Errors
///
/// When the glob or the path is none.
pub fn glob(
    workspace: &Workspace,
    input: &GlobInput,
    control: &Control,
) -> Result<GlobOutput, SearchError> {
    let limits = &workspace.limits().search;
    let limit = limit(input.limit, limits.paths, limits.paths_max)?;
    let Target { place, pattern, lead } = target(workspace, input)?;
    let exclude = input.exclude.iter().map(String::as_str);
    let globs =
        Globs::new([pattern.as_str()], exclude, input.case_insensitive, limits)?.beneath(lead);
    let options = WalkOptions {
        respect_ignore: input.respect_ignore,
        hidden: input.hidden,
        follow_links: input.follow_links,
        depth_max: globs.depth_max(),
        spread_files: false,
    };
    let wish =
        Wish { globs: &globs, order: input.order, limit, folders: input.folders, facts: true };
    let findings = match find(workspace, (&place, Entries::Walked), &wish, &options, control) {
        Ok(findings) => findings,
        // The folder that the pattern names is not there: nothing matches, unless the searched one is not there.
        Err(SearchError::NotFound { .. } | SearchError::NoFolder { .. })
            if input.pattern != pattern && is_folder(workspace, input.path.as_deref())? =>
        {
            return Ok(nothing(&place));
        }
        Err(error) => return Err(error),
    };
    let Findings { files, total, ignored, coverage } = findings;
    Ok(GlobOutput { truncated: total > files.len() as u64, files, total, ignored, coverage })
}

/// Where the walk begins and what is sought there.
struct Target {
    place: Place,
    pattern: String,
    /// The part of the pattern that names the place.
    lead: PathBuf,
}

fn target(workspace: &Workspace, input: &GlobInput) -> Result<Target, SearchError> {
    let scope = workspace.scope();
    let path = input.path.as_deref();
    let max = workspace.limits().search.pattern_bytes;
    SearchError::hold("pattern", input.pattern.len() as u64, max, "bytes")?;
    let base = path.unwrap_or(Path::new("."));
    let pattern = match is_existing_file(workspace, base, &input.pattern) {
        true => globs::escape(&input.pattern),
        false => input.pattern.clone(),
    };
    if input.case_insensitive {
        let place = Place::find(scope, path)?;
        return Ok(Target { place, pattern, lead: PathBuf::new() });
    }
    let (folder, rest) = globs::split_prefix(&pattern);
    let absolute = Path::new(folder).is_absolute();
    if absolute && folder != "/" && Path::new(folder).is_dir() {
        let place = Place::find(scope, Some(Path::new(folder)))?;
        let searched = Place::find(scope, path)?.named();
        let lead = place.named().strip_prefix(searched).map(Path::to_owned).unwrap_or_default();
        return Ok(Target { place, pattern: rest.to_owned(), lead });
    }
    let folder = folder.trim_start_matches('/');
    let lead: PathBuf = Path::new(folder).components().collect();
    let lead = lead.strip_prefix(".").map(Path::to_owned).unwrap_or(lead);
    let place = Place::find(scope, Some(&base.join(folder)))?;
    Ok(Target { place, pattern: rest.to_owned(), lead })
}

/// `[id].tsx` is a pattern, and a name that frameworks use.
fn is_existing_file(workspace: &Workspace, base: &Path, pattern: &str) -> bool {
    globs::is_pattern(pattern)
        && workspace
            .scope()
            .locate(base.join(pattern))
            .is_ok_and(|location| location.resolved().is_file())
}

fn is_folder(workspace: &Workspace, path: Option<&Path>) -> Result<bool, SearchError> {
    Ok(Place::find(workspace.scope(), path)?.location.resolved().is_dir())
}

fn nothing(place: &Place) -> GlobOutput {
    let end = super::walk::WalkEnd::default();
    GlobOutput {
        files: Vec::new(),
        total: 0,
        truncated: false,
        ignored: IgnoredMatches { exact: true, ..IgnoredMatches::default() },
        coverage: place.coverage(end, false),
    }
}

pub(super) fn yes() -> bool {
    true
}
