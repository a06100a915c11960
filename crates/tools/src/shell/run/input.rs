//! What is asked of a run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::shell::SandboxInput;

/// Runs a command in a shell and gives what it printed, its exit code or signal, and what it used.
///
/// It has no input and no terminal. The call is over when the command has ended and shortly after; what it leaves in
/// the background goes on (and is listed), but has nobody to print to any more: redirect its output into a file. At a
/// time-out the command is ended with all its descendants, and what it printed till then is the result.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunShell {
    /// The command, in the language of the shell.
    pub command: String,
    /// The folder it runs in, within the project. Default: the project's.
    #[serde(default)]
    pub workdir: Option<PathBuf>,
    /// Variables of its environment; `null` takes one out.
    #[serde(default)]
    pub env: BTreeMap<String, Option<String>>,
    /// Whether it inherits the environment of this process. Default: true.
    #[serde(default = "yes")]
    pub inherit_env: bool,
    /// Whether colours, pagers and questions are turned off by variables such as `NO_COLOR` and `PAGER=cat`. Default:
    /// true.
    #[serde(default = "yes")]
    pub agent_env: bool,
    /// The shell, by name or absolute path; it must understand `-c`. Default: `bash`, where there is none `sh`, looked
    /// for in the `PATH` the command gets.
    #[serde(default)]
    pub shell: Option<PathBuf>,
    /// How long it may run, in milliseconds. Default and most: see the limits.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
    /// How long it may print nothing, in milliseconds. Default: see the limits.
    #[serde(default)]
    pub idle_timeout_ms: Option<u64>,
    /// How much of each text is given, in bytes: the first third from its beginning, the rest from its end. Default and
    /// most: see the limits.
    #[serde(default)]
    pub output_bytes: Option<u64>,
    /// Whether colours and other escape sequences are taken out of what it prints. Default: true.
    #[serde(default = "yes")]
    pub strip_ansi: bool,
    /// Whether what it left in the background is ended, too. Default: false.
    #[serde(default)]
    pub kill_background: bool,
    /// Keeps it from writing outside of given folders, and from the network. Default: not; but `ironbridge tool` always
    /// does, without `--no-sandbox`, and then this can only name fewer folders.
    #[serde(default)]
    pub sandbox: Option<SandboxInput>,
}

impl RunShell {
    /// `command`, and all else by default.
    pub fn new(command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            workdir: None,
            env: BTreeMap::new(),
            inherit_env: true,
            agent_env: true,
            shell: None,
            timeout_ms: None,
            idle_timeout_ms: None,
            output_bytes: None,
            strip_ansi: true,
            kill_background: false,
            sandbox: None,
        }
    }
}

fn yes() -> bool {
    true
}
