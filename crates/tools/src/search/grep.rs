//! `grep`: lines that match a pattern.

mod file;
mod line;
mod pattern;
mod visit;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::best::Order;
use super::entries::Entries;
use super::error::SearchError;
use super::glob::yes;
use super::globs::Globs;
use super::report::{Coverage, IgnoredMatches, Place, is_false, is_zero, limit};
use super::walk::WalkOptions;
use crate::{Control, Workspace};

use visit::{Plan, Seeker};

/// Searches the content of files for a regular expression, and gives the matching lines of the last changed files
/// first.
///
/// The expressions are those of Rust's `regex`: linear in time, without look-around and back-references. Lines end in
/// `\n` or `\r\n`; `$` matches before either. Files with a byte-order mark of UTF-16 are decoded; binary files (those
/// with a NUL byte) are skipped and counted. Every file is searched to its end, so that the totals are whole, unless
/// `stopAtLimit` is set or the time is up.
///
/// Ignored files (`.gitignore`, `.ignore`, `.git/info/exclude`) are left out, and what they hold is counted; a `path`
/// or an `include` that names them takes them in. What lies in `.git` is left out in the same way, and not counted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrepInput {
    /// The regular expression, or the text where `fixedStrings` is set.
    pub pattern: String,
    /// The folder or file to search, from the project's folder. Default: the project's folder.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// Only files that match one of these globs; as in `glob`.
    #[serde(default)]
    pub include: Vec<String>,
    /// No files or folders that match one of these globs.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Only files of these types, such as `rust`, `py`, `ts`: the names of ripgrep's `--type-list`.
    #[serde(default)]
    pub types: Vec<String>,
    /// No files of these types.
    #[serde(default)]
    pub exclude_types: Vec<String>,
    /// What is given: `content`, `files` or `count`. Default: `content`.
    #[serde(default)]
    pub mode: GrepMode,
    /// `sensitive`, `insensitive` or `smart`. Default: `sensitive`.
    #[serde(default)]
    pub case: Case,
    /// The pattern is text, not an expression. Default: no.
    #[serde(default)]
    pub fixed_strings: bool,
    /// Matches begin and end at the edge of a word. Default: no.
    #[serde(default)]
    pub whole_word: bool,
    /// A match may go over several lines, and `.` matches line breaks too. Files are read whole then. Default: no.
    #[serde(default)]
    pub multiline: bool,
    /// Lines that do not match are sought. Default: no.
    #[serde(default)]
    pub invert: bool,
    /// Lines given before each match. Default: those of `context`.
    #[serde(default)]
    pub before: Option<u64>,
    /// Lines given after each match. Default: those of `context`.
    #[serde(default)]
    pub after: Option<u64>,
    /// Lines given before and after each match. Default: 0.
    #[serde(default)]
    pub context: u64,
    /// How many matching lines, or files in the other modes, are given. Default: limit `search.matches`.
    #[serde(default)]
    pub limit: Option<u64>,
    /// How many matching lines of one file are given. Default: limit `search.matches_per_file`.
    #[serde(default)]
    pub limit_per_file: Option<u64>,
    /// Ends the search once the limit is reached: quicker, but which matches are given is chance, and totals are only
    /// what was seen until then. Default: no.
    #[serde(default)]
    pub stop_at_limit: bool,
    /// `newest` or `path`. Default: `newest`.
    #[serde(default)]
    pub order: Order,
    /// Binary files are searched as if they were text. Default: no.
    #[serde(default)]
    pub binary: bool,
    /// Names that begin with a dot are searched too. Default: yes.
    #[serde(default = "yes")]
    pub hidden: bool,
    /// Rules of ignored files count. Default: yes.
    #[serde(default = "yes")]
    pub respect_ignore: bool,
    /// Ignored files are searched for the count of their matches, within limits. Default: yes.
    #[serde(default = "yes")]
    pub count_ignored: bool,
    /// Links are followed where they stay inside the project. Default: no.
    #[serde(default)]
    pub follow_links: bool,
}

impl GrepInput {
    /// With everything else as it is by default.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            path: None,
            include: Vec::new(),
            exclude: Vec::new(),
            types: Vec::new(),
            exclude_types: Vec::new(),
            mode: GrepMode::default(),
            case: Case::default(),
            fixed_strings: false,
            whole_word: false,
            multiline: false,
            invert: false,
            before: None,
            after: None,
            context: 0,
            limit: None,
            limit_per_file: None,
            stop_at_limit: false,
            order: Order::default(),
            binary: false,
            hidden: true,
            respect_ignore: true,
            count_ignored: true,
            follow_links: false,
        }
    }
}

/// What a search of content gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GrepMode {
    /// The matching lines.
    #[default]
    Content,
    /// The files that have one; each is read only to its first.
    Files,
    /// The files with the number of their matching lines.
    Count,
}

/// Whether upper and lower case differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Case {
    /// They differ.
    #[default]
    Sensitive,
    /// They do not.
    Insensitive,
    /// They differ where the pattern has an upper-case letter.
    Smart,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrepOutput {
    /// Files with matches, in the order asked for.
    pub files: Vec<GrepFile>,
    /// Everything that matches, what is beyond the limits included.
    pub totals: GrepTotals,
    /// More matches than are given.
    pub truncated: bool,
    /// Binary files that were skipped.
    #[serde(skip_serializing_if = "is_zero")]
    pub binary: u64,
    /// What ignored files hold beside these.
    pub ignored: IgnoredMatches,
    /// How much of the tree was seen.
    pub coverage: Coverage,
}

/// How much matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrepTotals {
    /// Files searched.
    pub searched: u64,
    /// Files with a match.
    pub files: u64,
    /// Matching lines; not counted in mode `files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<u64>,
}

/// A file with matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrepFile {
    /// From the project's folder, with `/`.
    pub path: String,
    /// Bytes of the name are no UTF-8 and stand replaced in `path`, which therefore opens nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub lossy: bool,
    /// Last change, in milliseconds since 1970.
    pub modified_ms: i64,
    /// Matching lines in the file, those not given included; not in mode `files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<u64>,
    /// Not all of them are given.
    #[serde(skip_serializing_if = "is_false")]
    pub truncated: bool,
    /// Matching lines and their context, in the order of the file; only in mode `content`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<GrepLine>,
}

/// A matching line, or several that one match goes over, or a line of context.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GrepLine {
    /// Number of the (first) line, from 1.
    pub line: u64,
    /// Number of the last line, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    /// It does not match; it stands near one that does.
    #[serde(skip_serializing_if = "is_false")]
    pub context: bool,
    /// The text without its line ending. Of a long line the part around its first match.
    pub text: String,
    /// Where `text` begins: bytes from the beginning of the file. In a UTF-16 file, of its text in UTF-8.
    pub offset: u64,
    /// Where the first match begins: characters from the beginning of the line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The matches: ranges of bytes in `text`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<ByteRange>,
    /// Bytes of the line left out before `text`.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted_before: u64,
    /// Bytes of the line left out after `text`.
    #[serde(skip_serializing_if = "is_zero")]
    pub omitted_after: u64,
    /// Bytes that are no UTF-8 stand replaced in `text`.
    #[serde(skip_serializing_if = "is_false")]
    pub lossy: bool,
}

/// A range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ByteRange {
    /// The first.
    pub start: u64,
    /// The one after the last.
    pub end: u64,
}

/// Searches the content of files; see [`GrepInput`]. A stopped call gives what it has found.
///
/// Content is read, never mapped: a file cut short while it is mapped kills the process.
///
/// # Errors
///
/// When the pattern, a glob, a type or the path is none.
pub fn grep(
    workspace: &Workspace,
    input: &GrepInput,
    control: &Control,
) -> Result<GrepOutput, SearchError> {
    let place = Place::find(workspace.scope(), input.path.as_deref())?;
    grep_in(workspace, (&place, Entries::Walked), input, control)
}

/// The same of these entries, which lie beneath `place`; `path` of the input is not asked.
pub(crate) fn grep_in(
    workspace: &Workspace,
    (place, entries): (&Place, Entries<'_>),
    input: &GrepInput,
    control: &Control,
) -> Result<GrepOutput, SearchError> {
    let limits = &workspace.limits().search;
    let include = input.include.iter().map(String::as_str);
    let exclude = input.exclude.iter().map(String::as_str);
    let plan = Plan {
        matcher: pattern::matcher(input, limits)?,
        types: pattern::types(input)?,
        globs: Globs::new(include, exclude, false, limits)?,
        limit: limit(input.limit, limits.matches, limits.matches_max)?,
        limit_per_file: limit(input.limit_per_file, limits.matches_per_file, limits.matches_max)?,
        before: context("before", input.before.unwrap_or(input.context), limits.context_lines)?,
        after: context("after", input.after.unwrap_or(input.context), limits.context_lines)?,
        input,
        limits,
        control,
        shared: visit::Shared::new(limits),
    };
    let opening = |error| SearchError::opening(place.named(), error);
    let file = place.location.open_file().map_err(opening)?;
    let metadata = file.metadata().map_err(opening)?;
    if metadata.is_dir() {
        drop(file);
        let options = WalkOptions {
            respect_ignore: input.respect_ignore,
            hidden: input.hidden,
            follow_links: input.follow_links,
            depth_max: plan.globs.depth_max(),
            spread_files: true,
        };
        let new = || Seeker::new(&plan);
        let (end, seekers) = entries
            .visit(workspace, &place.location, (&options, &plan.globs), control, new)
            .map_err(opening)?;
        return Ok(visit::output(&plan, place, end, seekers));
    }
    if !metadata.is_file() {
        let reason = std::io::Error::new(std::io::ErrorKind::InvalidInput, "is no regular file");
        return Err(opening(reason));
    }
    let mut seeker = Seeker::new(&plan);
    seeker.named_file(&file);
    Ok(visit::output(&plan, place, seeker.end_of_file(), vec![seeker]))
}

fn context(what: &'static str, lines: u64, max: u64) -> Result<usize, SearchError> {
    SearchError::hold(what, lines, max, "lines")?;
    Ok(usize::try_from(lines).unwrap_or(usize::MAX))
}
