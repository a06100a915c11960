//! Whether a request holds an image: Copilot wants to be told, and refuses images without that.

use serde_json::Value;

/// The types of parts that are images: messages, chat, responses.
const IMAGE_PARTS: [&str; 3] = ["image", "image_url", "input_image"];

/// Whether any part of a request's messages is an image, in any dialect.
pub(crate) fn holds_image(body: &[u8]) -> bool {
    // Most requests do not even hold the word, and are not read for it.
    if memchr::memmem::find(body, b"image").is_none() {
        return false;
    }
    let Ok(document) = serde_json::from_slice::<Value>(body) else { return false };
    ["messages", "input"].iter().filter_map(|list| document.get(list)).any(is_or_holds_image)
}

/// Images stand in messages, and within the results of tools.
fn is_or_holds_image(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_or_holds_image),
        Value::Object(part) => {
            let is_image = part.get("type").and_then(Value::as_str);
            is_image.is_some_and(|kind| IMAGE_PARTS.contains(&kind))
                || ["content", "output"]
                    .iter()
                    .filter_map(|key| part.get(*key))
                    .any(is_or_holds_image)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::holds_image;

    #[test]
    fn an_image_is_a_part_and_not_a_word() {
        let with = [
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:"}}]}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"image","source":{}}]}]}]}"#,
            r#"{"input":[{"role":"user","content":[{"type":"input_image","image_url":"x"}]}]}"#,
            r#"{"input":[{"type":"function_call_output","output":[{"type":"input_image"}]}]}"#,
        ];
        let without = [
            r#"{"messages":[{"role":"user","content":"an image_url"}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"\"type\":\"image\""}]}]}"#,
            r#"{"tools":[{"type":"image_generation"}],"messages":[{"content":"x"}]}"#,
            r#"{"input":"image"}"#,
            "image",
        ];
        for body in with {
            assert!(holds_image(body.as_bytes()), "{body}");
        }
        for body in without {
            assert!(!holds_image(body.as_bytes()), "{body}");
        }
    }
}
