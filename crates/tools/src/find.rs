//! Looking through a tree again and again: an index that stays, fuzzy queries answered from it.
//!
//! ```
//! use ironbridge_tools::find::{FileIndex, FindOptions};
//! use ironbridge_tools::{Control, Scope, Workspace};
//!
//! # let (project, state) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! # std::fs::write(project.path().join("controller.rs"), "")?;
//! let workspace = Workspace::new(Scope::within(project.path())?, state.path());
//! let index = FileIndex::open(&workspace, ".", FindOptions::default())?;
//! index.wait_ready(&Control::unbounded())?;
//! let found = index.search("contorller", 10, &Control::unbounded())?;
//! assert_eq!(found[0].path, "controller.rs");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Paths lie in one piece of memory with the set of their letters beside them, so a query reads eight bytes of most and
//! nothing of its own is allocated for any. What is left is ranked by [`score`](Found::score): thousandths of a match
//! without gaps at the start of a word, more within the name, most for the name itself; of equal ones the shorter path
//! comes first. No file is read and nothing is asked of the system once the walk is over.

mod arena;
mod failure;
mod index;
mod letters;
mod list;
mod narrow;
mod query;
mod range;
mod scan;
mod score;
mod tool;
mod top;

pub use arena::IndexedKind;
pub use failure::FindError;
pub use index::{Figures, FileIndex, FindOptions, Found, Indexed, Searcher, Session, Update};
pub use list::{FoundItem, FuzzyList, fuzzy_search};
pub use range::ByteRange;
pub use tool::{FindInput, FindOutput, find};

use crate::{Effect, Tool};

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![Tool::new("find", Effect::Reads, find)]
}
