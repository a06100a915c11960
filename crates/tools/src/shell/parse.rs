//! What a shell command would do, read from its text: nothing is run, only paths are looked up.
//!
//! The grammar is tree-sitter's bash. A script that does not parse whole, or says something only a shell can work out
//! (`$X`, a substitution, a loop), is read as far as it goes and never judged safe.

mod types;

pub use types::{
    Assignment, Danger, Doubt, DoubtKind, ParseShell, ParseShellError, ParsedShell, PathUse,
    Redirect, Safety, ShellCommand, Span, SyntaxError, TouchedPath, Word,
};

use crate::Tool;

/// The rows of the table.
pub(super) fn tools() -> Vec<Tool> {
    vec![]
}
