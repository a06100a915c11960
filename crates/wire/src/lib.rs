//! The dialects of model servers, and every way between them.
//!
//! OpenAI chat completions, OpenAI responses and Anthropic messages say the same things in three ways. This crate
//! reads each into one neutral model and writes each from it, so that a fourth dialect is one module and not six more
//! translations:
//!
//! ```text
//!  request   client's JSON ─ json::parse ─▶ Value ─ <dialect>::read_request ─▶ Prompt ─ write_request ─▶ JSON
//!  reply     JSON ─ read_reply ─▶ Reply ─ Memo::restore ─▶ Reply ─ write_reply ─▶ client's JSON
//!  stream    bytes ─ sse ─▶ Frame ─ ReadStream ─▶ Event ─ restore, in_order ─▶ Event ─ WriteStream ─▶ bytes
//! ```
//!
//! ```
//! use ironbridge_wire::{Dialect, Target, translate_request};
//! let body = br#"{"model":"m","max_tokens":9,"top_k":5,"messages":[{"role":"user","content":"hi"}]}"#;
//! let translated = translate_request(body, Dialect::Messages, Dialect::Chat, &Target::default())?;
//! assert_eq!(translated.body["messages"][0]["content"], "hi");
//! assert_eq!(translated.changes.header(), "1; /top_k");
//! # Ok::<(), ironbridge_wire::Invalid>(())
//! ```
//!
//! Why so: what an encoder cannot say it must list in [`Changes`], since it is handed everything the decoder saw, and
//! what the decoder did not understand is listed as well: by `fields` in requests, by `unknown` in replies and streams. So
//! nothing is lost silently, by construction rather than by care.
//!
//! Between the same dialect nothing is read into the model: [`json::members`] sets single members in the client's own
//! bytes, and [`StreamTranslator`] passes frames on as they came.
//!
//! All of it is pure and synchronous. It knows no socket, clock, price or provider; those who know hand in a
//! [`Target`].
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::needless_pass_by_value, reason = "expectations are written where they are used")
)]

mod allowed_tools;
mod assembly;
mod changes;
mod chat;
pub mod date;
mod dialect;
mod digest;
mod effort;
pub mod embeddings;
mod error;
mod event;
mod event_reader;
mod fields;
mod in_order;
mod invalid;
pub mod json;
mod memo;
mod messages;
pub mod models;
mod part;
mod pointer;
mod prompt;
mod repeated;
mod reply;
mod responses;
mod seal;
pub mod sse;
mod stream;
mod tally;
mod text_reply;
mod translate;
mod unknown;
mod usage;
mod writing;

pub use assembly::Assembly;
pub use changes::{Carried, Change, Changes, HEADER_BYTES_MAX};
pub use dialect::Dialect;
pub use effort::{BUDGET_TOKENS_MIN, budget_of, effort_of};
pub use error::{ApiError, ErrorKind, THREAD_UNSUPPORTED};
pub use event::{Delta, Event, Opening};
pub use event_reader::EventReader;
pub use in_order::WAITING_BYTES_MAX;
pub use invalid::{Invalid, Problem};
pub use memo::{CUSTOM_ARGUMENT, Memo, TOOL_NAME_CHARS_MAX};
pub use part::{Body, Call, CallKind, Media, Part, ToolResult};
pub use pointer::{At, Pointer};
pub use prompt::{
    Format, Prompt, Reasoning, ReasoningMode, Role, Sampling, Tool, ToolChoice, ToolKind, Turn,
};
pub use reply::{Finish, Reply};
pub use seal::Seal;
pub use stream::{EventWriter, REPLY_BYTES_MAX, Step, StreamTranslator};
pub use tally::Tally;
pub use translate::{
    TranslatedReply, TranslatedRequest, read_count_tokens_request, read_reply, read_request,
    refuse_what_only_the_server_knows, translate_reply, translate_request, write_reply,
    write_request,
};
pub use usage::Usage;
pub use writing::Target;
