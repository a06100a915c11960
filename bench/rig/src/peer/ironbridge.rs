//! Ours: the release binary with a provider that speaks chat completions. The ring of records is always on, and every
//! request must show a client key.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::{Peer, Setup};

pub(super) const PEER: Peer = Peer {
    name: "ironbridge",
    forwards: true,
    translates: true,
    counts_tokens: true,
    model_prefix: "",
    headers,
    version: |setup| {
        let mut command = Command::new(setup.ironbridge);
        command.arg("--version");
        command
    },
    start_limit: Duration::from_secs(10),
    command,
};

/// Where the client key stands, within the peer's folder.
const KEY_FILE: &str = "client.key";

fn headers(setup: &Setup) -> Vec<(&'static str, String)> {
    let key = std::fs::read_to_string(setup.folder.join(KEY_FILE)).unwrap_or_default();
    vec![("authorization", format!("Bearer {}", key.trim()))]
}

/// Makes a client key: from then on the gateway wants one.
fn make_key(setup: &Setup) -> Result<()> {
    // A gateway is started several times in one folder, each time with a key of its own.
    let name = format!("bench-{}", setup.port);
    let mut command = Command::new(setup.ironbridge);
    command.args(["key", "new", "--name", &name]).env("IRONBRIDGE_HOME", &setup.folder);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "no client key can be made: {said}");
    setup.write(KEY_FILE, &String::from_utf8_lossy(&output.stdout)).map(drop)
}

fn command(setup: &Setup) -> Result<Command> {
    make_key(setup)?;
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
