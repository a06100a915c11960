//! clap's command, made from the table.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, RangedU64ValueParser};
use clap::{Arg, ArgAction, value_parser};

use super::row::{Command, Flag, FlagKind};
use super::table::{COMMANDS, GLOBAL_FLAGS};
use crate::config::value;

/// Where the global flags begin in the order of `--help`: after a command's own.
const GLOBAL_ORDER: usize = 100;

/// The command line as clap reads it.
pub(crate) fn parser() -> clap::Command {
    let root =
        clap::Command::new("ironbridge")
            .version(env!("CARGO_PKG_VERSION"))
            .about("One Rust core for AI coding: a gateway for every model dialect")
            .subcommand_required(true)
            .arg_required_else_help(true)
            .disable_help_subcommand(true)
            .max_term_width(100)
            .args(GLOBAL_FLAGS.iter().enumerate().map(|(index, flag)| {
                argument(flag).global(true).display_order(GLOBAL_ORDER + index)
            }));
    root.subcommands(below("").map(subcommand))
}

/// The commands of the command `parent`; of the program itself for an empty name.
fn below(parent: &str) -> impl Iterator<Item = &'static Command> {
    COMMANDS.iter().filter(move |row| row.words().0 == parent)
}

fn subcommand(row: &'static Command) -> clap::Command {
    let long = if row.details.is_empty() {
        format!("{}.", row.about)
    } else {
        format!("{}.\n\n{}", row.about, row.details)
    };
    let inner: Vec<clap::Command> = below(row.name).map(subcommand).collect();
    clap::Command::new(row.words().1)
        .subcommand_required(!inner.is_empty())
        .disable_help_subcommand(true)
        .subcommands(inner)
        .about(row.about)
        .long_about(long)
        .hide(row.hidden)
        .args(row.flags.iter().enumerate().map(|(index, f)| argument(f).display_order(index)))
}

fn argument(flag: &Flag) -> Arg {
    let mut argument = Arg::new(flag.name).help(help(flag, false)).long_help(help(flag, true));
    if !flag.kind.is_positional() {
        argument = argument.long(flag.name);
    }
    if let Some(short) = flag.short {
        argument = argument.short(short);
    }
    if let Some(name) = flag.kind.value_name() {
        argument = argument.value_name(name);
    }
    match flag.kind {
        FlagKind::Switch => argument.action(ArgAction::SetTrue),
        FlagKind::Text(_) | FlagKind::ArgumentText(_) => argument,
        FlagKind::Texts(_) => argument.action(ArgAction::Append),
        FlagKind::Path(_) => argument.value_parser(value_parser!(PathBuf)),
        FlagKind::Port => argument.value_parser(value_parser!(u16)),
        FlagKind::Ip => argument.value_parser(|text: &str| {
            value::ip(text).map_err(|wrong| wrong.hint.unwrap_or(wrong.message))
        }),
        FlagKind::Seconds { max } => {
            argument.value_parser(RangedU64ValueParser::<u64>::new().range(0..=max))
        }
        FlagKind::Count { min, max, .. } => {
            argument.value_parser(RangedU64ValueParser::<u64>::new().range(min..=max))
        }
        FlagKind::Choice(_, words) => argument.value_parser(PossibleValuesParser::new(words)),
        FlagKind::ArgumentChoice(words) => {
            argument.required(true).value_parser(PossibleValuesParser::new(words))
        }
        FlagKind::ArgumentName(_) => argument.required(true),
        FlagKind::ArgumentFolder => argument.required(true).value_parser(value_parser!(PathBuf)),
        FlagKind::ArgumentFiles => argument.num_args(0..).value_parser(value_parser!(PathBuf)),
    }
}

fn help(flag: &Flag, long: bool) -> String {
    let mut text = flag.about.to_owned();
    if !flag.default.is_empty() {
        text.push_str(&format!(" [default: {}]", flag.default.replace('`', "")));
    }
    if long && !flag.details.is_empty() {
        text.push_str("\n\n");
        text.push_str(flag.details);
    }
    text
}
