//! The neutral stream: a reply as it grows.
//!
//! A well-formed stream is `Start (Open Delta* Close | Usage | Ping)* Finish Usage? End`, or is cut at any point by
//! one `Failed`, after which nothing follows. What is said of the reply as a whole (`ServiceTier`, `Usage`) may come
//! before `Start`, for dialects that say it with the beginning. Parts are numbered from 0 in the order in which they open; several may
//! be open at once (parallel tool calls of chat servers), and [`crate::in_order`] makes them follow one another for
//! dialects that cannot interleave.

use crate::dialect::Dialect;
use crate::error::ApiError;
use crate::part::CallKind;
use crate::reply::Finish;
use crate::seal::Seal;
use crate::usage::Usage;
use serde_json::Value;

/// One step of a streamed reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The reply begins. Comes before all parts and once.
    Start {
        /// The provider's id of the reply.
        id: String,
        /// The model that answers.
        model: String,
        /// Seconds since 1970; 0 where the dialect does not say.
        created: u64,
    },
    /// A part begins.
    Open {
        /// Its number, from 0, each used once.
        part: usize,
        /// What it will be.
        opening: Opening,
    },
    /// A part grows.
    Delta {
        /// The number of an open part.
        part: usize,
        /// By what.
        delta: Delta,
    },
    /// A part is whole.
    Close {
        /// The number of an open part.
        part: usize,
    },
    /// The latest count of tokens; each replaces the one before.
    Usage(Usage),
    /// The tier that serves the reply, as in [`Reply::service_tier`](crate::Reply::service_tier). Given out before
    /// `Start` where it is known by then, and again when the server says another.
    ServiceTier(String),
    /// Something is still alive at the other end.
    Ping,
    /// Why the reply ends. All parts are closed. Only `Usage`, `ServiceTier`, `Ping` and `End` may follow.
    Finish(Finish),
    /// The provider's own end mark was seen, or the stream ended after `Finish`. Comes last and once.
    End,
    /// The stream broke; nothing follows.
    Failed(ApiError),
}

/// What a part will be.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening {
    /// Text.
    Text,
    /// Reasoning.
    Thinking,
    /// A refusal in words.
    Refusal,
    /// A tool call; its arguments follow as deltas.
    Call {
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
        /// Which kind of tool.
        kind: CallKind,
    },
    /// A block that only one dialect has; closed at once or after native deltas.
    Native {
        /// The dialect it belongs to.
        dialect: Dialect,
        /// The block as it opened.
        value: Value,
    },
}

/// By what a part grows.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// More text, reasoning or refusal, by the part it belongs to.
    Text(String),
    /// The seal of a thinking part; comes once, at its end.
    Seal(Seal),
    /// More of a tool call's arguments: JSON text, or free text for a custom tool.
    Arguments(String),
    /// A citation or annotation of a text part, in the form of `dialect`.
    Citation {
        /// The dialect it is written in.
        dialect: Dialect,
        /// The citation as it was.
        value: Value,
    },
    /// A delta of a native part, as it was.
    Native(Value),
}
