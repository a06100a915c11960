//! What a row of the flag table says.

use std::fmt;

/// One command.
#[derive(Debug)]
pub(crate) struct Command {
    /// Its name: `start`. One of two words, `key new`, is a command of the command `key`.
    pub(crate) name: &'static str,
    /// What it does, in one sentence.
    pub(crate) about: &'static str,
    /// What else is to be known; may be empty.
    pub(crate) details: &'static str,
    /// For our own scripts: left out of `--help`.
    pub(crate) hidden: bool,
    /// What it takes besides the global flags.
    pub(crate) flags: &'static [Flag],
}

impl Command {
    /// Its name in two parts: of the command that it is a command of, empty for none; and its own.
    pub(crate) fn words(&self) -> (&'static str, &'static str) {
        self.name.split_once(' ').unwrap_or(("", self.name))
    }
}

/// One flag or positional argument.
#[derive(Debug)]
pub(crate) struct Flag {
    /// The long name without dashes; of a positional argument its name in the usage line.
    pub(crate) name: &'static str,
    /// The one-letter form.
    pub(crate) short: Option<char>,
    /// What values it takes.
    pub(crate) kind: FlagKind,
    /// What holds when it is not given, in words; empty: nothing.
    pub(crate) default: &'static str,
    /// What it does, in one sentence.
    pub(crate) about: &'static str,
    /// What else is to be known; may be empty.
    pub(crate) details: &'static str,
}

/// What values a flag takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FlagKind {
    /// None: given or not.
    Switch,
    /// Any text, shown as this word.
    Text(&'static str),
    /// Any text, shown as this word; may be given several times.
    Texts(&'static str),
    /// A path, shown as this word.
    Path(&'static str),
    /// A TCP port.
    Port,
    /// An IP address, or `localhost`.
    Ip,
    /// A number of seconds.
    Seconds {
        /// The most that is allowed.
        max: u64,
    },
    /// A whole number.
    Count {
        /// The word it is shown as.
        name: &'static str,
        /// The least that is allowed.
        min: u64,
        /// The most that is allowed.
        max: u64,
    },
    /// One of these words, shown as the first text.
    Choice(&'static str, &'static [&'static str]),
    /// A positional argument that must be given: one of these words.
    ArgumentChoice(&'static [&'static str]),
    /// A positional argument that must be given: any text, shown as this word.
    ArgumentName(&'static str),
    /// A positional argument that must be given: a folder.
    ArgumentFolder,
    /// Positional arguments, any number: files.
    ArgumentFiles,
    /// A positional argument that may be given: any text, shown as this word.
    ArgumentText(&'static str),
}

impl FlagKind {
    /// Whether it is given by its place, not by a name.
    pub(crate) fn is_positional(self) -> bool {
        use FlagKind::{ArgumentChoice, ArgumentFiles, ArgumentFolder, ArgumentName, ArgumentText};
        matches!(
            self,
            ArgumentChoice(_) | ArgumentName(_) | ArgumentText(_) | ArgumentFolder | ArgumentFiles
        )
    }

    /// The word for its value in the usage line; `None` for a switch.
    pub(crate) fn value_name(self) -> Option<&'static str> {
        match self {
            FlagKind::Switch => None,
            FlagKind::Text(name)
            | FlagKind::Texts(name)
            | FlagKind::Path(name)
            | FlagKind::Count { name, .. }
            | FlagKind::Choice(name, _)
            | FlagKind::ArgumentName(name)
            | FlagKind::ArgumentText(name) => Some(name),
            FlagKind::Port => Some("PORT"),
            FlagKind::Ip => Some("IP"),
            FlagKind::Seconds { .. } => Some("SECONDS"),
            FlagKind::ArgumentChoice(_) => Some("SHELL"),
            FlagKind::ArgumentFolder => Some("DIR"),
            FlagKind::ArgumentFiles => Some("FILE"),
        }
    }
}

impl fmt::Display for FlagKind {
    /// The kind and its range, for the reference page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FlagKind::Switch => f.write_str("switch"),
            FlagKind::Text(_)
            | FlagKind::Texts(_)
            | FlagKind::ArgumentName(_)
            | FlagKind::ArgumentText(_) => f.write_str("text"),
            FlagKind::Path(_) => f.write_str("path"),
            FlagKind::Port => f.write_str("0 to 65535"),
            FlagKind::Ip => f.write_str("IP address or `localhost`"),
            FlagKind::Count { min, max, .. } => write!(f, "{min} to {max}"),
            FlagKind::Seconds { max } => write!(f, "seconds, 0 to {max}"),
            FlagKind::Choice(_, words) | FlagKind::ArgumentChoice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                f.write_str(&quoted.join(", "))
            }
            FlagKind::ArgumentFolder => f.write_str("folder"),
            FlagKind::ArgumentFiles => f.write_str("files"),
        }
    }
}
