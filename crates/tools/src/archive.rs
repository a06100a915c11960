//! Archives in and out: zip, tar, tar.gz, tar.zst.

use crate::Tool;

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![]
}
