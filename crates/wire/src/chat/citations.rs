//! Citations of web pages: the one kind of annotation that chat has.

use serde_json::{Value, json};

/// A citation of any dialect as a chat annotation; `None` where chat has no such kind.
///
/// `offset` is added to its places, in characters: the texts of several parts become one.
pub(super) fn to_annotation(citation: &Value, offset: u64) -> Option<Value> {
    // Chat nests the members of a citation, responses has them flat.
    let members = match citation.get("url_citation") {
        Some(nested) => nested,
        None if citation.get("type")? == "url_citation" => citation,
        None => return None,
    };
    let place =
        |key: &str| members.get(key).and_then(Value::as_u64).unwrap_or(0).saturating_add(offset);
    Some(json!({"type": "url_citation", "url_citation": {
        "start_index": place("start_index"),
        "end_index": place("end_index"),
        "url": members.get("url")?,
        "title": members.get("title").cloned().unwrap_or_else(|| "".into()),
    }}))
}
