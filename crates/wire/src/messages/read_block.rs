//! Content blocks to parts: those of a request's messages, of tool results and of replies.

use crate::dialect::Dialect;
use crate::fields::{Fields, Reading, elements, kind};
use crate::part::{Body, Call, CallKind, Media, Part, ToolResult};
use crate::pointer::{At, Pointer};
use crate::seal::Seal;
use serde_json::Value;
use std::fmt;

/// Whose content is read: some blocks stand only in some places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    System,
    User,
    Assistant,
    ToolResult,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::System => "a system text",
            Place::User => "a user message",
            Place::Assistant => "an assistant message",
            Place::ToolResult => "a tool result",
        })
    }
}

/// The parts of a `content` member: a string stands for one text block.
pub(super) fn read_content(content: At<Value>, place: Place, reading: &Reading) -> Vec<Part> {
    match content.value {
        Value::String(text) => vec![Part::text(text, content.at)],
        Value::Array(blocks) => elements(blocks, &content.at)
            .into_iter()
            .filter_map(|block| read_block(block, place, reading))
            .collect(),
        other => {
            reading.problem(
                &content.at,
                format!("expected a string or an array of blocks, found {}", kind(&other)),
            );
            Vec::new()
        }
    }
}

fn read_block(block: At<Value>, place: Place, reading: &Reading) -> Option<Part> {
    let mut fields = Fields::of(block.value, block.at, reading)?;
    let kind = fields.peek_str("type").map(str::to_owned);
    let Some(kind) = kind else {
        fields.required_string("type");
        return None;
    };
    let allowed = match kind.as_str() {
        "tool_use" | "thinking" | "redacted_thinking" => place == Place::Assistant,
        "tool_result" => place == Place::User,
        _ => true,
    };
    if !allowed {
        reading.problem(fields.at(), format!("a {kind} block cannot stand in {place}"));
        return None;
    }
    let at = fields.at().clone();
    if is_native(&kind, &fields) {
        let body = Body::Native { dialect: Dialect::Messages, value: fields.into_value() };
        return Some(Part::new(body, at));
    }
    fields.ignore("type");
    let cache = fields.take("cache_control").map(|found| found.value);
    let body = match kind.as_str() {
        "image" => Some(Body::Image { source: read_media(&mut fields)?, detail: None }),
        "document" => read_document(&mut fields),
        "search_result" => Some(read_search_result(&mut fields)),
        "thinking" => Some(read_thinking(&mut fields)),
        "redacted_thinking" => {
            let data = fields.required_string("data");
            let seal = Seal::unpack(&data).unwrap_or(Seal::Redacted(data));
            Some(Body::Thinking { text: String::new(), seal: Some(seal) })
        }
        "tool_use" => Some(read_tool_use(&mut fields)),
        "tool_result" => Some(read_tool_result(&mut fields)),
        _ => Some(read_text(&mut fields)),
    };
    fields.finish();
    Some(Part { body: body?, cache, at })
}

/// Kinds that the neutral model does not have: server tools, containers, compaction and whatever comes next.
fn is_native(kind: &str, fields: &Fields<'_>) -> bool {
    let source = || fields.peek("source").and_then(|source| source.get("type")?.as_str());
    match kind {
        "text" | "search_result" | "thinking" | "redacted_thinking" | "tool_use"
        | "tool_result" => false,
        "image" => source().is_some_and(|source| !matches!(source, "base64" | "url" | "file")),
        "document" => source().is_some_and(|source| match source {
            "base64" | "url" | "file" | "text" => false,
            "content" => fields
                .peek("source")
                .and_then(|source| source.get("content"))
                .is_none_or(|content| texts(content).is_none()),
            _ => true,
        }),
        _ => true,
    }
}

/// The texts of a `content` that holds nothing but text, joined by line ends.
fn texts(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(blocks) => {
            let texts: Option<Vec<&str>> =
                blocks.iter().map(|block| block.get("text")?.as_str()).collect();
            Some(texts?.join("\n"))
        }
        _ => None,
    }
}

fn read_text(fields: &mut Fields<'_>) -> Body {
    Body::Text { text: fields.required_string("text"), citations: read_citations(fields) }
}

/// The citations of a text; an empty list says nothing.
fn read_citations(fields: &mut Fields<'_>) -> Option<Value> {
    let citations = fields.take("citations")?.value;
    let none = citations.as_array().is_some_and(Vec::is_empty);
    (!none).then_some(citations)
}

fn read_media(fields: &mut Fields<'_>) -> Option<Media> {
    let Some(mut source) = fields.object("source") else {
        fields.reading().problem(&fields.path("source"), "required, but missing");
        return None;
    };
    let media = match source.required_string("type").as_str() {
        "base64" => Media::Base64 {
            mime: source.required_string("media_type"),
            data: source.required_string("data"),
        },
        "url" => Media::Url(source.required_string("url")),
        "file" => Media::File(source.required_string("file_id")),
        "content" => Media::Text(
            source.take("content").and_then(|content| texts(&content.value)).unwrap_or_default(),
        ),
        _ => {
            source.ignore("media_type");
            Media::Text(source.required_string("data"))
        }
    };
    source.finish();
    Some(media)
}

fn read_document(fields: &mut Fields<'_>) -> Option<Body> {
    let in_chunks = fields.peek("source").and_then(|source| source.get("type")?.as_str());
    if in_chunks == Some("content") {
        fields.reading().changed(fields.at(), "the chunks of a document go on as one text");
    }
    let source = read_media(fields)?;
    Some(Body::Document {
        source,
        title: fields.string("title").map(|found| found.value),
        context: fields.string("context").map(|found| found.value),
        citations: fields.take("citations").map(|found| found.value),
    })
}

/// Other dialects have no search results, but they have documents.
fn read_search_result(fields: &mut Fields<'_>) -> Body {
    fields.reading().changed(fields.at(), "a search result goes on as a document");
    let content = Value::Array(
        fields.required_array("content").into_iter().map(|block| block.value).collect(),
    );
    Body::Document {
        source: Media::Text(texts(&content).unwrap_or_default()),
        title: fields.string("title").map(|found| found.value),
        context: Some(fields.required_string("source")),
        citations: fields.take("citations").map(|found| found.value),
    }
}

fn read_thinking(fields: &mut Fields<'_>) -> Body {
    let text = fields.required_string("thinking");
    let signature = fields.string("signature").map(|found| found.value);
    Body::Thinking { text, seal: signature.and_then(seal_of_signature) }
}

/// What a `signature` holds: Anthropic's own, another dialect's seal on its way through a client, or nothing.
pub(super) fn seal_of_signature(signature: String) -> Option<Seal> {
    if signature.is_empty() {
        return None;
    }
    Some(Seal::unpack(&signature).unwrap_or(Seal::Signature(signature)))
}

fn read_tool_use(fields: &mut Fields<'_>) -> Body {
    let (id, name) = (fields.required_string("id"), fields.required_string("name"));
    let input = match fields.take("input") {
        None => {
            fields.reading().problem(&fields.path("input"), "required, but missing");
            String::new()
        }
        Some(input) => {
            if !input.value.is_object() {
                fields.reading().problem(
                    &input.at,
                    format!("expected an object, found {}", kind(&input.value)),
                );
            }
            input.value.to_string()
        }
    };
    ignore_direct_caller(fields);
    Body::Call(Call { id, name, arguments: input, kind: CallKind::Function })
}

/// `caller` says who called: `direct` is the model itself, as in every other dialect.
fn ignore_direct_caller(fields: &mut Fields<'_>) {
    let caller = fields.peek("caller").and_then(|caller| caller.get("type")?.as_str());
    if caller == Some("direct") {
        fields.ignore("caller");
    }
}

fn read_tool_result(fields: &mut Fields<'_>) -> Body {
    let call_id = fields.required_string("tool_use_id");
    let parts = fields
        .take("content")
        .map(|content| read_content(content, Place::ToolResult, fields.reading()))
        .unwrap_or_default();
    let is_error = fields.bool("is_error").is_some_and(|found| found.value);
    Body::Result(ToolResult { call_id, parts, is_error, kind: CallKind::Function })
}

/// Reads the content of a whole reply.
pub(super) fn read_reply_content(content: Value, reading: &Reading) -> Vec<Part> {
    let at = Pointer::root().key("content");
    read_content(At { value: content, at }, Place::Assistant, reading)
}
