//! What a request may refer to that only the server of this dialect has.

use crate::invalid::{Invalid, Problem};
use crate::pointer::Pointer;
use serde_json::Value;

/// Refuses a request that leans on what an earlier server has stored, or that wants its reply stored and fetched later:
/// another dialect has no way at all to say it, and going on without would answer another question.
///
/// # Errors
/// Every such member and item at once, each with its pointer.
pub(crate) fn refuse_what_only_the_server_knows(document: &Value) -> Result<(), Invalid> {
    /// Members, and what to do instead.
    const MEMBERS: [(&str, &str); 3] = [
        (
            "previous_response_id",
            "is known to a responses server only; send the conversation itself as input",
        ),
        (
            "conversation",
            "is known to a responses server only; send the conversation itself as input",
        ),
        ("prompt", "is a template that only a responses server has; send its text as instructions"),
    ];
    let root = Pointer::root();
    let mut problems = Vec::new();
    for (key, why) in MEMBERS {
        if document.get(key).is_some_and(|value| !value.is_null()) {
            problems.push(Problem { path: root.key(key), message: why.to_owned() });
        }
    }
    if document.get("background").and_then(Value::as_bool) == Some(true) {
        let message = "only a responses server can answer later; ask again without it".to_owned();
        problems.push(Problem { path: root.key("background"), message });
    }
    let items = document.get("input").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (index, item) in items.iter().enumerate() {
        if is_reference(item) {
            problems.push(Problem {
                path: root.key("input").index(index),
                message: "refers to an item that only a responses server has; send the item itself"
                    .to_owned(),
            });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Invalid { problems }) }
}

/// Whether an input item stands for a stored one. Its `type` may be left out, so that only an id is there.
pub(super) fn is_reference(item: &Value) -> bool {
    match item.get("type").and_then(Value::as_str) {
        Some(kind) => kind == "item_reference",
        None => item.get("role").is_none() && item.get("id").is_some_and(Value::is_string),
    }
}
