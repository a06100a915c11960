//! What a request may refer to that only the server of this dialect has.

use crate::invalid::Invalid;
use crate::pointer::Pointer;
use serde_json::Value;

/// Refuses a request whose conversation the server keeps (`thread`): without it the new message alone would be sent, and
/// another question answered.
///
/// The SDKs' tool runners ask for a thread by themselves, and go on with the whole history when they are refused in the
/// words of [`crate::THREAD_UNSUPPORTED`] (anthropic 2.11.0, `lib/threads`).
///
/// # Errors
/// Names the member.
pub(crate) fn refuse_what_only_the_server_knows(document: &Value) -> Result<(), Invalid> {
    if document.get("thread").is_none_or(Value::is_null) {
        return Ok(());
    }
    Err(Invalid::one(
        Pointer::root().key("thread"),
        "is kept by Anthropic's own server only; send the whole conversation as messages",
    ))
}
