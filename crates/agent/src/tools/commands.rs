//! `execute_bash`: a command in the project, where the one before it left off.

use super::{Effect, Running, Tool};
use crate::engine::ToolOutcome;
use ironbridge_session::ResultStatus;
use ironbridge_tools::Failure;
use ironbridge_tools::shell::{
    Chunk, Ending, RunShell, RunShellOutput, SandboxInput, run_shell_with,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::Path;

/// The longest time a call may ask for, in seconds.
const TIMEOUT_SECONDS_MAX: u64 = 3_600;

/// Stands before the folder the shell is in when it ends. A command that prints it itself moves within the project at
/// most.
const FOLDER_MARK: &str = "@@ironbridge-folder@@";

pub(super) fn tools() -> Vec<Tool> {
    vec![Tool::blocking("execute_bash", Effect::Runs, execute_bash)]
}

/// Runs a command in bash, in the project's folder or where the last command left off (cd holds). It has no input and no
/// terminal, and is ended after 120 seconds unless timeout_seconds says otherwise. Use the other tools to read, search
/// and change files.
#[derive(Deserialize, JsonSchema)]
struct ExecuteBash {
    /// The command.
    command: String,
    /// After how many seconds it is ended.
    #[serde(default)]
    timeout_seconds: Option<u64>,
}

fn execute_bash(running: &Running, input: &ExecuteBash) -> Result<ToolOutcome, Failure> {
    let place = &running.place;
    let cwd = place.cwd();
    let command = format!("trap 'printf \"\\n{FOLDER_MARK}%s\" \"$PWD\"' EXIT\n{}", input.command);
    let mut wish = RunShell {
        workdir: Some(cwd.clone()),
        timeout_ms: input.timeout_seconds.map(|s| s.clamp(1, TIMEOUT_SECONDS_MAX) * 1000),
        ..RunShell::new(command)
    };
    if !running.unconfined {
        wish.sandbox = Some(SandboxInput { best_effort: true, ..SandboxInput::default() });
    }
    let mut hear = |chunk: Chunk<'_>| {
        let text = String::from_utf8_lossy(chunk.bytes);
        let text = text.split(FOLDER_MARK).next().unwrap_or_default();
        if !text.is_empty() {
            (running.progress)(text.to_owned());
        }
    };
    let output = run_shell_with(&place.workspace, &wish, &running.control, &mut hear)?;
    let (text, folder) = split_folder(&output.output.text);
    if let Some(folder) = folder {
        place.enter(Path::new(folder));
    }
    Ok(told(&output, text, place.cwd() != cwd, &place.cwd()))
}

/// What was printed, and the folder the shell was in at its end.
fn split_folder(output: &str) -> (&str, Option<&str>) {
    let Some((before, after)) = output.rsplit_once(FOLDER_MARK) else { return (output, None) };
    let folder = after.split('\n').next();
    (before.strip_suffix('\n').unwrap_or(before), folder)
}

fn told(output: &RunShellOutput, printed: &str, moved: bool, cwd: &Path) -> ToolOutcome {
    let mut text = match output.ended {
        Ending::Exited => format!("exit code {}", output.status),
        Ending::Signalled => {
            format!("ended by {}", output.signal.as_deref().unwrap_or("a signal"))
        }
        Ending::TimedOut => "ended: it took too long".to_owned(),
        Ending::Idle => "ended: it printed nothing for too long".to_owned(),
        Ending::Cancelled => "ended: cancelled".to_owned(),
    };
    if moved {
        text.push_str(&format!("\nthe folder is now {}", cwd.display()));
    }
    let printed = printed.trim_end();
    text.push('\n');
    text.push_str(if printed.is_empty() { "(no output)" } else { printed });
    if let Some(file) = &output.full_output {
        text.push_str(&format!("\n[the whole output is in {}]", file.display()));
    }
    if !output.background.is_empty() {
        text.push_str(&format!("\n[still running: {:?}]", output.background));
    }
    if output.likely_sandboxed {
        text.push_str(
            "\n[this looks like the sandbox: a command may write in the project only and has no network, \
             unless the user allows it]",
        );
    }
    let status = match output.ended {
        Ending::Exited if output.status == 0 => ResultStatus::Done,
        Ending::Cancelled => ResultStatus::Aborted,
        Ending::Exited | Ending::Signalled | Ending::TimedOut | Ending::Idle => {
            ResultStatus::Failed
        }
    };
    ToolOutcome::new(status, text)
}
