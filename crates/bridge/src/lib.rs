//! The agent and its tools for other programs: an MCP server, and an ACP agent for editors.
//!
//! ```
//! use ironbridge_bridge::{Allowed, McpSettings, serve_mcp};
//! use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
//! # let (project, state) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! let settings = McpSettings {
//!     tools: ironbridge_tools::tools(),
//!     project: project.path().to_owned(),
//!     roots_of_client: false,
//!     state: state.path().to_owned(),
//!     allowed: Allowed::default(),
//! };
//! let (server_end, client_end) = tokio::io::duplex(64 * 1024);
//! let (input, output) = tokio::io::split(server_end);
//! let client = async {
//!     let (answers, mut asks) = tokio::io::split(client_end);
//!     asks.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").await?;
//!     asks.shutdown().await?;
//!     let answer = BufReader::new(answers).lines().next_line().await?;
//!     assert_eq!(answer.as_deref(), Some(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#));
//!     Ok::<(), std::io::Error>(())
//! };
//! let (served, asked) = tokio::join!(serve_mcp(settings, input, output, std::future::pending()), client);
//! served?;
//! asked?;
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//! - `rpc`: JSON-RPC over lines, for both protocols: what may come in, how much of it, who answers.
//! - `mcp`: the tools and the files of a project as an MCP server.
//! - `acp`: the agent for editors; a session is an agent and a task that tells what it does.
//!
//! # Why so
//! `docs/design/bridge.md` has what was weighed. In short: a peer that sends half a message, a gigabyte, a thousand
//! requests or nothing more must cost it its own answers and nobody else anything; so the lines, their bounds and
//! what is in flight are one room here, and what a protocol means is another.
//!
//! # What it does not do
//! It knows no model, no terminal and no gateway, reads no environment, and writes to the output it was handed only.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::needless_pass_by_value, reason = "`check(input, expect![…])` reads best so")
)]

mod acp;
mod mcp;
mod rpc;

pub use acp::{AcpSettings, serve as serve_acp};
pub use mcp::{Allowed, McpError, McpSettings, serve as serve_mcp};
