//! Providers against real sockets.

mod answers;
mod cancel;
mod connections;
mod learning;
mod proxies;
mod setup;
mod timeouts;
mod tls;
