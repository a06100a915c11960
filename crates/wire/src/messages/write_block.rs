//! Parts to content blocks, as far as requests and replies write them alike.

use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::memo::CUSTOM_ARGUMENT;
use crate::part::{Call, CallKind, Media};
use crate::pointer::Pointer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

pub(super) const CITATIONS: &str = "citations of another dialect";
pub(super) const NATIVE: &str = "only the provider it came from knows it";

/// A text block; `None` for text without a visible character, which Anthropic refuses.
///
/// Source: the API's "text content blocks must contain non-whitespace text".
pub(super) fn text_block(
    text: &str,
    citations: Option<Value>,
    at: &Pointer,
    changes: &mut Changes,
) -> Option<Value> {
    if text.trim().is_empty() {
        changes.dropped(at, "a text block must hold a visible character");
        return None;
    }
    Some(any_text_block(text, citations, at, changes))
}

/// A text block of a reply, whose clients take any text.
pub(super) fn any_text_block(
    text: &str,
    citations: Option<Value>,
    at: &Pointer,
    changes: &mut Changes,
) -> Value {
    let mut block = json!({ "type": "text", "text": text });
    if let Some(citations) = own_citations(citations, at, changes) {
        block["citations"] = citations;
    }
    block
}

fn own_citations(citations: Option<Value>, at: &Pointer, changes: &mut Changes) -> Option<Value> {
    let citations = citations?;
    let own = citations.as_array().is_some_and(|list| list.iter().all(is_own_citation));
    if !own {
        changes.dropped(at, CITATIONS);
    }
    own.then_some(citations)
}

/// Whether a citation is of this dialect: its types end in `_location`, those of OpenAI in `_citation` or `_path`.
pub(super) fn is_own_citation(citation: &Value) -> bool {
    citation.get("type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("_location"))
}

/// An image block without its cache mark.
pub(super) fn image_block(source: Media, at: &Pointer, changes: &mut Changes) -> Option<Value> {
    let source = match source {
        Media::Base64 { mime, data } => {
            // What many clients call it, and no registry does.
            let mime = if mime == "image/jpg" { "image/jpeg".to_owned() } else { mime };
            json!({ "type": "base64", "media_type": mime, "data": data })
        }
        Media::Url(url) => json!({ "type": "url", "url": url }),
        Media::File(id) => file_source(&id, at, changes)?,
        Media::Text(_) => {
            changes.dropped(at, "an image cannot be given as text");
            return None;
        }
    };
    Some(json!({ "type": "image", "source": source }))
}

/// A file id, if Anthropic issued it: its ids begin with `file_`, those of OpenAI with `file-`.
fn file_source(id: &str, at: &Pointer, changes: &mut Changes) -> Option<Value> {
    if !id.starts_with("file_") {
        changes.dropped(at, "a file id is known only to the provider that issued it");
        return None;
    }
    Some(json!({ "type": "file", "file_id": id }))
}

/// The members of a document besides its source.
pub(super) struct DocumentSettings {
    pub(super) title: Option<String>,
    pub(super) context: Option<String>,
    pub(super) citations: Option<Value>,
}

/// A document block without its cache mark. In base64 Anthropic takes PDF only, so text is unpacked.
pub(super) fn document_block(
    source: Media,
    settings: DocumentSettings,
    at: &Pointer,
    changes: &mut Changes,
) -> Option<Value> {
    let source = match source {
        Media::Base64 { mime, data } if mime == "application/pdf" => {
            json!({ "type": "base64", "media_type": mime, "data": data })
        }
        Media::Base64 { mime, data } => {
            let decoded =
                STANDARD.decode(data).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let Some(text) = decoded else {
                changes.dropped(at, format!("{mime}: only PDF and plain text can be sent"));
                return None;
            };
            if mime != "text/plain" {
                changes.changed(at, format!("{mime} goes on as plain text"));
            }
            text_source(&text)
        }
        Media::Url(url) => json!({ "type": "url", "url": url }),
        Media::File(id) => file_source(&id, at, changes)?,
        Media::Text(text) => text_source(&text),
    };
    let mut block = json!({ "type": "document", "source": source });
    if let Some(title) = settings.title {
        block["title"] = title.into();
    }
    if let Some(context) = settings.context {
        block["context"] = context.into();
    }
    if let Some(citations) = settings.citations {
        block["citations"] = citations;
    }
    Some(block)
}

fn text_source(text: &str) -> Value {
    json!({ "type": "text", "media_type": "text/plain", "data": text })
}

/// The member under which arguments go on that are not JSON at all.
const RAW_ARGUMENTS: &str = "raw_arguments";

/// The `input` of a call, which must be an object.
pub(super) fn input_of(call: &Call, at: &Pointer, changes: &mut Changes) -> Value {
    let of = |key: &str, value: Value| Value::Object(Map::from_iter([(key.to_owned(), value)]));
    let text = &call.arguments;
    match call.kind {
        CallKind::Custom => return of(CUSTOM_ARGUMENT, Value::from(text.as_str())),
        CallKind::Function if text.trim().is_empty() => return json!({}),
        CallKind::Function => {}
    }
    match serde_json::from_str::<Value>(text) {
        Ok(input @ Value::Object(_)) => input,
        Ok(Value::Null) => json!({}),
        Ok(other) => {
            changes.changed(at, "the arguments are no object and go on as its one member");
            of("arguments", other)
        }
        Err(_) => {
            changes.changed(at, "the arguments are not JSON and go on as text");
            of(RAW_ARGUMENTS, Value::from(text.as_str()))
        }
    }
}

/// The block of a native part, if it is this dialect's own.
pub(super) fn native_block(
    dialect: Dialect,
    value: Value,
    at: &Pointer,
    changes: &mut Changes,
) -> Option<Value> {
    match dialect {
        Dialect::Messages => Some(value),
        Dialect::Chat | Dialect::Responses => {
            changes.dropped(at, NATIVE);
            None
        }
    }
}

/// Sets `cache_control`.
pub(super) fn with_cache(mut block: Value, cache: Option<Value>) -> Value {
    if let (Some(cache), Value::Object(members)) = (cache, &mut block) {
        members.insert("cache_control".to_owned(), cache);
    }
    block
}
