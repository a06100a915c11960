//! Commands: what one would touch, and running it so that it ends.
//!
//! [`parse_shell`] reads a command without running it: which programs it starts, which paths they touch, whether it
//! only looks. It is what [`crate::policy`] judges.
//!
//! [`run_shell`] runs one so that it ends, if wanted in a sandbox.

mod parse;
mod run;
mod sandbox;

pub use parse::{
    Assignment, Danger, Doubt, DoubtKind, ParseShell, ParseShellError, ParsedShell, PathUse,
    Redirect, Safety, ShellCommand, Span, SyntaxError, TouchedPath, Word, parse_shell,
};
pub use run::{
    AGENT_ENVIRONMENT, Chunk, Ending, Printed, RunShell, RunShellError, RunShellOutput, Stream,
    UsageReport, run_shell, run_shell_with,
};
pub use sandbox::{FilesGuard, NetworkGuard, SandboxError, SandboxInput, SandboxReport};
#[cfg(unix)]
pub(crate) use sandbox::{Sandbox, wanted as wanted_sandbox};

use crate::Tool;

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    let mut tools = parse::tools();
    tools.extend(run::tools());
    tools
}
