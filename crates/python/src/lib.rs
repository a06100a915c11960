//! The Python host: ASGI 3 applications on an event loop of their own, inside Node or Bun.
//!
//! ```text
//!  JavaScript threads           │  the loop's thread (the only one that holds the GIL)
//!                               │
//!  face::ask ─▶ runner: queue ──┼─▶ turn.wake (a reader of the loop) ─▶ dispatch ─▶ Connection, scope, Task
//!               one byte, once  │                                         app: receive() ─▶ waiting ─┐
//!  face::take ◀─ line: outbox ◀─┼── turn.flush (once a turn of the loop) ◀── app: send() ◀───────────┘
//! ```
//!
//! A WebSocket is a connection as a request is; [`frames`] speaks its protocol where its bytes come as they are. The native
//! [`listener`] is a line of its own, beside those of JavaScript.
//!
//! Everything goes both ways in batches: what comes in while the loop is busy waits in the queue and is one wake-up, what
//! applications send in one turn of the loop is one notice. `receive` and `send` are done at once where there is something
//! to give or room to take it; only else they wait, on a future of the loop's own.
//!
//! Hot things are Rust, cold ones (loading, lifespan, closing) are the 250 lines of Python in `host.py`.
//!
//! # Why so
//!
//! No thread but the loop's takes the GIL: a JavaScript thread that waited for it would stand still with its program. No
//! async runtime of Rust's stands between: a hop costs as much as a small request. Tasks are asyncio's own, so that
//! cancelling, timeouts, AnyIO and debuggers see what they know. `docs/design/asgi.md` weighs it, with figures.
//!
//! # What it does not do
//!
//! It finds no Python and no JavaScript: `ironbridge-node` does. It is not linked to libpython, whose symbols must be
//! there when this library is opened. No sub-interpreters, no free-threaded builds, no WSGI.

// Unsafe code stands at the borders: the C functions of the table, and what Python's stable interface has no safe form for.
#![allow(
    unsafe_code,
    reason = "a C interface on one side, Python's on the other; each block says why it is sound"
)]

mod application;
mod connection;
mod deflate;
mod dispatch;
mod event;
mod exchange;
mod face;
mod failure;
mod frames;
mod handshake;
mod heads;
mod http;
mod interpreter;
mod line;
mod listener;
mod proxies;
mod runner;
mod scope;
mod turn;
mod waiting;
mod websocket;
