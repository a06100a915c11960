//! Citations of a text, here called annotations.

use crate::changes::Changes;
use crate::pointer::Pointer;
use serde_json::{Value, json};

const OWN: [&str; 4] = ["url_citation", "file_citation", "container_file_citation", "file_path"];

/// A citation in this dialect's form; `None` where it has none.
///
/// Chat nests the members of a URL citation one level deeper; here they stand beside the type.
pub(super) fn own_form(citation: Value) -> Option<Value> {
    let kind = citation.get("type")?.as_str()?;
    if kind == "url_citation"
        && let Some(nested) = citation.get("url_citation")
    {
        let number = |key: &str| nested.get(key).and_then(Value::as_u64).unwrap_or(0);
        let text = |key: &str| nested.get(key).and_then(Value::as_str).unwrap_or("");
        return Some(json!({
            "type": "url_citation",
            "start_index": number("start_index"),
            "end_index": number("end_index"),
            "url": text("url"),
            "title": text("title"),
        }));
    }
    OWN.contains(&kind).then_some(citation)
}

/// The citations of the text at `at` in this dialect's form. Those that have none are noted in one change.
pub(super) fn own_forms(
    citations: Option<Value>,
    at: &Pointer,
    changes: &mut Changes,
) -> Vec<Value> {
    let Some(Value::Array(citations)) = citations else { return Vec::new() };
    let count = citations.len();
    let own: Vec<Value> = citations.into_iter().filter_map(own_form).collect();
    if own.len() < count {
        changes.dropped(at, NO_COUNTERPART);
    }
    own
}

pub(super) const NO_COUNTERPART: &str =
    "its citations have no counterpart in the responses dialect";
