//! Ours: the release binary with a provider that speaks chat completions. The ring of records is always on.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::{Peer, Setup, no_headers};

pub(super) const PEER: Peer = Peer {
    name: "ironbridge",
    forwards: true,
    translates: true,
    counts_tokens: true,
    model_prefix: "",
    headers: no_headers,
    version: |setup| {
        let mut command = Command::new(setup.ironbridge);
        command.arg("--version");
        command
    },
    start_limit: Duration::from_secs(10),
    command,
};

fn command(setup: &Setup) -> Result<Command> {
    let config = format!(
        r#"[server]
listen = "127.0.0.1:{port}"

# Room for the cases with thousands of connections; nginx has as much.
[limits]
connections_max = 8192
concurrency_max = 4096

[[provider]]
name = "mock"
kind = "openai"
base_url = "http://{mock}/v1"
credential = {{ env = "MOCK_KEY" }}
api = ["chat"]

[provider.pool]
connections_max = 4096
idle_max = 256
"#,
        port = setup.port,
        mock = setup.mock,
    );
    let config = setup.write("config.toml", &config)?;
    let mut command = setup.command(setup.ironbridge);
    command.arg("start").arg("--config").arg(config).args(["--log-level", "warn"]);
    command.env("IRONBRIDGE_HOME", &setup.folder).env("MOCK_KEY", "sk-mock");
    if let Some(workers) = setup.workers {
        // Read by tokio itself.
        command.env("TOKIO_WORKER_THREADS", workers.to_string());
    }
    Ok(command)
}
