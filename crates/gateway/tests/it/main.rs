//! The gateway over real sockets: scripted upstreams behind it, a raw client before it.

#![allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")]

mod access;
mod anthropic_credentials;
mod billing_line;
mod bodies;
mod books;
mod budgets;
mod conversations;
mod cooling;
mod copilot;
mod cors;
mod door;
mod endpoints;
mod faults;
mod headers;
mod held;
mod keys;
mod ledger;
mod limits;
mod logins;
mod operator;
mod rates;
mod relay;
mod rig;
mod rules;
