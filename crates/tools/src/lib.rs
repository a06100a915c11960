//! The tools of a coding agent: files, edits, search, shell, terminals, watching, git, archives, snapshots.
//!
//! ```
//! use ironbridge_tools::{Scope, Workspace};
//!
//! # let project = tempfile::tempdir()?;
//! # let state = tempfile::tempdir()?;
//! let workspace = Workspace::new(Scope::within(project.path())?, state.path());
//! assert!(workspace.scope().locate("../etc/passwd").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every tool is a blocking function that takes a [`Workspace`] (where, how much), its input, and a [`Control`] (until
//! when, stopped by whom). [`tools`] is the table of those that also have a JSON face.
//!
//! | Module | Holds |
//! |---|---|
//! | [`files`] | Files: read, write, create, changes of lines, and changes of several files, all or none of them |
//! | [`text`] | What is in a file: its encoding, its byte-order mark, its line endings, its hash |
//! | [`edit`] | Replacing text that a model remembers not quite exactly: nine strategies behind guards |
//! | [`patch`] | Patches in the format of `apply_patch`: lenient to read, exact to apply |
//! | [`snapshot`] | Copies of files before they are touched, by content, to see and undo what was done |
//! | [`search`] | Looking through a tree once: glob, grep, list, tree |
//! | [`find`] | Looking through a tree again and again: an index that stays, fuzzy queries answered from it |
//! | [`shell`] | Commands: what one would touch, and running it so that it ends |
//! | [`policy`] | Rules of what is allowed, refused, or asked |
//! | [`pty`] | Terminals: programs that want one, kept between calls |
//! | [`watch`] | Changes in a tree, told as they happen |
//! | [`vcs`] | Git: state, differences, staging, commits, branches, worktrees |
//! | [`archive`] | Archives in and out: zip, tar, tar.gz, tar.zst |
//! | [`system`] | The machine and this process in figures, and locks between processes |
//!
//! # What it does not do
//!
//! No models, no tokio, no network, no terminal of its own. It reads neither environment nor home folder: what depends
//! on them is an argument.

// Unsafe code stands only where a module says why: what runs between fork and exec has no safe form.
pub mod archive;
pub mod edit;
pub mod files;
pub mod find;
pub mod limits;
pub mod patch;
pub mod policy;
pub mod pty;
pub mod search;
pub mod shell;
pub mod snapshot;
pub mod system;
pub mod text;
pub mod vcs;
pub mod watch;

mod control;
mod failure;
#[cfg(unix)]
mod process;
mod scope;
mod table;
mod tool;
mod workspace;

pub use control::{Cancel, Control, Registration, Stopped};
pub use failure::{Coded, Failure};
pub use limits::Limits;
pub use scope::{Folder, Location, Scope, ScopeError};
pub use table::tools;
pub use tool::{Effect, Tool, read_text};
pub use workspace::{Confinement, Workspace};

/// The same cases on every run, and no files of past failures: a case found is written as a test.
#[cfg(test)]
fn property_config() -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0x0001_F00D), ..Config::default() }
}
