//! Arguments of programs told apart: options, their values, operands. `--` ends the options.

use super::term::Term;

/// What an argument is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Argument<'a> {
    /// `-x`, `--name`, or `-name` for programs that write their options so.
    Option(&'a str),
    /// The value of an option that was named as taking one: its name, and the value.
    Value(&'a str),
    /// Anything else, and everything behind `--`.
    Operand,
}

/// Goes through `terms`, the name of the program left out. `with_value` are the options that take a value, in the next
/// argument or attached (`-ofile`, `--output=file`).
pub(super) fn each<'a>(
    terms: &'a [Term],
    with_value: &[&'static str],
    mut visit: impl FnMut(Argument<'a>, &Term, usize),
) {
    let mut at = 0;
    let mut options = true;
    while let Some(term) = terms.get(at) {
        let text = term.text.as_str();
        if !options || !text.starts_with('-') || text == "-" {
            visit(Argument::Operand, term, at);
        } else if text == "--" && !term.dynamic {
            options = false;
        } else if with_value.contains(&text) {
            visit(Argument::Option(text), term, at);
            if let Some(value) = terms.get(at + 1) {
                at += 1;
                visit(Argument::Value(text), value, at);
            }
        } else if let Some((name, from)) = attached(text, with_value) {
            visit(Argument::Option(name), term, at);
            visit(Argument::Value(name), &term.from(from), at);
        } else {
            visit(Argument::Option(text), term, at);
        }
        at += 1;
    }
}

/// The option in `text`, and where its value begins.
fn attached<'a>(text: &'a str, with_value: &[&'static str]) -> Option<(&'a str, usize)> {
    if text.starts_with("--") {
        let (name, _) = text.split_once('=')?;
        return with_value.contains(&name).then_some((name, name.len() + 1));
    }
    let short = text.get(..2)?;
    with_value.contains(&short).then_some((short, 2))
}

/// Where the operands begin: behind the options in front and a `--`. For programs whose first operand is a command.
pub(super) fn first_operand(terms: &[Term], with_value: &[&'static str]) -> usize {
    let mut at = 0;
    while let Some(term) = terms.get(at) {
        let text = term.text.as_str();
        if text == "--" {
            return at + 1;
        }
        if !text.starts_with('-') || text == "-" {
            return at;
        }
        at += if with_value.contains(&text) { 2 } else { 1 };
    }
    terms.len()
}

/// Whether `text` is an option that has the letter `short` among its letters, or is `long` or short for it.
pub(super) fn is_option(text: &str, short: Option<char>, long: &str) -> bool {
    if let Some(name) = text.strip_prefix("--") {
        let name = name.split('=').next().unwrap_or_default();
        return !name.is_empty() && long.starts_with(name);
    }
    match (text.strip_prefix('-'), short) {
        (Some(letters), Some(short)) => letters.contains(short),
        _ => false,
    }
}
