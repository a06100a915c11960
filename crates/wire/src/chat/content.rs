//! Reads the `content` of a message.

use crate::dialect::Dialect;
use crate::fields::{Fields, Reading, elements, kind};
use crate::part::{Body, Media, Part};
use crate::pointer::At;
use serde_json::Value;

/// Reads a content: a text, or an array of parts. Part kinds that chat has only in some servers are kept as they are.
pub(super) fn read_content(found: At<Value>, reading: &Reading) -> Vec<Part> {
    match found.value {
        Value::String(text) => vec![Part::text(text, found.at)],
        Value::Array(items) => elements(items, &found.at)
            .into_iter()
            .filter_map(|item| read_part(item, reading))
            .collect(),
        other => {
            let message = format!("expected a string or an array, found {}", kind(&other));
            reading.problem(&found.at, message);
            Vec::new()
        }
    }
}

fn read_part(found: At<Value>, reading: &Reading) -> Option<Part> {
    let mut fields = Fields::of(found.value, found.at.clone(), reading)?;
    let body = match fields.peek_str("type") {
        None => {
            fields.required_string("type");
            return None;
        }
        Some("text") => {
            fields.ignore("type");
            Body::Text { text: fields.required_string("text"), citations: None }
        }
        Some("image_url") => {
            fields.ignore("type");
            read_image(&mut fields)?
        }
        Some("input_audio") => {
            fields.ignore("type");
            let mut audio = required_object(&mut fields, "input_audio")?;
            let body = Body::Audio {
                format: audio.required_string("format"),
                data: audio.required_string("data"),
            };
            audio.finish();
            body
        }
        Some("file") => {
            fields.ignore("type");
            read_file(&mut fields)?
        }
        Some("refusal") => {
            fields.ignore("type");
            Body::Refusal(fields.required_string("refusal"))
        }
        Some("thinking") => {
            fields.ignore("type");
            let text = fields.take("thinking").map(|found| thinking_text(&found.value));
            Body::Thinking { text: text.unwrap_or_default(), seal: None }
        }
        Some(_) => {
            let value = fields.into_value();
            return Some(Part::new(Body::Native { dialect: Dialect::Chat, value }, found.at));
        }
    };
    let cache = fields.take("cache_control").map(|found| found.value);
    fields.finish();
    Some(Part { body, cache, at: found.at })
}

/// A member that must be there and be an object.
pub(super) fn required_object<'r>(fields: &mut Fields<'r>, key: &str) -> Option<Fields<'r>> {
    if fields.peek(key).is_none() {
        fields.reading().problem(&fields.path(key), "required, but missing");
    }
    fields.object(key)
}

/// `image_url` is an object; some clients send the bare URL.
fn read_image(fields: &mut Fields<'_>) -> Option<Body> {
    if let Some(Value::String(_)) = fields.peek("image_url") {
        let source = Media::from_url(fields.required_string("image_url"));
        return Some(Body::Image { source, detail: None });
    }
    let mut image = required_object(fields, "image_url")?;
    let source = Media::from_url(image.required_string("url"));
    let detail = image.string("detail").map(|found| found.value);
    image.finish();
    Some(Body::Image { source, detail })
}

fn read_file(fields: &mut Fields<'_>) -> Option<Body> {
    /// What OpenAI takes bytes for that do not say what they are.
    const UNNAMED_MIME: &str = "application/pdf";
    let mut file = required_object(fields, "file")?;
    let title = file.string("filename").map(|found| found.value);
    let id = file.string("file_id").map(|found| found.value);
    let data = file.string("file_data").map(|found| found.value);
    let source = match (id, data) {
        (Some(id), None) => Media::File(id),
        (None, Some(data)) if data.starts_with("data:") => Media::from_url(data),
        (None, Some(data)) => Media::Base64 { mime: UNNAMED_MIME.to_owned(), data },
        _ => {
            let message = "expected either file_id or file_data";
            file.reading().problem(file.at(), message);
            return None;
        }
    };
    file.finish();
    Some(Body::Document { source, title, context: None, citations: None })
}

/// Mistral's thinking: a text, or an array of text parts.
pub(super) fn thinking_text(thinking: &Value) -> String {
    match thinking {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).collect::<String>()
        }
        _ => String::new(),
    }
}
