//! The question and the answer of `parse-shell`.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Coded, Stopped};

/// Reads a shell command without running it: the commands in it, the paths they touch, and whether it only looks.
///
/// Commands are found wherever a shell would run them: in pipelines and lists, substitutions, functions and loops, and
/// as text given to `sh -c`, `eval`, `xargs`, `env`, `sudo`, `find -exec` and their like. Nothing is run; paths are
/// resolved, links followed, against the folder the command would be in, `cd` within the script included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParseShell {
    /// The command, as a shell would get it.
    pub command: String,
    /// The folder it would run in; default: the project's. It may lie outside of it.
    #[serde(default)]
    pub cwd: Option<String>,
    /// What `~` and `$HOME` stand for. Without it they are unknown.
    #[serde(default)]
    pub home: Option<String>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParsedShell {
    /// Judged over all commands: the worst of them.
    pub safety: Safety,
    /// The commands, in the order of their text; those found inside another follow it.
    pub commands: Vec<ShellCommand>,
    /// The paths they touch, redirects and folders changed into included.
    pub paths: Vec<TouchedPath>,
    /// Why it was not judged safe, first doubt first. Empty exactly when it is safe.
    pub doubts: Vec<Doubt>,
    /// Whether something was not read at all: a syntax error, or a bound that was reached. Such a script may do more
    /// than is listed here.
    pub uncertain: bool,
    /// The first place that does not parse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<SyntaxError>,
}

/// Whether a command may run without a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Safety {
    /// Plain commands known to read and print only. Where they read is another question: see `paths`.
    Safe,
    /// Not known to be safe.
    Unknown,
    /// Known to destroy what nobody would want destroyed.
    Dangerous,
}

/// A part of the source, in bytes: from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShellCommand {
    /// As written, with its assignments and redirects.
    pub text: String,
    /// Where. A command out of a quoted script has the range of that script when its text is not found there verbatim.
    pub span: Span,
    /// What it runs: its first word, unquoted; empty when that is not known, or when it only assigns.
    pub name: String,
    /// Its words with the name, unquoted.
    pub words: Vec<Word>,
    /// `NAME=value` in front of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<Assignment>,
    /// Its redirects. Those of a group stand at its first command.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirect>,
    /// The first words that say what it does, as `docker compose up`: the rule for "always" is `prefix *`. Empty
    /// without a known name.
    pub prefix: String,
    /// The command it was found in (an index): in its substitution, or as what `sh -c`, `sudo`, `xargs` and their like
    /// run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<usize>,
    /// Whether it does nothing but run the commands found in it: `timeout 5 …`, `sh -c '…'`, but not `sudo …`.
    pub transparent: bool,
    /// Judged by itself.
    pub safety: Safety,
}

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Word {
    /// Unquoted when static; as written when dynamic.
    pub text: String,
    /// Whether only a shell can say what it becomes: variables, substitutions, braces, globs.
    pub dynamic: bool,
}

/// `NAME=value` in front of a command, or alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// What it is given.
    pub value: Word,
}

/// A redirect to or from a file. Copies of descriptors (`2>&1`) and here-documents are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Redirect {
    /// `>`, `>>`, `<`, `&>`, `&>>`, `>|`, `<>`, `>&`, `<&`.
    pub operator: String,
    /// The file.
    pub target: Word,
}

/// What happens to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PathUse {
    /// It becomes the working folder.
    Enter,
    /// It is read or listed.
    Read,
    /// A program that is not known gets it as an argument and may do anything with it.
    Mention,
    /// It is made; or changed, where it exists.
    Create,
    /// It is changed.
    Write,
    /// It is removed.
    Delete,
}

/// A path that a command touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TouchedPath {
    /// As written, unquoted; cut before the first glob character.
    pub path: String,
    /// What happens to it.
    pub usage: PathUse,
    /// What it names, links followed; absolute. Missing when only a shell can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<PathBuf>,
    /// Whether it leads out of the project, or may: a path that is not resolved may lead anywhere.
    pub outside: bool,
    /// Which command touches it (an index); missing for the folder the whole script starts in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<usize>,
}

/// Why a script is not safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Doubt {
    /// What it is about.
    pub kind: DoubtKind,
    /// In which command (an index), where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<usize>,
    /// Which danger, where `kind` is `danger`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub danger: Option<Danger>,
}

/// What a doubt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DoubtKind {
    /// A known way to destroy much.
    Danger,
    /// A part does not parse.
    Syntax,
    /// A bound was reached: commands, or depth.
    Bound,
    /// A word only a shell can work out.
    Dynamic,
    /// Variables are set, which may change what a command does.
    Assignment,
    /// A redirect to or from a file.
    Redirect,
    /// Subshells, groups, loops, conditions, functions, background jobs.
    Control,
    /// A program not on the list of those that only read, or one with a flag that makes it do more.
    Command,
}

/// The kinds of danger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Danger {
    /// Removes files by force or in bulk: `rm -f`, `rm -r /`, `find / -delete`.
    Removal,
    /// Writes over a device or makes a file system on it.
    Device,
    /// A function that calls itself until nothing goes any more.
    ForkBomb,
    /// Runs what it fetched: `curl … | sh`.
    FetchedCode,
    /// Turns the machine off or on again.
    Shutdown,
}

/// The first place that does not parse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyntaxError {
    /// Its first byte in the source.
    pub offset: usize,
    /// Its line, from 1.
    pub line: usize,
}

/// A command that was not read.
#[derive(Debug, thiserror::Error)]
pub enum ParseShellError {
    /// It is longer than a command may be.
    #[error(
        "the command has {bytes} bytes, more than {bytes_max}; put it into a file and run that"
    )]
    TooLong {
        /// How long it is.
        bytes: u64,
        /// How long it may be.
        bytes_max: u64,
    },
    /// The call was stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl Coded for ParseShellError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &[
            ("too_long", "the command is longer than `shell_parse.script_bytes`"),
            ("cancelled", "somebody cancelled the call"),
            ("deadline", "the deadline has passed"),
        ]
    }

    fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::Stopped(stopped) => stopped.code(),
        }
    }
}
