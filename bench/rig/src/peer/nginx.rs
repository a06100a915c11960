//! The floor: nginx forwards bytes, keeps connections to the upstream, and buffers no answer.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::{Peer, Setup, no_headers};

pub(super) const PEER: Peer = Peer {
    name: "nginx",
    forwards: true,
    translates: false,
    counts_tokens: false,
    model_prefix: "",
    headers: no_headers,
    version: |_| {
        let mut command = Command::new("nginx");
        command.arg("-v");
        command
    },
    start_limit: Duration::from_secs(10),
    command,
};

fn command(setup: &Setup) -> Result<Command> {
    let config = format!(
        "daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  # A body of 100 KB must not go through a file.
  client_body_buffer_size 1m;
  client_max_body_size 64m;
  tcp_nodelay on;
  upstream mock {{ server {mock}; keepalive 256; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    keepalive_requests 1000000;
    location / {{
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_buffering off;
    }}
  }}
}}
",
        mock = setup.mock,
        port = setup.port,
    );
    let config = setup.write("nginx.conf", &config)?;
    let mut command = setup.command("nginx");
    command.arg("-p").arg(&setup.folder).arg("-c").arg(config).args(["-e", "stderr"]);
    Ok(command)
}
