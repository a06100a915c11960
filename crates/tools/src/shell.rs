//! Commands: what one would touch, and running it so that it ends.
//!
//! `parse_shell` reads a command without running it: which programs it starts, which paths they touch, whether it
//! only looks. It is what [`crate::policy`] judges.

mod parse;

pub use parse::{
    Assignment, Danger, Doubt, DoubtKind, ParseShell, ParseShellError, ParsedShell, PathUse,
    Redirect, Safety, ShellCommand, Span, SyntaxError, TouchedPath, Word,
};

use crate::Tool;

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    parse::tools()
}
