//! Changes in a tree, told as they happen.

use crate::Tool;

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![]
}
