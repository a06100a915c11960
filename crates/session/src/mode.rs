//! How much the agent may do without asking.

use serde::{Deserialize, Serialize};

/// How much the agent may do without asking. Changes at any time; it holds from the next call on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Changes of files and commands are asked for.
    #[default]
    Normal,
    /// Files in the project are changed without asking; commands are asked for.
    AutoAccept,
    /// Nothing is changed.
    Plan,
    /// Nothing is asked for.
    Yolo,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Mode; 4] = [Mode::Normal, Mode::AutoAccept, Mode::Plan, Mode::Yolo];

    /// Its name in flags, files and events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Mode::Normal => "normal",
            Mode::AutoAccept => "auto-accept",
            Mode::Plan => "plan",
            Mode::Yolo => "yolo",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Mode::ALL.into_iter().find(|mode| mode.name() == name)
    }
}
