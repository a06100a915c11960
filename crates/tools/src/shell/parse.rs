//! What a shell command would do, read from its text: nothing is run, only paths are looked up.
//!
//! The grammar is tree-sitter's bash; plain scripts, most of what agents run, are read without its tables. Where its
//! tree and a real shell differ (a redirect behind a list, words joined by a backslash at the end of a line, a
//! here-document's end) the text decides, or the script is called uncertain. What does not parse, or what only a shell
//! can work out (`$X`, a substitution), is read as far as it goes and never judged safe.

mod arity;
mod call;
mod check;
mod folders;
mod gather;
mod options;
mod paths;
mod plain;
mod reading;
mod safe;
mod statement;
mod term;
mod touch;
mod tree;
mod types;
mod wrapper;

use std::path::Path;

pub use types::{
    Assignment, Danger, Doubt, DoubtKind, ParseShell, ParseShellError, ParsedShell, PathUse,
    Redirect, Safety, ShellCommand, Span, SyntaxError, TouchedPath, Word,
};

use crate::{Control, Effect, Tool, Workspace};
use reading::Reading;

/// The rows of the table.
pub(super) fn tools() -> Vec<Tool> {
    vec![Tool::new("parse-shell", Effect::Reads, parse_shell)]
}

/// Reads a shell command without running it. Looks up the paths it names, and nothing else.
///
/// A folder that cannot be resolved is no error but a place nobody knows: every relative path then may lead anywhere.
///
/// # Errors
///
/// [`ParseShellError::TooLong`]; [`ParseShellError::Stopped`], after which nothing was changed.
pub fn parse_shell(
    workspace: &Workspace,
    input: &ParseShell,
    control: &Control,
) -> Result<ParsedShell, ParseShellError> {
    let limits = &workspace.limits().shell_parse;
    let bytes = input.command.len() as u64;
    if bytes > limits.script_bytes {
        return Err(ParseShellError::TooLong { bytes, bytes_max: limits.script_bytes });
    }
    let scope = workspace.scope();
    let start = match &input.cwd {
        None => Some(scope.base().to_path_buf()),
        Some(cwd) => paths::resolve(scope.base(), cwd),
    };
    // A home that a script may have changed, or that is no absolute path, is not known.
    let home = input.home.as_deref().filter(|home| Path::new(home).is_absolute());
    let home = home.filter(|_| !check::sets_home(&input.command));
    let mut reading = Reading::new(scope, limits, control, start.clone(), home);
    if let Some(cwd) = &input.cwd {
        reading.paths.add(cwd, PathUse::Enter, start, None);
    }
    reading.script(&input.command)?;
    Ok(reading.finish())
}
