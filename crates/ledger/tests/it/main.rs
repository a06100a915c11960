//! The ledger's tests; those of the store run on both databases (`databases`).

#![allow(clippy::print_stdout, reason = "a test says when it is skipped")]

mod bodies;
mod databases;
mod journal;
mod link;
mod postgres_server;
mod sample;
mod store;
mod sums;
mod transfer;
