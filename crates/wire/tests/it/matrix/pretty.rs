//! JSON as the case files have it: what fits in a line stands in a line.

use serde_json::Value;

const WIDTH: usize = 118;

/// The text of a case file.
pub(crate) fn file(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, 0, &mut text);
    text.push('\n');
    text
}

/// Writes `value` from column `column` on, with `indent` for its lines.
fn write(value: &Value, indent: usize, column: usize, text: &mut String) {
    let line = inline(value);
    let fits = column + line.chars().count() < WIDTH;
    match value {
        Value::Array(items) if !items.is_empty() && (!fits || indent == 0) => {
            text.push_str("[\n");
            for (number, item) in items.iter().enumerate() {
                pad(indent + 2, text);
                write(item, indent + 2, indent + 2, text);
                text.push_str(if number + 1 < items.len() { ",\n" } else { "\n" });
            }
            pad(indent, text);
            text.push(']');
        }
        // The cases themselves always stand member by member.
        Value::Object(members) if !members.is_empty() && (!fits || indent == 2) => {
            text.push_str("{\n");
            for (number, (key, member)) in members.iter().enumerate() {
                pad(indent + 2, text);
                let key = format!("{}: ", Value::from(key.as_str()));
                text.push_str(&key);
                write(member, indent + 2, indent + 2 + key.chars().count(), text);
                text.push_str(if number + 1 < members.len() { ",\n" } else { "\n" });
            }
            pad(indent, text);
            text.push('}');
        }
        _ => text.push_str(&line),
    }
}

fn pad(columns: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', columns));
}

fn inline(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(key, member)| format!("{}: {}", Value::from(key.as_str()), inline(member)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}
