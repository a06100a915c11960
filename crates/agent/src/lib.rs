//! The coding agent: a model, tools, and a loop between them.
//!
//! ```text
//!  front end ─ Operation ─▶ driver ─ Input ─▶ engine (pure) ─ Effect ─▶ driver ─▶ model, tools, file
//!            ◀─ Event ────────────────────────────────────────────────────┘
//! ```
//!
//! ```
//! use ironbridge_agent::{Agent, AgentSettings, Model, Place};
//! use ironbridge_session::{EndReason, Event, Mode, Operation, UserPart};
//! use ironbridge_upstream::{Provider, ProviderKind, ProviderSettings, StaticCredentials};
//! use std::sync::Arc;
//! # let (project, state) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! let offline = ProviderSettings::new("offline", ProviderKind::Offline);
//! let credentials = Arc::new(StaticCredentials::of(std::slice::from_ref(&offline))?);
//! let provider = Arc::new(Provider::new(offline, credentials)?);
//! let model = Model::new(provider, "offline");
//! let place = Arc::new(Place::new(project.path(), state.path(), None)?);
//! let (agent, handle, mut events) = Agent::new(AgentSettings {
//!     mode: Some(Mode::AutoAccept),
//!     ..AgentSettings::new(model, place)
//! });
//! let call = r#"call write_file {"path": "hello.txt", "content": "hi"}"#;
//! handle.submit(Operation::Prompt { parts: vec![UserPart::text(call)] }).await;
//! let front_end = async {
//!     let _handle = handle;
//!     while let Some(event) = events.recv().await {
//!         if let Event::TurnEnded { reason, .. } = event {
//!             return assert_eq!(reason, EndReason::Completed);
//!         }
//!     }
//! };
//! tokio::join!(agent.run(), front_end);
//! assert_eq!(std::fs::read_to_string(project.path().join("hello.txt"))?, "hi");
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//! - [`engine`]: the turn loop as a pure state machine; its text has the picture of the states.
//! - `driver`: carries out what the engine says. `model`: a model at a provider, in any dialect. `tools`: what a model
//!   may call. `project`: what a project tells in files. `permission`: whether a call may run. `store`: sessions on disk. `arguments`: JSON as models write it.
//!   `calls`: calls that a model writes into its text.
//!
//! # Why so
//! `docs/design/agent.md` has the choices that were weighed. In short: what can be pure is, so that any order of
//! happenings can be tried; what a provider speaks is `wire`'s business; what a tool does is `tools`' business.
//!
//! # What it does not do
//! It knows no terminal and no gateway, reads no environment and no home folder, and prints nothing.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")
)]

mod arguments;
mod calls;
mod driver;
pub mod engine;
mod model;
mod permission;
mod project;
mod rules;
mod secrets;
mod shorten;
mod store;
mod system_prompt;
mod tools;

pub use driver::{Agent, AgentSettings, EVENTS_MAX, Handle, MODEL_CALLS_MAX, OPERATIONS_MAX};
pub use model::Model;
pub use project::{Command, Project, Skill};
pub use rules::ProjectRules;
pub use secrets::Secrets;
pub use store::{Listed, SessionFile, Store, StoreError};
pub use system_prompt::SystemText;
pub use tools::{Effect, Ending, Place, PlaceError, Profile, Registry, Running, Tool, fetch_tool};

/// The same cases on every run, and no files of past failures: a case found is written as a test.
#[cfg(test)]
fn property_config() -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0x0001_F00D), ..Config::default() }
}
