//! Files whose text may be large: it crosses beside the JSON, as it is.

use ironbridge_tools::edit::{EditInput, MultiEditInput};
use ironbridge_tools::files::{
    CreateInput, InsertLinesInput, ReadInput, ReadOutput, ReplaceLinesInput, WriteInput,
};
use ironbridge_tools::patch::Input as PatchInput;
use ironbridge_tools::{Coded, Control, Failure, Workspace, edit, files, patch, read_text};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::operation::Call;

/// `text` and `data` are empty in the JSON; the wrapper puts in what crosses beside it.
pub(crate) fn read(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: ReadInput = read_text("read", &call.parts.input)?;
    let mut output = files::read(&call.workspace()?, &input, call.control)?;
    let (text, bytes) = match &mut output {
        ReadOutput::Text(text) => (Some(std::mem::take(&mut text.text)), None),
        ReadOutput::Media(media) => (None, Some(std::mem::take(&mut media.data))),
        ReadOutput::Folder(_) => (None, None),
    };
    Ok(Answer { text, bytes, ..Answer::json(&output)? })
}

pub(crate) fn write(call: &mut Call<'_>) -> Result<Answer, Failure> {
    with_content("write", call, |input: &mut WriteInput, text| input.content = text, files::write)
}

pub(crate) fn create(call: &mut Call<'_>) -> Result<Answer, Failure> {
    with_content(
        "create",
        call,
        |input: &mut CreateInput, text| input.content = text,
        files::create,
    )
}

pub(crate) fn insert_lines(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let set = |input: &mut InsertLinesInput, text| input.content = text;
    with_content("insert-lines", call, set, files::insert_lines)
}

pub(crate) fn replace_lines(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let set = |input: &mut ReplaceLinesInput, text| input.content = text;
    with_content("replace-lines", call, set, files::replace_lines)
}

/// Texts: old, new.
pub(crate) fn edit(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let mut input: EditInput = read_text("edit", &call.parts.input)?;
    (input.old, input.new) = (call.text()?, call.text()?);
    Answer::json(&edit::edit(&call.workspace()?, &input, call.control)?)
}

/// Texts: old and new of each edit, in their order.
pub(crate) fn multi_edit(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let mut input: MultiEditInput = read_text("multi-edit", &call.parts.input)?;
    for planned in &mut input.edits {
        (planned.old, planned.new) = (call.text()?, call.text()?);
    }
    Answer::json(&edit::multi_edit(&call.workspace()?, &input, call.control)?)
}

/// Text: the patch.
pub(crate) fn apply_patch(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let set = |input: &mut PatchInput, text| input.patch = text;
    with_content("patch", call, set, patch::patch)
}

/// `content` is empty in the JSON and comes as a text.
fn with_content<I: DeserializeOwned, O: Serialize, E: Coded>(
    name: &str,
    call: &mut Call<'_>,
    set: impl FnOnce(&mut I, String),
    tool: impl FnOnce(&Workspace, &I, &Control) -> Result<O, E>,
) -> Result<Answer, Failure> {
    let mut input: I = read_text(name, &call.parts.input)?;
    set(&mut input, call.text()?);
    Answer::json(&tool(&call.workspace()?, &input, call.control)?)
}
