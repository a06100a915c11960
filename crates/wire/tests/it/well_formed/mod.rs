//! Whether a stream keeps the rules that the official SDKs of its dialect rely on
//! (`../shared/reference/gateway-peers.md` §6). Each check panics with what is wrong.

mod chat;
mod messages;
mod responses;

use crate::outcome::{Sent, events};
use ironbridge_wire::Dialect;

/// Checks a stream and gives its events.
pub(crate) fn check(dialect: Dialect, stream: &[u8]) -> Vec<Sent> {
    assert!(stream.ends_with(b"\n\n"), "a stream ends with a whole event");
    let sent = events(stream);
    match dialect {
        Dialect::Chat => chat::check(&sent),
        Dialect::Responses => responses::check(&sent),
        Dialect::Messages => messages::check(&sent),
    }
    sent
}
