//! What a front end and the agent say to each other, and how a session is written down.
//!
//! ```
//! use ironbridge_session::{Entry, EntryBody, Origin, Transcript, UserPart};
//!
//! let mut transcript = Transcript::default();
//! let parts = vec![UserPart::text("hello")];
//! let said = EntryBody::User { turn: 1, parts, origin: Origin::User };
//! transcript.apply(&Entry { at: 0, body: said.clone() });
//! let line = serde_json::to_string(&Entry { at: 0, body: said })?;
//! assert_eq!(line, r#"{"at":0,"type":"user","turn":1,"parts":[{"type":"text","text":"hello"}]}"#);
//! assert_eq!(transcript.view().len(), 1);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! | Direction | Type |
//! |---|---|
//! | front end → agent | [`Operation`]: a prompt, an interrupt, an answer to a question |
//! | agent → front end | [`Event`]: items as they grow, questions, waits, the end of a turn |
//! | agent → file | [`Entry`]: one line of JSON for each thing that happened |
//! | file → agent | [`Transcript`]: the fold of the entries, and the view of it that a model is sent |
//!
//! # Why so
//!
//! A front end that missed deltas is still right: the item that completes is whole. A transcript is only ever appended
//! to; undo and compaction are entries like any other, so nothing that happened is lost. All types are plain data with
//! one JSON form, which headless runs print and editors speak.
//!
//! # What it does not do
//!
//! No I/O, no clock, no ids of its own making: times are milliseconds since 1970 and come in.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")
)]

mod approval;
mod ending;
mod entry;
mod event;
mod item;
mod message;
mod mode;
mod operation;
mod transcript;
mod usage;

pub use approval::{AllowRule, Answer, Approval, Choice, Question, Scope};
pub use ending::{EndReason, RunResult};
pub use entry::{ENTRY_VERSION, Entry, EntryBody, Parent};
pub use event::Event;
pub use item::{CallStatus, Item, ItemBody};
pub use message::{Message, Origin, ReplyPart, ResultStatus, ToolResult, UserPart};
pub use mode::Mode;
pub use operation::Operation;
pub use transcript::{Compacted, Transcript, Turn, check_view};
pub use usage::Usage;
