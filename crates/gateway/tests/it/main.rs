//! The gateway over real sockets: scripted upstreams behind it, a raw client before it.

#![allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")]

mod books;
mod endpoints;
mod faults;
mod limits;
mod operator;
mod relay;
mod rig;
mod rules;
