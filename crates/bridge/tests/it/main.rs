//! The servers on a wire of our own: what a client sees, line by line.
#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test ends at the first surprise, and `check(input, expect![…])` reads best so"
)]

mod mcp;
mod wire;
