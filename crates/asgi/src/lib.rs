//! What the Node addon and the Python host share: two libraries of one build that find each other at run time.
//!
//! ```text
//!  crates/node                       crates/python (libironbridge_python.so)
//!  ───────────                       ───────────────────────────────────────
//!  dlopen, dlsym(TABLE_SYMBOL) ────▶ HostTable: start · open_line · ask · take · close_line · rest
//!  ask(line, records) ─────────────▶ queue of the loop thread
//!  take(line) ◀─ notify(context) ─── what the loop told since the last time
//! ```
//!
//! A *line* joins one JavaScript thread with the host. Over it go [`Record`]s, both ways, as many as there are at a time:
//! requests and parts of their bodies one way ([`Ask`]), heads and parts of replies the other ([`Tell`]). The addon passes
//! them through unread; `packages/node/src/asgi/records.ts` is their other end.
//!
//! ```
//! use ironbridge_asgi::{Record, Records, Tell, Writer};
//!
//! let mut writer = Writer::default();
//! let head = Record { number: 200, text: b"content-type\0text/plain", body: b"Hello", ..Record::of(Tell::Head as u8, 7) };
//! writer.push(&head);
//! let records: Result<Vec<_>, _> = Records::of(writer.bytes()).collect();
//! assert_eq!(records.unwrap(), [head]);
//! ```
//!
//! # Why so
//!
//! The host may not be linked: it needs a libpython that is only known at run time, and without Python the addon must load
//! all the same. Two Rust libraries that open one another share no allocator, no panic runtime and no layout of `std`'s
//! types; so nothing crosses here but `repr(C)` structs, numbers and [`Buffer`]s that bring their own way to be freed.
//! Records instead of a function per event, because a crossing into JavaScript costs as much as a small request: a batch of
//! them is one crossing. `docs/design/asgi.md` weighs it.
//!
//! # What it does not do
//!
//! No Python, no Node, no threads, no I/O.

// Unsafe code is what this crate is for: it is the border. Each block says why it is sound.
#![allow(unsafe_code, reason = "buffers and tables that cross between libraries")]

mod buffer;
mod limits;
mod record;
mod table;

pub use buffer::Buffer;
pub use limits::WebSocketLimits;
pub use record::{Ask, Malformed, Record, Records, Tell, Writer, flag};
pub use table::{Batch, HostTable, Line, Mismatch, Notify, Slice, TABLE_SYMBOL, TABLE_VERSION};
