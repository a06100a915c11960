//! What a call would make of a file, without doing it.
//!
//! A tool writes what this says, or fails: the same functions decide. Where this does not know, nothing is shown.

use ironbridge_tools::Limits;
use ironbridge_tools::edit::{Replace, edit_text};
use serde_json::Value;

/// The text of the file after the call, if it is known. `old` is `None` for a file that is not there.
pub(super) fn after(tool: &str, arguments: &Value, old: Option<&str>) -> Option<String> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let line = |name: &str| usize::try_from(arguments.get(name)?.as_u64()?).ok();
    match tool {
        "write_file" => text("content").map(str::to_owned),
        "create_file" if old.is_none() => Some(text("content").unwrap_or_default().to_owned()),
        "string_replace" => {
            let all = arguments.get("replace_all").and_then(Value::as_bool).unwrap_or(false);
            replaced(old?, text("old_str")?, text("new_str")?, all)
        }
        "diff_edit" => {
            let blocks = blocks(text("diff")?);
            blocks.into_iter().try_fold(old?.to_owned(), |content, (search, replace)| {
                replaced(&content, &search, &replace, false)
            })
        }
        "insert_lines" => {
            let at = line("after_line")?;
            spliced(old?, at..at, text("content")?)
        }
        "replace_lines" => {
            spliced(old?, line("start_line")?.checked_sub(1)?..line("end_line")?, text("content")?)
        }
        "delete_lines" => spliced(old?, line("start_line")?.checked_sub(1)?..line("end_line")?, ""),
        _ => None,
    }
}

fn replaced(content: &str, old: &str, new: &str, all: bool) -> Option<String> {
    let replace = Replace { replace_all: all, ..Replace::new(old, new) };
    edit_text(content, &replace, &Limits::default().edit).ok().map(|edited| edited.content)
}

/// The content with these lines, from 0, replaced by others.
fn spliced(content: &str, lines: std::ops::Range<usize>, new: &str) -> Option<String> {
    let all: Vec<&str> = content.split_inclusive('\n').collect();
    let (before, rest) = (all.get(..lines.start)?, all.get(lines.start..)?);
    let after = rest.get(lines.len()..)?;
    let mut text = before.concat();
    if !text.is_empty() && !text.ends_with('\n') && !new.is_empty() {
        text.push('\n');
    }
    text.push_str(new);
    if !new.is_empty() && !new.ends_with('\n') && !after.is_empty() {
        text.push('\n');
    }
    text.push_str(&after.concat());
    Some(text)
}

/// The SEARCH/REPLACE blocks of a diff.
fn blocks(diff: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    for block in diff.split("<<<<<<< SEARCH\n").skip(1) {
        let Some((search, rest)) = block.split_once("=======\n") else { continue };
        let replace = rest.split(">>>>>>> REPLACE").next().unwrap_or_default();
        let whole = |text: &str| text.strip_suffix('\n').unwrap_or(text).to_owned();
        blocks.push((whole(search), whole(replace)));
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(tool: &str, arguments: Value, old: Option<&str>, expected: Expect) {
        expected.assert_eq(&format!("{:?}", after(tool, &arguments, old)));
    }

    #[test]
    fn an_edit_is_known_before_it_is_made() {
        let old = Some("one\ntwo\nthree\n");
        check("write_file", json!({ "content": "x" }), None, expect![[r#"Some("x")"#]]);
        check(
            "string_replace",
            json!({ "old_str": "two", "new_str": "2" }),
            old,
            expect![[r#"Some("one\n2\nthree\n")"#]],
        );
        check("string_replace", json!({ "old_str": "four", "new_str": "" }), old, expect!["None"]);
        let diff = "<<<<<<< SEARCH\none\n=======\n1\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nthree\n=======\n3\n>>>>>>> REPLACE\n";
        check("diff_edit", json!({ "diff": diff }), old, expect![[r#"Some("1\ntwo\n3\n")"#]]);
        check(
            "insert_lines",
            json!({ "after_line": 1, "content": "new" }),
            old,
            expect![[r#"Some("one\nnew\ntwo\nthree\n")"#]],
        );
        check(
            "replace_lines",
            json!({ "start_line": 2, "end_line": 3, "content": "rest" }),
            old,
            expect![[r#"Some("one\nrest")"#]],
        );
        check(
            "delete_lines",
            json!({ "start_line": 1, "end_line": 2 }),
            old,
            expect![[r#"Some("three\n")"#]],
        );
        check("delete_lines", json!({ "start_line": 3, "end_line": 9 }), old, expect!["None"]);
        check("execute_bash", json!({ "command": "rm a" }), old, expect!["None"]);
    }
}
