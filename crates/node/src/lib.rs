//! The Node addon: the tools, tokens, dialects and rate limits of Ironbridge for JavaScript in Node and Bun.
//!
//! ```text
//!  packages/node/src/*.ts   typed functions, options, errors with `code`, AbortSignal
//!        │ one crossing per operation: name, JSON text, large texts beside it
//!  engine      start · cancel · taken · release        compute (pure functions, at once)   block (compat alone)
//!  operation   name → function; the table of tools
//!  pool        two lanes of threads                     outbox   one threadsafe function per JavaScript thread
//! ```
//!
//! Why so: state stays here and only questions and answers cross. An operation is asked for by its name, with its input as
//! JSON text and large texts beside it; its answer comes back the same way, pushed. So a new operation is a Rust function
//! and a typed one in TypeScript, and nothing between. `docs/design/node.md` weighs this against the other ways.
//!
//! A panic ends the call it happens in, with the code `panic`, and nothing else.
//!
//! # What it does not do
//!
//! No gateway, no models, no network. No promises and no AbortSignals: the wrapper has them. It reads neither environment
//! nor home folder; the wrapper says where things are.

// Unsafe code stands where N-API has no safe form: values of our own making, and keeping the event loop alive.
#![allow(unsafe_code, reason = "N-API is a C interface; each block says why it is sound")]
#![cfg_attr(test, allow(dead_code, reason = "in tests nothing is exported to JavaScript"))]

mod answer;
mod bucket;
mod commands;
mod dialects;
mod edits;
mod engine;
mod error;
mod failure;
mod files;
mod git;
mod indexes;
mod lists;
mod locks;
mod operation;
mod outbox;
mod paths;
mod place;
mod pool;
mod python;
mod repositories;
mod snapshots;
mod stats;
#[cfg(unix)]
mod terminals;
#[cfg(not(unix))]
#[path = "terminals_unsupported.rs"]
mod terminals;
mod tokens;
mod utf16;
mod watches;
