//! Commands: what one would touch, and running it so that it ends.

use crate::Tool;

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![]
}
