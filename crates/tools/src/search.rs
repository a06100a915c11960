//! Looking through a tree once: glob, grep, list, tree.
//!
//! All four walk with all threads ([`walk`]), leave out what is ignored ([`rules`]) and say how much of a match that
//! was, keep only the best results in memory, and give what they have when their time is up.

pub mod rules;
pub mod walk;

mod best;
mod entries;
mod error;
mod finder;
mod glob;
mod globs;
mod grep;
mod list;
mod report;
mod tree;

pub(crate) use entries::Entries;
pub(crate) use grep::grep_in;
pub(crate) use list::{list_in, list_raw_in};
pub(crate) use report::Place;
pub(crate) use walk::known::{Known, KnownEntry};

pub use best::Order;
pub use error::SearchError;
pub use finder::FoundFile;
pub use glob::{GlobInput, GlobOutput, glob};
pub use grep::{
    ByteRange, Case, GrepFile, GrepInput, GrepLine, GrepMode, GrepOutput, GrepTotals, grep,
};
pub use list::{ListInput, ListOutput, RawList, list, list_raw};
pub use report::{Coverage, IgnoredMatches, Skipped, SkippedPath};
pub use tree::{TreeEntry, TreeInput, TreeKind, TreeOutput, tree};

use crate::{Effect, Tool};

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new("glob", Effect::Reads, glob),
        Tool::new("grep", Effect::Reads, grep),
        Tool::new("list", Effect::Reads, list),
        Tool::new("tree", Effect::Reads, tree),
    ]
}
