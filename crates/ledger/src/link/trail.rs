//! What a request alone says of its conversation; its reply, still awaited, adds little.

use super::digest::{ANCHORS_MAX, Anchor, AnchorKind, Hash, Message, Part, Request, Role, text_of};
use super::text;
use std::collections::HashSet;

/// The hashes of a request. Made apart from the [`Digest`](super::Digest), since a long request can be hashed while its
/// reply is awaited, and a reply is hashed in no time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trail {
    pub(crate) own: Hash,
    pub(crate) parent: Option<Hash>,
    pub(crate) grandparent: Option<Hash>,
    pub(crate) system: Hash,
    pub(crate) messages: u32,
    /// What the request begins with, as what a reply may have offered it.
    pub(crate) sought: Vec<Anchor>,
    /// Whether it asks for a summary of its conversation.
    pub(crate) asks_for_summary: bool,
}

impl Trail {
    /// The trail of a request; `None` where there is no message to go by. It costs a BLAKE3 over all its text.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Option<Self> {
        let messages = counting(&request.messages);
        if messages.is_empty() {
            return None;
        }
        let (mut before_turns, mut own) = (Vec::new(), Hash::default());
        let mut role_before = Role::User;
        for (index, (role, hash)) in messages.iter().enumerate() {
            if *role == Role::Assistant && role_before != Role::Assistant && index > 0 {
                before_turns.push(own);
            }
            own = Hash::of(&[&own.0, role_name(*role), &hash.0]);
            role_before = *role;
        }
        let mut newest_first = before_turns.into_iter().rev();
        let mut users = request.messages.iter().filter(|message| message.role == Role::User);
        let first = users.next().map(|message| text_of(&message.parts)).unwrap_or_default();
        let last = users.next_back().map(|message| text_of(&message.parts));
        Some(Trail {
            own,
            parent: newest_first.next(),
            grandparent: newest_first.next(),
            system: system_hash(request),
            messages: u32::try_from(messages.len()).unwrap_or(u32::MAX),
            sought: sought(&first, messages.len()),
            asks_for_summary: asks_for_summary(request, &first, last.as_deref()),
        })
    }
}

fn role_name(role: Role) -> &'static [u8] {
    match role {
        Role::User => b"user",
        Role::Assistant => b"assistant",
        Role::System => b"system",
    }
}

fn system_hash(request: &Request<'_>) -> Hash {
    let texts: Vec<String> = request.system.iter().map(|text| text::of_system(text)).collect();
    let parts: Vec<&[u8]> =
        texts.iter().filter(|text| !text.is_empty()).map(String::as_bytes).collect();
    Hash::of(&parts)
}

/// As what the first message may have been offered by a reply.
fn sought(first: &str, messages: usize) -> Vec<Anchor> {
    let anchor = |kind, text: &str| Anchor { kind, hash: Hash::of(&[text.as_bytes()]) };
    let mut sought = Vec::new();
    if messages == 1 && !first.is_empty() {
        sought.push(anchor(AnchorKind::SeeksTask, first));
    }
    let summaries = text::summaries_sought(first);
    sought.extend(summaries.iter().map(|text| anchor(AnchorKind::SeeksSummary, text)));
    sought.truncate(ANCHORS_MAX);
    sought
}

fn asks_for_summary(request: &Request<'_>, first: &str, last: Option<&str>) -> bool {
    let system = request.system.iter().map(AsRef::as_ref);
    system
        .chain([first])
        .chain(last)
        .any(|text| text::SUMMARISERS.iter().any(|words| text.contains(words)))
}

/// The messages that count, each with its hash: no injected ones, no empty ones, and of those that repeat the id of a
/// tool's call or result only the first.
fn counting(messages: &[Message<'_>]) -> Vec<(Role, Hash)> {
    let (mut calls, mut results) = (HashSet::new(), HashSet::new());
    let mut counting = Vec::with_capacity(messages.len());
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let repeats = message.parts.iter().any(|part| match part {
            Part::ToolUse(id, ..) => calls.contains(id.as_ref()),
            Part::ToolResult(id, _) => results.contains(id.as_ref()),
            _ => false,
        });
        if repeats {
            continue;
        }
        for part in &message.parts {
            match part {
                Part::ToolUse(id, ..) => calls.insert(id.as_ref()),
                Part::ToolResult(id, _) => results.insert(id.as_ref()),
                _ => false,
            };
        }
        let parts: Vec<Hash> = message.parts.iter().filter_map(part_hash).collect();
        if !parts.is_empty() {
            let parts: Vec<&[u8]> = parts.iter().map(|hash| &hash.0[..]).collect();
            counting.push((message.role, Hash::of(&parts)));
        }
    }
    counting
}

fn part_hash(part: &Part<'_>) -> Option<Hash> {
    Some(match part {
        Part::Text(text) => {
            let text = text::of_message(text);
            if text.is_empty() {
                return None;
            }
            Hash::of(&[b"text", text.as_bytes()])
        }
        Part::Media(kind, data) => Hash::of(&[b"media", kind.as_bytes(), data.as_bytes()]),
        Part::ToolUse(id, name, input) => {
            Hash::of(&[b"tool_use", id.as_bytes(), name.as_bytes(), input.as_bytes()])
        }
        Part::ToolResult(id, content) => {
            Hash::of(&[b"tool_result", id.as_bytes(), text::of_message(content).as_bytes()])
        }
        Part::Other(kind) => Hash::of(&[b"other", kind.as_bytes()]),
    })
}
