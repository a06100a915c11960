//! The native listener: HTTP/1.1, HTTP/2 and WebSockets from sockets of its own, without JavaScript.
//!
//! ```text
//!  the listener's thread (tokio, one thread)                     the loop's thread
//!  accept ─▶ connection (hyper) ─▶ serve: request ─▶ desk ─ records ─▶ dispatch ─▶ Connection
//!                        ▲                     reply ◀─ slot ◀─ desk ◀─ records ◀─ line ◀─ send()
//! ```
//!
//! To the loop it is one more line, as a JavaScript thread is: requests and replies are the same records, go in the same
//! batches and have the same limits. So there is one way through the host, and what holds for it behind `node:http` holds
//! here.

mod accept;
mod control;
mod desk;
mod executor;
mod on_loop;
mod options;
mod reactor;
mod reply;
mod serve;
mod socket;
mod text;
mod tls;

pub(crate) use control::{Listener, join_ended, start};
pub(crate) use on_loop::OnLoop;
