//! LiteLLM's proxy, from PyPI: one worker, no telemetry, no retries, its price map from the package.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::{Peer, Setup, no_headers};

pub(super) const PEER: Peer = Peer {
    name: "litellm",
    forwards: true,
    translates: true,
    counts_tokens: true,
    model_prefix: "",
    headers: no_headers,
    version: |setup| {
        let mut command = Command::new(setup.installed.join("venv/bin/python"));
        command.args(["-c", "from importlib.metadata import version; print(version('litellm'))"]);
        command
    },
    // It imports for ten seconds on an idle machine.
    start_limit: Duration::from_secs(180),
    command,
};

fn command(setup: &Setup) -> Result<Command> {
    let binaries = setup.installed.join("venv/bin");
    let program = binaries.join("litellm");
    ensure!(program.exists(), "not installed: there is no {}", program.display());
    let config = format!(
        r#"model_list:
  - model_name: "*"
    litellm_params: {{ model: "openai/*", api_base: "http://{mock}/v1", api_key: sk-mock }}
litellm_settings:
  telemetry: false
  num_retries: 0
  # Else messages go to /v1/responses, which the mock does not speak.
  use_chat_completions_url_for_anthropic_messages: true
"#,
        mock = setup.mock,
    );
    let config = setup.write("config.yaml", &config)?;
    let mut command = setup.command(program);
    command.arg("--config").arg(config).args(["--host", "127.0.0.1", "--num_workers", "1"]);
    command.args(["--telemetry", "False", "--port", &setup.port.to_string()]);
    command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True").env("LITELLM_LOG", "ERROR");
    // As ours: on loopback, without client keys.
    command.env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(binaries).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders)?);
    Ok(command)
}
