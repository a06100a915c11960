//! Running a command so that it ends.
//!
//! It runs in a session of its own, without input. It is over when *it* has ended, not when its pipes close: a server
//! started in the background holds them for hours. What was printed till then and shortly after is kept, head and tail
//! in memory, all of it in a file once that is too little. A command that takes too long, or says nothing for too long,
//! gets `SIGTERM` and then `SIGKILL`, and with it all that came from it, whatever session it has moved to.

mod ansi;
mod environment;
mod error;
mod input;
mod kept;
mod output;
mod printing;
mod spill;
#[cfg(unix)]
mod supervise;

pub use environment::AGENT_ENVIRONMENT;
pub use error::RunShellError;
pub use input::RunShell;
pub use output::{Chunk, Ending, Printed, RunShellOutput, Stream, UsageReport};

pub(super) use spill::make_private;

use crate::{Control, Effect, Tool, Workspace};

/// The rows of the table.
pub(super) fn tools() -> Vec<Tool> {
    vec![Tool::new("shell", Effect::Runs, run_shell)]
}

/// Runs a command; see [`RunShell`].
///
/// Stopped by `control` while it runs, the command is ended as at a time-out and what it printed is the result: see
/// [`RunShellOutput::ended`].
///
/// # Errors
///
/// [`RunShellError`] when the command could not be started.
pub fn run_shell(
    workspace: &Workspace,
    input: &RunShell,
    control: &Control,
) -> Result<RunShellOutput, RunShellError> {
    run_shell_with(workspace, input, control, &mut |_| {})
}

/// The same, and gives what is printed to `on_chunk` as it comes, on this thread.
///
/// While `on_chunk` runs nothing is read (the command waits once its pipe is full) and no time-out is looked at.
///
/// # Errors
///
/// As [`run_shell`].
pub fn run_shell_with(
    workspace: &Workspace,
    input: &RunShell,
    control: &Control,
    on_chunk: &mut dyn FnMut(Chunk<'_>),
) -> Result<RunShellOutput, RunShellError> {
    control.check()?;
    #[cfg(unix)]
    {
        supervise::run(workspace, input, control, on_chunk)
    }
    // Windows: a job object would end the tree there (`JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE`); not built.
    #[cfg(not(unix))]
    {
        let _ = (workspace, input, on_chunk);
        Err(RunShellError::Unsupported)
    }
}
