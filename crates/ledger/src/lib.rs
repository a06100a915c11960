//! The ledger: what happened between clients and providers, kept.
//!
//! ```
//! use ironbridge_ledger::{Address, By, Exchange, Filter, Store};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let address = Address::parse("sqlite:ironbridge.db", folder.path())?;
//! let mut store = Store::open(&address, false)?;
//! let exchange = Exchange { id: "req_1".into(), model: "m".into(), ..Exchange::default() };
//! assert_eq!(store.write(&[exchange.clone().into()])?, 1);
//! assert_eq!(store.write(&[exchange.into()])?, 0, "an id is written once");
//! let filter = Filter { by: Some(By::Model("m".into())), ..Filter::default() };
//! assert_eq!(store.list(&filter, None, 50)?.exchanges.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! | To | see |
//! |---|---|
//! | know what is kept of an exchange | [`Exchange`] |
//! | write and read | [`Store`], on a file of SQLite or on PostgreSQL ([`Address`]) |
//! | keep what happens while it happens | [`Ledger`]: a journal that is safe at once, a thread that writes |
//! | keep what was said, for a time, without secrets | [`Bodies`], [`Packed`], [`scrub()`] |
//! | keep client keys for all gateways | [`Store::change_keys`] |
//! | keep to budgets | [`Allowance`], [`Ledger::reserve`], [`Claim`] |
//! | copy the whole, or take it elsewhere | [`Address::back_up`], [`Store::export`] |
//! | price history anew | [`Store::reprice`] |
//! | forget what is old | [`Retention`], [`Store::upkeep`] |
//! | list, page by page | [`Filter`], [`Cursor`] |
//! | sum up | [`Store::sums`] by hour or day, [`Store::summaries`] of conversations and sessions |
//! | tell conversations apart | [`Digest`], [`link()`] |
//!
//! # Why one text for both databases
//!
//! SQLite and PostgreSQL understand the same `INSERT … ON CONFLICT … RETURNING` with values `$1, $2, …`. All statements
//! are written once in that common part, above a small trait; the same tests run on both. What differs (how
//! a transaction begins, what a column of bytes is called, which errors pass) stands in `sqlite` and `postgresql`.
//!
//! # What it does not know
//!
//! No HTTP, no dialect, no login. Prices come in as arguments; the time is that of the records. Everything blocks: who
//! calls decides on which thread.
#![forbid(unsafe_code)]

/// The SQL for two roles of PostgreSQL: one for gateways, and one that reads, but never what was said.
pub const GRANTS: &str = include_str!("grants.sql");

mod address;
mod backup;
mod bodies;
mod budget;
mod calendar;
mod conversations;
mod database;
mod entry;
mod exchange;
mod journal;
mod keys;
mod ledger;
mod link;
mod list;
mod postgresql;
mod presence;
mod private;
mod query;
mod reprice;
mod retention;
mod rollup;
mod schema;
mod scrub;
mod sqlite;
mod store;
mod summary;
mod sums;
mod transfer;
mod upkeep;
mod value;
mod writer;

pub use address::Address;
pub use backup::BackupError;
pub use bodies::{BODY_BYTES_MAX, Bodies, KeptBodies, Packed};
pub use budget::{Allowance, AllowanceError, Balance, Claim, Exhausted, Span, Unit};
pub use conversations::CONVERSATION_MAX;
pub use database::StoreError;
pub use entry::Entry;
pub use exchange::{Attempt, Cause, Change, Exchange};
pub use journal::{JournalError, JournalSettings};
pub use keys::KeyDocuments;
pub use ledger::{Ledger, LedgerSettings, OpenError, Status};
pub use link::{
    Anchor, AnchorKind, Digest, Hash, Link, Message, Origin, Part, Request, Role, Tie, TieKind,
    Trail, link,
};
pub use list::{By, Cursor, Filter, PAGE_MAX, Page};
pub use query::{LATENCIES_MAX, Latency, Neighbours, Prefix};
pub use reprice::{Cost, Repriced};
pub use retention::FORGOTTEN_AT_ONCE_MAX;
pub use rollup::{DAY_MS, Group, HOUR_MS, POINTS_MAX, Point, Range};
pub use scrub::scrub;
pub use store::Store;
pub use summary::{Summary, SummaryPage, Whole};
pub use sums::Sums;
pub use transfer::TransferError;
pub use upkeep::{Retention, Upkept};
