//! Names and ids that Anthropic takes.

use crate::digest::mark;
use crate::memo::Memo;

/// The longest tool name, in characters (`^[a-zA-Z0-9_-]{1,128}$`, the API's own error text).
const TOOL_NAME_CHARS_MAX: usize = 128;

fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The name under which a tool goes up; one that does not fit is shortened and put back in the reply.
pub(super) fn tool_name(name: &str, memo: &mut Memo) -> String {
    let fits = (1..=TOOL_NAME_CHARS_MAX).contains(&name.len()) && name.chars().all(plain);
    if fits { name.to_owned() } else { memo.short_name(name) }
}

/// The id under which a call and its result go up (`^[a-zA-Z0-9_-]+$`).
///
/// Some chat servers make ids like `functions.read:0`. Such a one is written over, the same way for the call and for
/// its result; nothing comes back under it.
pub(super) fn call_id(id: &str) -> String {
    if !id.is_empty() && id.chars().all(plain) {
        return id.to_owned();
    }
    const MARK_CHARS: usize = 8;
    let mut plain_id: String = id.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    plain_id.push('_');
    plain_id.push_str(&mark(id, MARK_CHARS));
    plain_id
}
