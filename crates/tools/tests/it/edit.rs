//! Replacing text that a model remembers not quite exactly: nine strategies behind guards.

mod failures;
mod files;
mod guards;
mod guide;
mod indentation;
mod properties;
mod strategies;
mod terminators;

use expect_test::Expect;
use ironbridge_tools::edit::{EditError, Edited, Replace, Span, edit_text};
use ironbridge_tools::limits::EditLimits;

/// What becomes of `content`: the strategy, the lines replaced and those they became, the text; or the refusal.
fn shown(content: &str, replace: &Replace<'_>, limits: &EditLimits) -> String {
    match edit_text(content, replace, limits) {
        Err(error) => refused(&error),
        Ok(Edited { content, strategy, replacements }) => {
            let lines = |Span { first_line, last_line, .. }: Span| match last_line - first_line {
                0 => format!("{first_line}"),
                _ => format!("{first_line}-{last_line}"),
            };
            let ranges: Vec<String> = replacements
                .iter()
                .map(|one| format!("{}→{}", lines(one.before), lines(one.after)))
                .collect();
            format!("{} {} {content:?}", strategy.name(), ranges.join(" "))
        }
    }
}

fn refused(error: &EditError) -> String {
    match error {
        EditError::SeveralMatches { strategy, count, lines } => {
            format!("several_matches by {}: {count} at {lines:?}", strategy.name())
        }
        _ => error.to_string(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check(content: &str, old: &str, new: &str, expected: Expect) {
    expected.assert_eq(&shown(content, &Replace::new(old, new), &EditLimits::default()));
}

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check_all(content: &str, old: &str, new: &str, expected: Expect) {
    let replace = Replace { replace_all: true, ..Replace::new(old, new) };
    expected.assert_eq(&shown(content, &replace, &EditLimits::default()));
}
