//! `flags.md`.

use super::{heading, row, sentences, table};
use crate::flags::{COMMANDS, Command, Flag, FlagKind, GLOBAL_FLAGS};

pub(super) fn page() -> String {
    let about = "`ironbridge COMMAND [FLAGS]`. Results go to stdout, everything else to stderr. Exit codes: 0 success, \
                 1 failure, 2 a mistake on the command line or in the config.";
    let mut page = heading("Command line", about);
    page.push_str("\n## Every command\n");
    page.push_str(&flags(GLOBAL_FLAGS));
    for command in COMMANDS.iter().filter(|command| !command.hidden) {
        page.push_str(&format!("\n## `ironbridge {}`\n\n", usage(command)));
        page.push_str(&sentences(command.about, command.details));
        page.push('\n');
        if !command.flags.is_empty() {
            page.push_str(&flags(command.flags));
        }
    }
    page
}

fn usage(command: &Command) -> String {
    let mut words = vec![command.name.to_owned()];
    for flag in command.flags.iter().filter(|flag| flag.kind.is_positional()) {
        let name = flag.kind.value_name().unwrap_or(flag.name);
        words.push(match flag.kind {
            FlagKind::ArgumentFiles => format!("[{name}]…"),
            FlagKind::ArgumentText(_) => format!("[{name}]"),
            _ => name.to_owned(),
        });
    }
    words.join(" ")
}

fn flags(flags: &[Flag]) -> String {
    let mut text = table(&["Flag", "Takes", "Default", "What it does"]);
    for flag in flags {
        let default = if flag.default.is_empty() { "–" } else { flag.default };
        let does = sentences(flag.about, flag.details);
        text.push_str(&row(&[&name(flag), &flag.kind.to_string(), default, &does]));
    }
    text
}

fn name(flag: &Flag) -> String {
    let value = flag.kind.value_name();
    if flag.kind.is_positional() {
        return format!("`{}`", value.unwrap_or(flag.name));
    }
    let short = flag.short.map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let value = value.map(|value| format!(" {value}")).unwrap_or_default();
    format!("{short}`--{}{value}`", flag.name)
}
