//! `ironbridge mcp`: the tools for MCP clients, over stdin and stdout.

use ironbridge_bridge::{Allowed, McpSettings, serve_mcp};

use crate::arguments::{Global, Mcp};
use crate::error::Error;
use crate::stop::Signals;
use crate::{folders, logging, runtime, tool_table};

/// Where tools keep what they must, in the data folder.
const STATE_FOLDER: &str = "tools";

/// Serves the client that started this process, until it closes stdin or a signal comes.
pub(crate) fn run(asked: &Mcp, global: &Global) -> Result<(), Error> {
    logging::start_quietly(global);
    let settings = settings(asked, global)?;
    runtime::block_on(async {
        let mut signals = Signals::listen()
            .map_err(|error| Error::failure("cannot catch signals").caused_by(&error))?;
        let stop = async move {
            let signal = signals.next().await;
            tracing::info!(signal, "stopping");
        };
        let served = serve_mcp(settings, tokio::io::stdin(), tokio::io::stdout(), stop).await;
        served.map_err(|error| Error::failure("cannot serve").caused_by(&error))
    })
}

fn settings(asked: &Mcp, global: &Global) -> Result<McpSettings, Error> {
    let here = std::env::current_dir()
        .map_err(|error| Error::failure("there is no current folder").caused_by(&error))?;
    let data = folders::data_of(global)
        .ok_or_else(|| Error::usage("there is no data folder").hint("name one with --data-dir"))?;
    Ok(McpSettings {
        tools: tool_table::tools(&[]),
        project: here.join(asked.root.as_deref().unwrap_or(&here)),
        roots_of_client: asked.root.is_none(),
        state: data.join(STATE_FOLDER),
        allowed: Allowed { write: asked.allow_write, shell: asked.allow_shell },
    })
}
