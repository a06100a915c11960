//! Patches in the format of `apply_patch`: lenient to read, exact to apply.
//!
//! ```
//! use ironbridge_tools::patch::{Action, parse};
//!
//! let hunks = parse("*** Begin Patch\n*** Update File: a.txt\n@@\n-old\n+new\n*** End Patch")?;
//! assert_eq!(hunks[0].path, "a.txt");
//! assert!(matches!(&hunks[0].action, Action::Update { chunks, .. } if chunks.len() == 1));
//! # Ok::<(), ironbridge_tools::patch::SyntaxError>(())
//! ```
//!
//! [`Parser`] reads a patch while a model still writes it; [`apply`] changes a text in memory; [`patch()`] does so with
//! files, all of them or none.

mod apply;
mod equal;
mod error;
mod hunk;
mod lines;
mod marker;
mod miss;
mod parse;
mod plan;
mod seek;
mod tool;

pub use apply::{Applied, Placed, Refusal, apply};
pub use equal::Pass;
pub use error::{HunkCause, HunkFailure, PatchError};
pub use hunk::{Action, Chunk, Hunk, Line, LineKind};
pub use miss::{Differs, Miss, Nearest, Why};
pub use parse::{Parser, SyntaxError, parse};
pub use tool::{Input, Output, PatchedFile, Status, patch};

use crate::{Effect, Tool};

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![Tool::new("patch", Effect::Writes, patch)]
}
