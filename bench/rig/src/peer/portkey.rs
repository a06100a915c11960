//! Portkey's open gateway, from npm. Whom it asks stands in the headers of each request.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::{Peer, Setup, version_of_npm};

pub(super) const PEER: Peer = Peer {
    name: "portkey",
    forwards: true,
    translates: true,
    counts_tokens: false,
    model_prefix: "",
    headers,
    version: |setup| version_of_npm(setup, "@portkey-ai/gateway"),
    start_limit: Duration::from_secs(60),
    command,
};

fn headers(setup: &Setup) -> Vec<(&'static str, String)> {
    vec![
        ("x-portkey-provider", "openai".to_owned()),
        ("x-portkey-custom-host", format!("http://{}/v1", setup.mock)),
    ]
}

fn command(setup: &Setup) -> Result<Command> {
    let script = "node/node_modules/@portkey-ai/gateway/build/start-server.js";
    let script = setup.installed.join(script);
    ensure!(script.exists(), "not installed: there is no {}", script.display());
    let mut command = setup.command("node");
    command.arg(script).arg("--headless").arg(format!("--port={}", setup.port));
    command.env("NODE_ENV", "production");
    Ok(command)
}
