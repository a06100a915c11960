//! The tools a model may call: what each is told as, what it can do, and how it runs.

mod commands;
mod edits;
mod explore;
mod file_op;
mod files;
mod git;
mod observed;
mod outcome;
pub(crate) mod patches;
mod place;
mod profile;
mod questions;
mod registry;
mod searches;
#[cfg(unix)]
mod shell_sessions;
mod tasks;
mod tool;
mod web;

pub use place::{Place, PlaceError};
pub use profile::Profile;
pub use registry::Registry;
pub use tool::{Effect, Ending, Running, Tool};
pub use web::fetch_tool;

pub(crate) use explore::explore_tool;
pub(crate) use questions::question;
pub(crate) use tasks::TASKS_TOOL;

/// The tool for commands that go on; what is asked about it depends on the action.
pub(crate) const SESSION_TOOL: &str = "shell_session";
/// The tool that gives what a skill says; its results stay in the context.
pub(crate) const SKILL_TOOL: &str = "skill";
