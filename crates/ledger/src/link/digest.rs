//! What is remembered of a request and its reply in order to tie it to others.

use super::text;
use crate::value::named;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashSet;

/// The first 16 bytes of a SHA-256.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Hash(pub [u8; 16]);

impl Hash {
    /// Hashes parts, each with its length, so that none can pass for another's end.
    fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut hash = Hash::default();
        hash.0.copy_from_slice(&hasher.finalize()[..16]);
        hash
    }
}

/// A request, as far as its conversation is concerned; the gateway makes it of any dialect.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// The texts of the system prompt.
    pub system: Vec<&'a str>,
    /// All messages in order.
    pub messages: Vec<Message<'a>>,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Whose it is.
    pub role: Role,
    /// Its parts in order; a plain text is one part.
    pub parts: Vec<Part<'a>>,
}

/// Whose a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The user's, tool results included.
    User,
    /// The model's.
    Assistant,
    /// The client's, between the others (`system`, `developer`): no part of the conversation, it comes and goes.
    System,
}

/// A part of a message or a reply.
#[derive(Clone, Debug)]
pub enum Part<'a> {
    /// Text.
    Text(&'a str),
    /// An image or another file: its media type, and its data or address.
    Media(&'a str, &'a [u8]),
    /// A call of a tool: id, name, and arguments as JSON.
    ToolUse(&'a str, &'a str, &'a str),
    /// A tool's result: the call's id, and the content as text or JSON.
    ToolResult(&'a str, &'a str),
    /// Anything else, by its name.
    Other(&'a str),
}

named! {
    /// By what a sub-agent or a compacted conversation finds where it comes from.
    pub enum AnchorKind {
        /// A reply calls `Task` or `Agent` with this prompt.
        #[default]
        OffersTask = "offers_task",
        /// A conversation begins with this as its only message.
        SeeksTask = "seeks_task",
        /// A reply is this summary.
        OffersSummary = "offers_summary",
        /// A conversation begins with this summary.
        SeeksSummary = "seeks_summary",
    }
}

impl AnchorKind {
    /// What it is tied to: the kind of the other side.
    pub(crate) fn opposite(self) -> Self {
        match self {
            AnchorKind::OffersTask => AnchorKind::SeeksTask,
            AnchorKind::SeeksTask => AnchorKind::OffersTask,
            AnchorKind::OffersSummary => AnchorKind::SeeksSummary,
            AnchorKind::SeeksSummary => AnchorKind::OffersSummary,
        }
    }
}

/// The hash of a prompt or of a summary's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Anchor {
    /// What it is.
    pub kind: AnchorKind,
    /// Its hash.
    pub hash: Hash,
}

/// What is remembered of an exchange to link it: hashes, no text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Digest {
    /// The exchange's id.
    pub id: String,
    /// Within what it may be tied: the domain, project or key. Nothing is tied across scopes.
    pub scope: String,
    /// When it began; it is tied only to what began earlier.
    pub began_ms: u64,
    /// All messages.
    pub own: Hash,
    /// The messages before the last turn of the model: those of the request that this one continues.
    pub parent: Option<Hash>,
    /// The messages before the turn before, for when one exchange between was not seen.
    pub grandparent: Option<Hash>,
    /// The system prompt, without what changes.
    pub system: Hash,
    /// How many messages counted.
    pub messages: u32,
    /// Prompts and summaries.
    pub anchors: Vec<Anchor>,
}

/// The most anchors of one exchange; a reply with more calls of `Task` is cut.
const ANCHORS_MAX: usize = 64;

/// The tools by which agents start others: Claude Code's, before and since 2.1.
const TASK_TOOLS: [&str; 2] = ["Task", "Agent"];

impl Digest {
    /// The digest of an exchange; `None` where there is no message to go by.
    ///
    /// `reply` is the whole reply's parts, empty where it was not whole. Takes as long as hashing all of it: about a
    /// millisecond per megabyte.
    #[must_use]
    pub fn of(
        (id, scope, began_ms): (&str, &str, u64),
        request: &Request<'_>,
        reply: &[Part<'_>],
    ) -> Option<Self> {
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
        Some(Digest {
            id: id.to_owned(),
            scope: scope.to_owned(),
            began_ms,
            own,
            parent: newest_first.next(),
            grandparent: newest_first.next(),
            system: system_hash(&request.system),
            messages: u32::try_from(messages.len()).unwrap_or(u32::MAX),
            anchors: anchors(request, messages.len(), reply),
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

fn system_hash(texts: &[&str]) -> Hash {
    let texts: Vec<String> = texts.iter().map(|text| text::of_system(text)).collect();
    let parts: Vec<&[u8]> =
        texts.iter().filter(|text| !text.is_empty()).map(String::as_bytes).collect();
    Hash::of(&parts)
}

/// The messages that count, each with its hash: no injected ones, no empty ones, and of those that repeat the id of a
/// tool's call or result only the first.
fn counting(messages: &[Message<'_>]) -> Vec<(Role, Hash)> {
    let (mut calls, mut results) = (HashSet::new(), HashSet::new());
    let mut counting = Vec::with_capacity(messages.len());
    for message in messages.iter().filter(|message| message.role != Role::System) {
        let repeats = message.parts.iter().any(|part| match part {
            Part::ToolUse(id, ..) => calls.contains(id),
            Part::ToolResult(id, _) => results.contains(id),
            _ => false,
        });
        if repeats {
            continue;
        }
        for part in &message.parts {
            match part {
                Part::ToolUse(id, ..) => calls.insert(*id),
                Part::ToolResult(id, _) => results.insert(*id),
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
        Part::Media(kind, data) => Hash::of(&[b"media", kind.as_bytes(), data]),
        Part::ToolUse(id, name, input) => {
            Hash::of(&[b"tool_use", id.as_bytes(), name.as_bytes(), input.as_bytes()])
        }
        Part::ToolResult(id, content) => {
            Hash::of(&[b"tool_result", id.as_bytes(), text::of_message(content).as_bytes()])
        }
        Part::Other(kind) => Hash::of(&[b"other", kind.as_bytes()]),
    })
}

/// All text of some parts.
fn text_of(parts: &[Part<'_>]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text::of_message(text)),
        _ => None,
    });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

fn anchors(request: &Request<'_>, counting: usize, reply: &[Part<'_>]) -> Vec<Anchor> {
    let mut anchors = Vec::new();
    let mut add = |kind, text: &str| {
        let anchor = Anchor { kind, hash: Hash::of(&[text.as_bytes()]) };
        if anchors.len() < ANCHORS_MAX && !anchors.contains(&anchor) {
            anchors.push(anchor);
        }
    };
    let mut users = request.messages.iter().filter(|message| message.role == Role::User);
    let first = users.next().map(|message| text_of(&message.parts)).unwrap_or_default();
    let last = users.next_back().map(|message| text_of(&message.parts));
    if counting == 1 && !first.is_empty() {
        add(AnchorKind::SeeksTask, &first);
    }
    for summary in text::summaries_sought(&first) {
        add(AnchorKind::SeeksSummary, &summary);
    }
    for part in reply {
        if let Part::ToolUse(_, name, input) = part
            && TASK_TOOLS.contains(name)
            && let Ok(input) = serde_json::from_str::<serde_json::Value>(input)
            && let Some(prompt) = input["prompt"].as_str()
        {
            add(AnchorKind::OffersTask, &text::of_message(prompt));
        }
    }
    let asked = request.system.iter().copied().chain([first.as_str()]).chain(last.as_deref());
    let summarises =
        asked.into_iter().any(|text| text::SUMMARISERS.iter().any(|words| text.contains(words)));
    let text = text_of(reply);
    if summarises || text.contains("<summary>") {
        for summary in text::summaries_offered(&text) {
            add(AnchorKind::OffersSummary, &summary);
        }
    }
    anchors
}
