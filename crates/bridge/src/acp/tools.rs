//! Calls as an editor shows them: what kind they are, a title, the files they are about, the plan they write.

use ironbridge_session::CallStatus;
use serde_json::{Value, json};
use std::path::Path;

/// The longest title, in characters.
const TITLE_CHARS_MAX: usize = 120;

/// The protocol's kind of a tool.
pub(super) fn kind(tool: &str) -> &'static str {
    match tool {
        "read_file" | "list_directory" => "read",
        "find_files" | "search_file_contents" => "search",
        "write_file" | "create_file" | "string_replace" | "diff_edit" | "apply_patch"
        | "insert_lines" | "replace_lines" | "delete_lines" => "edit",
        "file_op" => "move",
        "execute_bash" => "execute",
        "fetch_url" | "web_search" => "fetch",
        "write_tasks" | "agent" => "think",
        _ => "other",
    }
}

/// What a call does, in one line.
pub(super) fn title(tool: &str, arguments: &Value) -> String {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let subject = ["command", "path", "pattern", "query", "url"].iter().find_map(|name| text(name));
    let title = match (tool, subject) {
        ("execute_bash", Some(command)) => format!("`{}`", one_line(command)),
        (_, Some(subject)) => format!("{tool} {}", one_line(subject)),
        (_, None) => tool.to_owned(),
    };
    if title.chars().count() <= TITLE_CHARS_MAX {
        return title;
    }
    title.chars().take(TITLE_CHARS_MAX - 1).chain(['…']).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The file that a call is about.
pub(super) fn locations(arguments: &Value, cwd: &Path) -> Value {
    let Some(path) = arguments.get("path").and_then(Value::as_str) else { return json!([]) };
    let mut location = json!({ "path": cwd.join(path).display().to_string() });
    let line = ["start_line", "after_line"].iter().find_map(|name| arguments.get(name)?.as_u64());
    if let Some(line) = line {
        location["line"] = line.into();
    }
    json!([location])
}

/// The protocol's word for how far a call is.
pub(super) fn status(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Pending => "pending",
        CallStatus::Running => "in_progress",
        CallStatus::Done => "completed",
        CallStatus::Failed | CallStatus::Denied | CallStatus::Aborted => "failed",
    }
}

/// The plan that a call of `write_tasks` has written.
pub(super) fn plan(tool: &str, arguments: &Value) -> Option<Value> {
    let tasks = arguments.get("tasks").filter(|_| tool == "write_tasks")?.as_array()?;
    let entry = |task: &Value| {
        let status = task.get("status").and_then(Value::as_str).unwrap_or("pending");
        json!({ "content": task.get("title")?, "priority": "medium", "status": status }).into()
    };
    let entries: Vec<Value> = tasks.iter().filter_map(entry).collect();
    Some(json!({ "sessionUpdate": "plan", "entries": entries }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(tool: &str, arguments: Value, expected: Expect) {
        let locations = locations(&arguments, Path::new("/p"));
        expected.assert_eq(&format!("{} | {} | {locations}", kind(tool), title(tool, &arguments)));
    }

    #[test]
    fn calls_are_shown_by_what_they_are_about() {
        check(
            "read_file",
            json!({ "path": "a.rs", "start_line": 3 }),
            expect![[r#"read | read_file a.rs | [{"path":"/p/a.rs","line":3}]"#]],
        );
        check(
            "execute_bash",
            json!({ "command": "cargo\n  test" }),
            expect!["execute | `cargo test` | []"],
        );
        check("mcp__x__y", json!({}), expect!["other | mcp__x__y | []"]);
    }
}
