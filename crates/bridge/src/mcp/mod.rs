//! The tools and files of a project as a server of the Model Context Protocol.
//!
//! | Offered | As |
//! |---|---|
//! | the tools that are allowed | `tools/list`, `tools/call`: input and output schemas, annotations, progress, cancelling |
//! | the files of the project | `resources/list`, `resources/read`: `file://` addresses, a template for any path |
//!
//! A tool that only reads is always allowed; those that change files or run commands when the one who started the
//! server said so. Nothing leaves the project: paths are judged by what they resolve to, and commands run in the
//! kernel's sandbox or not at all.

mod bounds;
mod call;
mod offer;
mod project;
mod resources;
mod result;
mod service;
mod shape;

use crate::rpc;
use ironbridge_tools::Tool;
use offer::Offer;
use project::Project;
use service::Server;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};

/// What a server is made of.
#[derive(Debug)]
pub struct McpSettings {
    /// All tools there are; those that are not allowed are not offered.
    pub tools: Vec<Tool>,
    /// The project's folder, which nothing leaves.
    pub project: PathBuf,
    /// Whether the folders that the client names (its roots) take the place of `project`.
    pub roots_of_client: bool,
    /// A folder outside the project for long outputs and snapshots.
    pub state: PathBuf,
    /// What may be done besides reading.
    pub allowed: Allowed,
}

/// What may be done besides reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Changing files of the project.
    pub write: bool,
    /// Running commands, in the sandbox.
    pub shell: bool,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum McpError {
    /// The project's folder cannot be worked in.
    #[error("cannot work in {}: {reason}", folder.display())]
    Project {
        /// The folder.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// The input broke off.
    #[error("reading from the client")]
    Input(#[source] std::io::Error),
}

/// Serves one client until it closes the input, no longer reads the output, or `stop` is over. What runs when the input
/// ends gets two seconds before it is cancelled. Lines over 64 MiB are refused; of 1,024 requests in flight eight run at
/// once.
///
/// Dropped instead of stopped, calls that run go on to their own limits.
///
/// # Errors
/// [`McpError`].
pub async fn serve(
    settings: McpSettings,
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
    stop: impl Future<Output = ()>,
) -> Result<(), McpError> {
    let McpSettings { tools, project, roots_of_client, state, allowed } = settings;
    let project = Project::open(&project, &state, roots_of_client)?;
    let server = Arc::new(Server::new(Arc::new(Offer::new(tools, allowed)), project));
    rpc::serve(server, input, output, stop).await.map_err(McpError::Input)
}
