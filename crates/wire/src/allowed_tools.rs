//! OpenAI's choice among some of the tools (`tool_choice.type = "allowed_tools"`).
//!
//! It says the same as to offer only those, which every dialect and server understands. So a request that has it is
//! read as one that offers no others; the caches of prompts alone can tell the difference.

use crate::fields::Reading;
use crate::pointer::At;
use crate::prompt::{Prompt, Tool, ToolChoice};
use serde_json::Value;

/// Takes the tools away that may not be called. A choice that names none of those on offer stays as it is, for the
/// encoder to drop.
pub(crate) fn narrow(prompt: &mut Prompt, reading: &Reading) {
    let Some(At { value: ToolChoice::Native(choice), at }) = &prompt.tool_choice else { return };
    if choice.get("type").and_then(Value::as_str) != Some("allowed_tools") {
        return;
    }
    // Chat nests the members one level deeper than responses.
    let members = choice.get("allowed_tools").unwrap_or(choice);
    let Some(named) = members.get("tools").and_then(Value::as_array) else { return };
    let allowed = |tool: &Tool| named.iter().any(|entry| name_of(entry) == Some(&tool.name));
    if !prompt.tools.iter().any(allowed) {
        return;
    }
    let required = members.get("mode").and_then(Value::as_str) == Some("required");
    reading.changed(at, "only the tools that it names are offered");
    prompt.tools.retain(allowed);
    let value = if required { ToolChoice::Any } else { ToolChoice::Auto };
    prompt.tool_choice = Some(At { value, at: at.clone() });
}

/// The name of the tool that an entry stands for: its type where it is one that the provider runs.
fn name_of(entry: &Value) -> Option<&str> {
    let nested = ["function", "custom"].iter().find_map(|key| entry.get(key));
    let name = nested.unwrap_or(entry).get("name").or_else(|| entry.get("type"))?;
    name.as_str()
}
