//! The table of all tools: one row each.

use crate::Tool;

/// All tools with a JSON face, in the order of `docs/reference/tools.md`.
///
/// Terminals ([`crate::pty`]) have none: they live longer than a call.
pub fn tools() -> Vec<Tool> {
    vec![]
}
