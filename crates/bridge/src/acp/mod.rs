//! The agent for editors: the Agent Client Protocol, version 1.
//!
//! ```text
//!  editor ─ session/prompt ─▶ Session ─ Operation ─▶ agent
//!         ◀─ session/update ── Telling ◀── Event ─────┘
//!         ◀─ request_permission ─▶ Answer
//! ```
//!
//! Each session is an agent of its own with a task that carries its events out, in their order; so sessions go on side
//! by side, and what is told of a turn is told before its prompt is answered. An interrupt is the engine's: it ends a
//! turn whatever hangs, and the prompt is answered `cancelled`.

mod asking;
mod bounds;
mod changes;
mod content;
mod history;
mod options;
mod preview;
mod service;
mod session;
mod shape;
mod telling;
mod tools;

use crate::rpc;
use ironbridge_agent::{Model, Secrets, Store};
use ironbridge_session::Mode;
use service::Editor;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// What every session of an editor is made of.
#[derive(Clone, Debug)]
pub struct AcpSettings {
    /// The model to ask.
    pub model: Model,
    /// A folder for snapshots and long outputs.
    pub state: PathBuf,
    /// The data folder, where rules of projects are kept.
    pub data: PathBuf,
    /// All sessions.
    pub store: Store,
    /// The folder with what a person tells every project.
    pub config: Option<PathBuf>,
    /// What `~` in a command stands for.
    pub home: Option<String>,
    /// What is masked in what tools give.
    pub secrets: Secrets,
    /// The mode of new sessions.
    pub mode: Mode,
    /// How often the model is asked in one turn at most.
    pub model_calls_max: u64,
}

/// Serves one editor until it closes the input, no longer reads the output, or `stop` is over. Then turns under way are
/// interrupted, what they run is ended, and the sessions are on disk as they were.
///
/// # Errors
/// As the input says.
pub async fn serve(
    settings: AcpSettings,
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    rpc::serve(Arc::new(Editor::new(settings)), input, output, stop).await
}
