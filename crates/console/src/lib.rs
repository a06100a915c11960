//! The console: what an operator sees of a gateway, and does to it, over HTTP.
//!
//! | path | module | what |
//! |---|---|---|
//! | `/api/exchanges…` | `exchanges`, `bodies` | every exchange, newest first; one of them, what it cost and what was said |
//! | `/api/conversations…` | `conversations` | conversations, and each as a graph |
//! | `/api/sessions…` | `sessions`, `cache` | the sessions that live, and what the operator does to them; where one missed its prompt cache |
//! | `/api/overview`, `/api/windows` | `overview`, `windows` | sums over a range, and over the last five hours and seven days |
//! | `/api/prices` | `prices` | what models cost |
//! | `/api/accounts…`, `/api/keys…`, `/api/quotas`, `/api/settings` | `accounts`, `keys` | what the gateway is set up with |
//! | `/api/audit` | `audit` | what was done through all this |
//! | `/api/live` | `live` | all of it as it happens: server-sent events |
//! | `/api/sign-in`, `/api/sign-out`, `/api/viewer` | `sign_in` | a cookie for a token; who one is |
//! | `/api/openapi.json` | `openapi` | this table, for programs |
//! | `/dashboard` | `page` | the page that shows it, as `dashboard/` was built |
//!
//! ```no_run
//! use ironbridge_console::{Console, Hub, Ledger, Place};
//! use std::sync::Arc;
//!
//! # fn serve(place: Arc<dyn Place>, ledger: Ledger) -> axum::Router {
//! // what a gateway tells and lets be done: `Place`; what it is set up with: `Setup`
//! let hub = Arc::new(Hub::new());   // told of exchanges as they go: Hub::see
//! Console { place, hub, ledger, setup: None }.router()
//! # }
//! ```
//!
//! Why the board of sessions is kept here and not in the page: two pages, the terminal and a test then see the same, and
//! a page that comes late asks once. An event carries the whole row it changes, so that a lost one does no harm.
//!
//! It relays nothing and knows no gateway: what it needs of one is a [`Place`], and it is told of exchanges by
//! [`Hub::see`]. It writes nothing to a ledger.
#![forbid(unsafe_code)]
#![allow(unused_qualifications, reason = "utoipa writes paths in full")]

mod accounts;
mod asked;
mod audit;
mod board;
mod bodies;
mod cache;
mod conversations;
mod cost;
mod documents;
mod door;
mod exchanges;
mod failure;
mod guard;
mod hub;
mod keys;
mod ledger;
mod live;
mod openapi;
mod overview;
mod page;
mod page_of;
mod place;
mod prices;
mod search;
mod serve;
mod sessions;
mod setup;
mod sign_in;
mod surface;
mod windows;

pub use audit::DEEDS_MAX;
pub use board::{AGENTS_MAX, SESSIONS_MAX};
pub use documents::Phase;
pub use hub::{Hub, KEPT_EVENTS_MAX};
pub use ledger::{Ledger, Open};
pub use live::{HEARTBEAT, LISTENERS_MAX};
pub use openapi::document;
pub use place::{Held, Place, PlaceError, Rules};
pub use search::SCANNED_MAX;
pub use serve::serve;
pub use setup::{Account, ClientKey, Quota, QuotaSnapshot, Setup, SetupError, WantedKey};
pub use surface::Console;
