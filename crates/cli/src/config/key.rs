//! What a row of the key table says.

use std::fmt;
use std::time::Duration;

/// One `[table]` or `[[table]]` of the config file.
#[derive(Debug)]
pub(crate) struct Section {
    /// Its name as written between the brackets.
    pub(crate) path: &'static str,
    /// Whether it is written `[[…]]` and may stand several times.
    pub(crate) repeated: bool,
    /// What it is about, in one sentence.
    pub(crate) about: &'static str,
    /// Its keys.
    pub(crate) keys: &'static [Key],
}

impl Section {
    /// Its row for the key `name`.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Its name in brackets: `[server]`, `[[provider]]`.
    pub(crate) fn title(&self) -> String {
        if self.repeated { format!("[[{}]]", self.path) } else { format!("[{}]", self.path) }
    }
}

/// One key of the config file.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name within its section.
    pub(crate) name: &'static str,
    /// What values it takes.
    pub(crate) kind: KeyKind,
    /// What holds when it is not given.
    pub(crate) default: KeyDefault,
    /// A value as written in TOML, other than the default.
    pub(crate) example: &'static str,
    /// What it does, in one sentence.
    pub(crate) about: &'static str,
    /// What else is to be known; may be empty.
    pub(crate) details: &'static str,
}

/// What holds when a key is not given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyDefault {
    /// It must be given.
    Required,
    /// This value, as written in TOML.
    Value(&'static str),
    /// What these words say.
    Words(&'static str),
}

/// What values a key takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyKind {
    /// `true` or `false`.
    Switch,
    /// Letters, digits, `-`, `_`, `.`.
    Name,
    /// `IP:PORT`, or `localhost:PORT`.
    Address,
    /// Any text but an empty one.
    Text,
    /// A host name.
    Host,
    /// An `http://` or `https://` URL.
    Url,
    /// A glob over model names.
    Glob,
    /// A file; a relative one is looked for beside the config file.
    Path,
    /// `{ env = "NAME" }`, `{ file = "PATH" }` or `{ keyring = "NAME" }`.
    Secret,
    /// A number and a unit: `"90s"`.
    Duration {
        /// The least that is allowed.
        min: Duration,
        /// The most that is allowed.
        max: Duration,
    },
    /// A number and a unit: `"64MiB"`.
    Size {
        /// The least that is allowed, in bytes.
        min: u64,
        /// The most that is allowed, in bytes.
        max: u64,
    },
    /// A whole number.
    Count {
        /// The least that is allowed.
        min: u64,
        /// The most that is allowed.
        max: u64,
    },
    /// USD, whole or with up to six decimals.
    Price,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words.
    Choices(&'static [&'static str]),
    /// Host names, without ports.
    Hosts,
    /// Origins of web pages: `https://HOST`.
    Origins,
    /// A table of names and texts.
    NamedTexts,
    /// `provider` or `provider/model`, at least one.
    Targets,
}

impl KeyKind {
    /// The kind in words, for messages: "a duration".
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            KeyKind::Switch => "true or false",
            KeyKind::Name
            | KeyKind::Text
            | KeyKind::Host
            | KeyKind::Address
            | KeyKind::Url
            | KeyKind::Glob
            | KeyKind::Path
            | KeyKind::Choice(_) => "a string",
            KeyKind::Secret => "{ env = \"NAME\" }, { file = \"PATH\" } or { keyring = \"NAME\" }",
            KeyKind::Duration { .. } => "a duration such as \"90s\"",
            KeyKind::Size { .. } => "a size such as \"64MiB\"",
            KeyKind::Count { .. } => "a whole number",
            KeyKind::Price => "a number of USD",
            KeyKind::NamedTexts => "a table of names and texts",
            KeyKind::Choices(_) | KeyKind::Hosts | KeyKind::Origins | KeyKind::Targets => {
                "a list of strings"
            }
        }
    }
}

impl fmt::Display for KeyKind {
    /// The kind and its range, for the reference page.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use super::value::{show_duration, show_size};
        let words = |f: &mut fmt::Formatter<'_>, words: &[&str]| {
            let quoted: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
            f.write_str(&quoted.join(", "))
        };
        match *self {
            KeyKind::Switch => f.write_str("`true`, `false`"),
            KeyKind::Name => f.write_str("letters, digits, `-`, `_`, `.`"),
            KeyKind::Text => f.write_str("text"),
            KeyKind::Host => f.write_str("host name"),
            KeyKind::Address => f.write_str("`IP:PORT`"),
            KeyKind::Url => f.write_str("URL, `http` or `https`"),
            KeyKind::Glob => f.write_str("glob"),
            KeyKind::Path => f.write_str("file"),
            KeyKind::Secret => f.write_str("secret"),
            KeyKind::Duration { min, max } => {
                write!(f, "duration, {} to {}", show_duration(min), show_duration(max))
            }
            KeyKind::Size { min, max } => {
                write!(f, "size, {} to {}", show_size(min), show_size(max))
            }
            KeyKind::Count { min, max } => write!(f, "number, {min} to {max}"),
            KeyKind::Price => f.write_str("USD, up to six decimals"),
            KeyKind::Choice(choices) => words(f, choices),
            KeyKind::Choices(choices) => {
                f.write_str("list of ")?;
                words(f, choices)
            }
            KeyKind::Hosts => f.write_str("list of host names"),
            KeyKind::Origins => f.write_str("list of origins"),
            KeyKind::NamedTexts => f.write_str("table of names and texts"),
            KeyKind::Targets => f.write_str("list of `provider` or `provider/model`"),
        }
    }
}
