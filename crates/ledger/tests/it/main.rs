//! The ledger's tests; those of the store run on both databases (`databases`).

#![allow(clippy::print_stdout, reason = "a test says when it is skipped")]

mod backup;
mod bodies;
mod budget;
mod databases;
mod journal;
mod keys;
mod link;
mod presence;
mod query;
mod sample;
mod store;
mod sums;
mod transfer;
