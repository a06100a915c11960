//! The parts of a message's content and of a tool's output.

use crate::dialect::Dialect;
use crate::fields::{Fields, Reading, elements, kind};
use crate::part::{Body, Media, Part};
use crate::pointer::At;
use serde_json::Value;

/// Reads content that is one text or a list of parts.
pub(super) fn parts(content: At<Value>, reading: &Reading) -> Vec<Part> {
    let At { value, at } = content;
    match value {
        Value::String(text) => vec![Part::text(text, at)],
        Value::Array(items) => {
            elements(items, &at).into_iter().filter_map(|item| part(item, reading)).collect()
        }
        other => {
            let message = format!("expected a string or an array, found {}", kind(&other));
            reading.problem(&at, message);
            Vec::new()
        }
    }
}

fn part(item: At<Value>, reading: &Reading) -> Option<Part> {
    let at = item.at.clone();
    let mut fields = Fields::of(item.value, item.at, reading)?;
    let body = match fields.peek_str("type") {
        // `text` is chat's word; some clients of imitators send it.
        Some("input_text" | "output_text" | "text") => text(&mut fields),
        Some("refusal") => Body::Refusal(fields.required_string("refusal")),
        Some("input_image") => image(&mut fields)?,
        Some("input_file") => file(&mut fields)?,
        Some("input_audio") => audio(&mut fields)?,
        Some(_) => {
            let body = Body::Native { dialect: Dialect::Responses, value: fields.into_value() };
            return Some(Part::new(body, at));
        }
        None => {
            fields.required_string("type");
            return None;
        }
    };
    fields.ignore("type");
    fields.finish();
    Some(Part::new(body, at))
}

fn text(fields: &mut Fields<'_>) -> Body {
    let text = fields.required_string("text");
    fields.ignore("logprobs");
    let annotations = fields.take("annotations").map(|found| found.value);
    let citations = annotations.filter(|list| list.as_array().is_none_or(|list| !list.is_empty()));
    Body::Text { text, citations }
}

fn image(fields: &mut Fields<'_>) -> Option<Body> {
    let detail = fields.string("detail").map(|found| found.value);
    let url = fields.string("image_url").map(|found| Media::from_url(found.value));
    let file = fields.string("file_id").map(|found| Media::File(found.value));
    let Some(source) = url.or(file) else {
        fields.reading().problem(&fields.path("image_url"), "required unless `file_id` is given");
        return None;
    };
    Some(Body::Image { source, detail })
}

fn file(fields: &mut Fields<'_>) -> Option<Body> {
    let title = fields.string("filename").map(|found| found.value);
    let data = fields.string("file_data").map(|found| file_data(found.value, title.as_deref()));
    let url = fields.string("file_url").map(|found| Media::Url(found.value));
    let file = fields.string("file_id").map(|found| Media::File(found.value));
    let Some(source) = data.or(url).or(file) else {
        let at = fields.path("file_data");
        fields.reading().problem(&at, "required unless `file_url` or `file_id` is given");
        return None;
    };
    Some(Body::Document { source, title, context: None, citations: None })
}

/// `file_data` is a data URL; older clients send the base64 alone.
fn file_data(data: String, filename: Option<&str>) -> Media {
    if data.starts_with("data:") {
        return Media::from_url(data);
    }
    let extension = filename.and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    let mime = match extension {
        Some("txt" | "md") => "text/plain",
        _ => "application/pdf",
    };
    Media::Base64 { mime: mime.to_owned(), data }
}

fn audio(fields: &mut Fields<'_>) -> Option<Body> {
    let Some(mut audio) = fields.object("input_audio") else {
        fields.reading().problem(&fields.path("input_audio"), "required, but missing");
        return None;
    };
    let body = Body::Audio {
        format: audio.required_string("format"),
        data: audio.required_string("data"),
    };
    audio.finish();
    Some(body)
}
