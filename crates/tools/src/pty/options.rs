//! What is asked of a terminal.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A program and the terminal it gets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PtyOptions {
    /// The program, by name or path. Default: `bash`, where there is none `sh`, as a login shell.
    #[serde(default)]
    pub command: Option<String>,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// The folder it starts in, within the project. Default: the project's.
    #[serde(default)]
    pub cwd: Option<PathBuf>,
    /// Variables of its environment; `null` takes one out. `TERM` is `xterm-256color` unless it is given here.
    #[serde(default)]
    pub env: BTreeMap<String, Option<String>>,
    /// Whether it inherits the environment of this process. Default: true.
    #[serde(default = "yes")]
    pub inherit_env: bool,
    /// What the terminal is called. Default: the program.
    #[serde(default)]
    pub title: Option<String>,
    /// Rows and columns. Default: 24 and 80.
    #[serde(default)]
    pub size: PtySize,
    /// Whether output is never cut inside a UTF-8 character. Default: true.
    #[serde(default = "yes")]
    pub text: bool,
}

impl Default for PtyOptions {
    fn default() -> Self {
        Self {
            command: None,
            args: Vec::new(),
            cwd: None,
            env: BTreeMap::new(),
            inherit_env: true,
            title: None,
            size: PtySize::default(),
            text: true,
        }
    }
}

/// The size of a terminal; neither number is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PtySize {
    /// Lines of text.
    pub rows: u16,
    /// Characters in a line.
    pub cols: u16,
}

impl Default for PtySize {
    fn default() -> Self {
        Self { rows: 24, cols: 80 }
    }
}

fn yes() -> bool {
    true
}
