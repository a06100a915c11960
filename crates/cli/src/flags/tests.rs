//! The table held against what clap really takes.

use super::{COMMANDS, Flag, GLOBAL_FLAGS, parser};

/// What clap knows of a command besides what is in the table.
const BUILT_IN: [&str; 2] = ["help", "version"];

fn names(flags: &[Flag]) -> Vec<&str> {
    let mut names: Vec<&str> = flags.iter().map(|flag| flag.name).collect();
    names.sort_unstable();
    names
}

fn names_in_clap(command: &clap::Command) -> Vec<String> {
    let ids = command.get_arguments().map(|argument| argument.get_id().to_string());
    let mut names: Vec<String> = ids.filter(|name| !BUILT_IN.contains(&name.as_str())).collect();
    names.sort_unstable();
    names
}

#[test]
fn clap_finds_the_command_sound() {
    parser().debug_assert();
}

#[test]
fn clap_has_the_flags_of_the_table_and_no_others() {
    let root = parser();
    assert_eq!(names_in_clap(&root), names(GLOBAL_FLAGS));
    let mut in_clap = Vec::new();
    for command in root.get_subcommands() {
        in_clap.push((command.get_name().to_owned(), command));
        for inner in command.get_subcommands() {
            in_clap.push((format!("{} {}", command.get_name(), inner.get_name()), inner));
        }
    }
    assert_eq!(in_clap.len(), COMMANDS.len());
    for ((name, command), row) in in_clap.into_iter().zip(COMMANDS) {
        assert_eq!(name, row.name);
        assert_eq!(names_in_clap(command), names(row.flags), "{name}");
    }
}

#[test]
fn texts_are_written_alike() {
    let flags = COMMANDS.iter().flat_map(|command| command.flags).chain(GLOBAL_FLAGS);
    let texts = flags.map(|flag| (flag.about, flag.details));
    let commands = COMMANDS.iter().map(|command| (command.about, command.details));
    for (about, details) in texts.chain(commands) {
        assert!(!about.is_empty() && !about.ends_with('.'), "{about:?}");
        assert!(about.chars().next().is_some_and(char::is_uppercase), "{about:?}");
        assert!(!details.contains("  "), "{details:?}");
    }
}
