//! What a command finds in its environment.

use std::process::Command;

use super::{RunShell, RunShellError};

/// What [`RunShell::agent_env`] sets: no colours, no pager and no question nobody can answer.
pub const AGENT_ENVIRONMENT: &[(&str, &str)] = &[
    ("NO_COLOR", "1"),
    ("TERM", "dumb"),
    ("COLORTERM", ""),
    ("LANG", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("PAGER", "cat"),
    ("MANPAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("GH_PAGER", "cat"),
    ("SYSTEMD_PAGER", "cat"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_EDITOR", "true"),
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("PYTHONUNBUFFERED", "1"),
];

/// Sets up the environment of `command`: inherited, then the agent's, then what the caller sets and takes out.
pub(super) fn set(command: &mut Command, input: &RunShell) -> Result<(), RunShellError> {
    if !input.inherit_env {
        command.env_clear();
    }
    if input.agent_env {
        command.envs(AGENT_ENVIRONMENT.iter().copied());
    }
    for (name, value) in &input.env {
        let bad_value = value.as_ref().is_some_and(|value| value.contains('\0'));
        if name.is_empty() || name.contains(['=', '\0']) || bad_value {
            return Err(RunShellError::InvalidVariable { name: name.clone() });
        }
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ok(())
}
