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
//! # What it does not do
//!
//! No models, no tokio, no network, no terminal of its own. It reads neither environment nor home folder: what depends
//! on them is an argument.

// Unsafe code stands only where a module says why: what runs between fork and exec has no safe form.
mod control;
mod failure;
mod limits;
mod scope;
mod table;
mod tool;
mod workspace;

pub use control::{Cancel, Control, Registration, Stopped};
pub use failure::{Coded, Failure};
pub use limits::{EditLimits, Limit, Limits, ReadLimits};
pub use scope::{Folder, Location, Scope, ScopeError};
pub use table::tools;
pub use tool::{Effect, Tool};
pub use workspace::Workspace;

/// The same cases on every run, and no files of past failures: a case found is written as a test.
#[cfg(test)]
#[allow(dead_code, reason = "until the first property test")]
fn property_config() -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0x0001_F00D), ..Config::default() }
}
