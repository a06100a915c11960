//! Tools for a server that refuses them: told in the prompt, called and answered in the text.

use crate::engine::ToolSpec;
use serde_json::Value;
use std::fmt::Write as _;

const HOW: &str = "
# Tools
To use a tool, write its name as a tag that begins a line, with a tag for each parameter in it, and nothing after it:

<read_file>
<path>src/main.rs</path>
</read_file>

Values are written as they are, nothing is escaped. You may call several tools one after another; then wait for the \
results. In explanations and examples do not begin a line with such a tag.
";

/// The tools, for the system prompt.
pub(super) fn tools(tools: &[&ToolSpec]) -> String {
    let mut text = HOW.to_owned();
    for tool in tools {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n## {}\n{}\n", tool.name, tool.description);
        let required = tool.schema.get("required").and_then(Value::as_array);
        let parameters = tool.schema.get("properties").and_then(Value::as_object);
        for (name, schema) in parameters.into_iter().flatten() {
            let is_required = required.is_some_and(|all| all.iter().any(|one| one == name));
            let kind = schema.get("type").and_then(Value::as_str).unwrap_or("any");
            let about = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            let needed = if is_required { "required" } else { "optional" };
            let _ = writeln!(text, "- {name} ({kind}, {needed}): {about}");
        }
    }
    text
}

/// A call as the model wrote it, or would have.
pub(super) fn call(name: &str, arguments: &str) -> String {
    let mut text = format!("<{name}>\n");
    let parsed =
        serde_json::from_str(arguments).ok().or_else(|| crate::arguments::repair(arguments));
    if let Some(Value::Object(arguments)) = parsed {
        for (key, value) in arguments {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let line = if value.contains('\n') { "\n" } else { "" };
            text.push_str(&format!("<{key}>{line}{value}{line}</{key}>\n"));
        }
    }
    text.push_str(&format!("</{name}>"));
    text
}

/// What a tool answered.
pub(super) fn result(tool: &str, text: &str, is_error: bool) -> String {
    let how = if is_error { "failed" } else { "answered" };
    format!("[{tool} {how}]\n{text}")
}
