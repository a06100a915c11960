//! Replacing text in a string.

use ironbridge_tools::edit::{self, Replace, Span};
use ironbridge_tools::{Failure, Limits};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::operation::Call;
use crate::utf16::Utf16;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct EditTextInput {
    #[serde(default)]
    replace_all: bool,
    #[serde(default)]
    allow_omission: bool,
}

/// Texts: content, old, new. Gives the new content beside `{strategy, ranges}`, whose places are in UTF-16 units.
pub(crate) fn edit_text(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let EditTextInput { replace_all, allow_omission } = call.input()?;
    let (content, old, new) = (call.text()?, call.text()?, call.text()?);
    let replace = Replace { old: &old, new: &new, replace_all, allow_omission };
    let edited = edit::edit_text(&content, &replace, &Limits::default().edit)?;
    let (mut before, mut after) = (Utf16::of(&content), Utf16::of(&edited.content));
    let ranges: Vec<_> = edited
        .replacements
        .iter()
        .map(|made| {
            let (before, after) = (span(made.before, &mut before), span(made.after, &mut after));
            json!({ "before": before, "after": after })
        })
        .collect();
    let answer = Answer::json(&json!({ "strategy": edited.strategy, "ranges": ranges }))?;
    Ok(Answer { text: Some(edited.content), ..answer })
}

fn span(span: Span, units: &mut Utf16<'_>) -> Value {
    let mut unit = |byte: u64| units.at(usize::try_from(byte).unwrap_or(usize::MAX));
    json!({
        "start": unit(span.start_byte),
        "end": unit(span.end_byte),
        "firstLine": span.first_line,
        "lastLine": span.last_line,
    })
}
