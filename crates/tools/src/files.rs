//! Files: read, write, create, changes of lines, and changes of several files that happen together or not at all.

use crate::Tool;

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![]
}
