//! The machine and this process in figures, and locks between processes.

use crate::Tool;

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![]
}
