//! What is remembered of a request and its reply in order to tie it to others.

use super::text;
use super::trail::Trail;
use crate::value::named;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The first 16 bytes of a BLAKE3: a long conversation is hashed with each of its requests.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Hash(pub [u8; 16]);

impl Hash {
    /// Hashes parts, each with its length, so that none can pass for another's end.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let mut hash = Hash::default();
        hash.0.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        hash
    }
}

/// A request, as far as its conversation is concerned; the gateway makes it of any dialect.
#[derive(Clone, Debug, Default)]
pub struct Request<'a> {
    /// The texts of the system prompt.
    pub system: Vec<Cow<'a, str>>,
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
    Text(Cow<'a, str>),
    /// An image or another file: its media type, and its data or address.
    Media(Cow<'a, str>, Cow<'a, str>),
    /// A call of a tool: id, name, and arguments as JSON.
    ToolUse(Cow<'a, str>, Cow<'a, str>, Cow<'a, str>),
    /// A tool's result: the call's id, and the content as text or JSON.
    ToolResult(Cow<'a, str>, Cow<'a, str>),
    /// Anything else, by its name.
    Other(Cow<'a, str>),
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
    /// The client's session, where it names one: of two that fit as well, the one of the same session is taken.
    pub session: Option<Hash>,
    /// How many messages counted.
    pub messages: u32,
    /// Prompts and summaries.
    pub anchors: Vec<Anchor>,
}

/// Which exchange a digest is of.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// Its id.
    pub id: &'a str,
    /// Within what it may be tied: nothing is tied across scopes.
    pub scope: &'a str,
    /// The client's session, where it names one.
    pub session: Option<&'a str>,
    /// When it began, in milliseconds since 1970.
    pub began_ms: u64,
}

/// The most anchors of one exchange; a reply with more calls of `Task` is cut.
pub(crate) const ANCHORS_MAX: usize = 64;

/// The tools by which agents start others: Claude Code's, before and since 2.1.
const TASK_TOOLS: [&str; 2] = ["Task", "Agent"];

impl Digest {
    /// The digest of an exchange; `None` where there is no message to go by.
    ///
    /// `reply` is the whole reply's parts, empty where it was not whole. See [`Trail`] for what it costs.
    #[must_use]
    pub fn of(origin: Origin<'_>, request: &Request<'_>, reply: &[Part<'_>]) -> Option<Self> {
        Trail::of(request).map(|trail| trail.into_digest(origin, reply))
    }
}

impl Trail {
    /// The digest of the exchange, once its reply is over.
    #[must_use]
    pub fn into_digest(self, origin: Origin<'_>, reply: &[Part<'_>]) -> Digest {
        let mut anchors = self.sought;
        for offered in offered(self.asks_for_summary, reply) {
            if anchors.len() < ANCHORS_MAX && !anchors.contains(&offered) {
                anchors.push(offered);
            }
        }
        Digest {
            id: origin.id.to_owned(),
            scope: origin.scope.to_owned(),
            began_ms: origin.began_ms,
            own: self.own,
            parent: self.parent,
            grandparent: self.grandparent,
            system: self.system,
            session: origin.session.map(|session| Hash::of(&[session.as_bytes()])),
            messages: self.messages,
            anchors,
        }
    }
}

/// All text of some parts.
pub(crate) fn text_of(parts: &[Part<'_>]) -> String {
    let texts = parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text::of_message(text)),
        _ => None,
    });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What a reply offers to requests to come: prompts of sub-agents, and a summary.
fn offered(asked_for_summary: bool, reply: &[Part<'_>]) -> Vec<Anchor> {
    let anchor = |kind, text: &str| Anchor { kind, hash: Hash::of(&[text.as_bytes()]) };
    let mut anchors = Vec::new();
    for part in reply {
        if let Part::ToolUse(_, name, input) = part
            && TASK_TOOLS.contains(&name.as_ref())
            && let Ok(input) = serde_json::from_str::<serde_json::Value>(input)
            && let Some(prompt) = input["prompt"].as_str()
        {
            anchors.push(anchor(AnchorKind::OffersTask, &text::of_message(prompt)));
        }
    }
    let says_summary =
        |part: &Part<'_>| matches!(part, Part::Text(text) if text.contains("<summary>"));
    if asked_for_summary || reply.iter().any(says_summary) {
        let summaries = text::summaries_offered(&text_of(reply));
        anchors.extend(summaries.iter().map(|text| anchor(AnchorKind::OffersSummary, text)));
    }
    anchors
}
