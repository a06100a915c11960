//! JSON-RPC 2.0 over lines: one message a line, both ways, many requests in flight.
//!
//! ```text
//!  input ─ Lines ─▶ serve ─ Request ─▶ Service ─ Outcome ─▶ Peer ─▶ writer ─▶ output
//!                     │                   └─ notifications, requests of ours ─▲
//!                     └─ InFlight: who is answered once, who may be cancelled
//! ```
//!
//! What cannot be read is answered as such and skipped; the connection goes on. What is too much is answered as
//! [`OVERLOADED`]; nothing grows without a bound. When the input ends, what runs may end, then it is told to.

mod bounds;
mod in_flight;
mod lines;
mod message;
mod peer;
mod serve;

pub(crate) use message::{Id, Params, RpcError};
pub(crate) use peer::Peer;
pub(crate) use serve::{Outcome, Request, Service, Work, cancelled, serve};

/// The JSON is none.
pub(crate) const PARSE_ERROR: i64 = -32700;
/// The JSON is no message.
pub(crate) const INVALID_REQUEST: i64 = -32600;
/// There is no such method.
pub(crate) const METHOD_NOT_FOUND: i64 = -32601;
/// The parameters do not fit.
pub(crate) const INVALID_PARAMS: i64 = -32602;
/// We broke down.
pub(crate) const INTERNAL_ERROR: i64 = -32603;
/// Too much is in flight; the same request may be sent again.
pub(crate) const OVERLOADED: i64 = -32029;
