//! `config.md`.

use super::{heading, row, sentences, table};
use crate::config::key::{KeyDefault, Section};
use crate::config::keys::SECTIONS;

const ABOUT: &str = "\
The file is `config.toml` in the config folder (`~/.config/ironbridge` on Linux; `IRONBRIDGE_HOME` or `--config` name \
another place), written in [TOML](https://toml.io). Every key may be left out unless it is said to be required. \
`ironbridge doctor` checks the file; unknown keys are errors, and all mistakes are reported at once.

What wins, from the weakest: defaults, [variables](environment.md), this file, [flags](flags.md). A running gateway takes \
over a changed file within a second; a file with mistakes is reported and the old one stays in force. Files that a \
secret or `ca_file` names are read when the config file is.

- **Durations** are a whole number and `ms`, `s`, `m`, `h` or `d`: `\"90s\"`.
- **Sizes** are a whole number and `B`, `KiB`, `MiB` or `GiB`: `\"64MiB\"`.
- **Secrets** do not stand in the file: `{ env = \"NAME\" }` names a variable, `{ file = \"PATH\" }` a file that only you can \
read, `{ keyring = \"NAME\" }` an entry of the service `ironbridge` in the system's keyring (in builds with cargo's \
feature `keyring`).
- **Paths** are relative to the config file; `~/` is your home folder.
- **Globs** know `*`, `?`, `[a-z]` and `{a,b}`; `*` also matches `/`.

Editors complete and check the file with [config.schema.json](config.schema.json): put \
`#:schema PATH/config.schema.json` on its first line.";

const EXAMPLE: &str = include_str!("example.toml");

/// The example of the page; a test loads it.
#[cfg(test)]
pub(crate) fn example() -> &'static str {
    EXAMPLE
}

pub(super) fn page() -> String {
    let mut page = heading("Config file", ABOUT);
    page.push_str(&format!("\n```toml\n{EXAMPLE}```\n"));
    for section in SECTIONS {
        page.push_str(&format!("\n## `{}`\n\n{}\n", section.title(), section.about));
        page.push_str(&keys(section));
    }
    page
}

fn keys(section: &Section) -> String {
    let mut text = table(&["Key", "Takes", "Default", "Example", "What it does"]);
    for key in section.keys {
        let default = match key.default {
            KeyDefault::Required => "required".to_owned(),
            KeyDefault::Value(value) => format!("`{value}`"),
            KeyDefault::Words(words) => words.to_owned(),
        };
        let name = format!("`{}`", key.name);
        let example = format!("`{}`", key.example);
        let does = sentences(key.about, key.details);
        text.push_str(&row(&[&name, &key.kind.to_string(), &default, &example, &does]));
    }
    text
}
