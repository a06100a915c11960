//! `shell_session`: commands that go on while the model does other things: a server, a watcher, a program that asks.
//!
//! Each has a terminal of its own and lives until it is stopped, ends, or the agent does. No sandbox holds it, so what is
//! started is asked about like any command, and what is typed into it always.

use super::{Effect, Running, SESSION_TOOL, Tool};
use crate::engine::ToolOutcome;
use ironbridge_tools::Failure;
use ironbridge_tools::pty::{Pty, PtyOptions, PtyStatus, Taken, Terminals};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many may run at once.
const SESSIONS_MAX: usize = 16;
/// How long a call waits for output, in seconds, unless it says so, and at most.
const WAIT_SECONDS: u64 = 1;
const WAIT_SECONDS_MAX: u64 = 60;
/// The most of new output that one call gives, in bytes.
const OUTPUT_BYTES_MAX: usize = 18_000;

/// The sessions of one agent.
#[derive(Default)]
struct Sessions {
    /// Made with the first session: it has a thread.
    terminals: Option<Terminals>,
    running: BTreeMap<u64, Pty>,
}

pub(super) fn tools() -> Vec<Tool> {
    let sessions: Arc<Mutex<Sessions>> = Arc::default();
    let run = move |running: &Running, input: &ShellSession| act(&sessions, running, input);
    vec![Tool::blocking(SESSION_TOOL, Effect::Runs, run)]
}

/// Starts a command that goes on in the background, such as a server or a watcher, reads what it has printed since, types
/// into it, or stops it. Use execute_bash for commands that end by themselves.
#[derive(Deserialize, JsonSchema)]
struct ShellSession {
    /// What is to be done.
    action: Action,
    /// For start: the command, run by bash.
    #[serde(default)]
    command: Option<String>,
    /// For read, write and stop: the number that start gave.
    #[serde(default)]
    session: Option<u64>,
    /// For write: what is typed; end it with a line end to enter it.
    #[serde(default)]
    input: Option<String>,
    /// How long to wait for output before answering. Default: 1, at most 60.
    #[serde(default)]
    wait_seconds: Option<u64>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Action {
    Start,
    Read,
    Write,
    Stop,
    List,
}

fn act(
    sessions: &Mutex<Sessions>,
    running: &Running,
    input: &ShellSession,
) -> Result<ToolOutcome, Failure> {
    let wrong = |why: &str| Failure::new("invalid_input", why);
    let (id, pty) = match input.action {
        Action::List => return Ok(ToolOutcome::done(list(&locked(sessions)))),
        Action::Start => {
            let command = input.command.as_deref().ok_or_else(|| wrong("command is missing"))?;
            start(&mut locked(sessions), running, command)?
        }
        Action::Read | Action::Write | Action::Stop => {
            let id = input.session.ok_or_else(|| wrong("session is missing"))?;
            let pty = locked(sessions).running.get(&id).cloned();
            (id, pty.ok_or_else(|| wrong("there is no such session; the action list shows them"))?)
        }
    };
    match input.action {
        Action::Write => {
            let text = input.input.as_deref().ok_or_else(|| wrong("input is missing"))?;
            pty.write_all(text.as_bytes(), &running.control)?;
        }
        Action::Stop => {
            let status = pty.close();
            locked(sessions).running.remove(&id);
            return Ok(ToolOutcome::done(told(id, &status, &pty.drain().bytes)));
        }
        Action::Start | Action::Read | Action::List => {}
    }
    let seconds = input.wait_seconds.unwrap_or(WAIT_SECONDS).min(WAIT_SECONDS_MAX);
    // That the time is over is no failure: the command goes on.
    let _ = pty.wait(&running.control.clone().and_within(Duration::from_secs(seconds)));
    let status = pty.info().status;
    let text = told(id, &status, &pty.read(OUTPUT_BYTES_MAX).bytes);
    if status != PtyStatus::Running {
        locked(sessions).running.remove(&id);
    }
    Ok(ToolOutcome::done(text))
}

fn start(sessions: &mut Sessions, running: &Running, command: &str) -> Result<(u64, Pty), Failure> {
    if sessions.running.len() >= SESSIONS_MAX {
        let why = format!("{SESSIONS_MAX} sessions run already; stop one");
        return Err(Failure::new("too_many", why));
    }
    let workspace = &running.place.workspace;
    if sessions.terminals.is_none() {
        sessions.terminals = Some(Terminals::new(workspace.limits(), |_| {})?);
    }
    let Some(terminals) = &sessions.terminals else {
        return Err(Failure::new("internal", "there are no terminals"));
    };
    let plain = [("TERM", "dumb"), ("NO_COLOR", "1"), ("PAGER", "cat")];
    let options = PtyOptions {
        command: Some("bash".to_owned()),
        args: vec!["-c".to_owned(), command.to_owned()],
        cwd: Some(running.place.cwd()),
        env: plain
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned())))
            .collect(),
        title: Some(command.to_owned()),
        ..PtyOptions::default()
    };
    let pty = terminals.open(workspace, &options, |_| Taken::Now)?;
    sessions.running.insert(pty.id(), pty.clone());
    Ok((pty.id(), pty))
}

fn list(sessions: &Sessions) -> String {
    let line = |(id, pty): (&u64, &Pty)| {
        let info = pty.info();
        format!("session {id}: {} ({})", info.title, state(&info.status))
    };
    let lines: Vec<String> = sessions.running.iter().map(line).collect();
    if lines.is_empty() { "no sessions run".to_owned() } else { lines.join("\n") }
}

fn told(id: u64, status: &PtyStatus, bytes: &[u8]) -> String {
    let printed = plain(&String::from_utf8_lossy(bytes));
    let printed = if printed.trim().is_empty() { "(nothing new)" } else { printed.trim_end() };
    format!("session {id}: {}\n{printed}", state(status))
}

fn state(status: &PtyStatus) -> String {
    match status {
        PtyStatus::Running => "it runs".to_owned(),
        PtyStatus::Exited { exit_code: Some(code), .. } => {
            format!("it has ended with exit code {code}")
        }
        PtyStatus::Exited { signal, .. } => {
            format!("it was ended by {}", signal.as_deref().unwrap_or("a signal"))
        }
    }
}

/// The text without what is meant for a terminal: escape sequences, bells, returns.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                Some(']') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' || c == '\u{1b}' && chars.next_if_eq(&'\\').is_some() {
                            break;
                        }
                    }
                }
                _ => {}
            },
            '\n' | '\t' => plain.push(c),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}

fn locked(sessions: &Mutex<Sessions>) -> MutexGuard<'_, Sessions> {
    sessions.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_for_a_terminal_is_left_out() {
        assert_eq!(
            plain("\u{1b}[1;31mred\u{1b}[0m\r\n\u{1b}]0;title\u{7}a\u{7}b\tc\u{1b}"),
            "red\nab\tc"
        );
    }
}
