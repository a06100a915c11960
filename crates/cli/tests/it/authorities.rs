//! `ca_file`: a server of a company's own, whose authority no public programme knows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::command::Home;
use crate::start::Running;

const REPLY: &str = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"well"},"finish_reason":"stop"}]}"#;

/// Starts a server that answers every request with [`REPLY`] while the test runs. Gives its port and its authority in
/// PEM form.
fn serve() -> (u16, String) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            // A client that does not trust us hangs up; that is what the test is about.
            let _ = answer(socket, &config);
        }
    });
    (port, root)
}

fn answer(socket: TcpStream, config: &Arc<ServerConfig>) -> std::io::Result<()> {
    let connection = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, socket));
    let (mut line, mut body_bytes) = (String::new(), 0);
    while stream.read_line(&mut line)? > 2 {
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            body_bytes = length.trim().parse().map_err(std::io::Error::other)?;
        }
        line.clear();
    }
    std::io::copy(&mut stream.by_ref().take(body_bytes), &mut std::io::sink())?;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let stream = stream.get_mut();
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{REPLY}", REPLY.len())?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// What a client gets, whole.
fn ask(gateway: &Running) -> String {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
    let (host, bytes) = (&gateway.address, body.len());
    let head = format!("POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\nconnection: close");
    let kind = format!("content-type: application/json\r\ncontent-length: {bytes}");
    let mut socket = TcpStream::connect(host).unwrap();
    write!(socket, "{head}\r\n{kind}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_server_is_reached_once_its_authority_is_named() {
    let (port, root) = serve();
    let (_, other) = serve();
    let config = |ca_file: &str| {
        format!(
            "[[provider]]\nname = \"own\"\nkind = \"openai\"\napi = [\"chat\"]\n\
             base_url = \"https://localhost:{port}/v1\"\n{ca_file}\n\
             [[route]]\nmatch = \"*\"\ntargets = [\"own\"]\n"
        )
    };
    let home =
        Home::with(&[("config.toml", &config("")), ("own.pem", &root), ("other.pem", &other)]);
    let mut gateway = Running::start(&home, &["--exit-after", "200"]);
    let take_over = |gateway: &mut Running, ca_file: &str, words: &str| {
        home.write("next.toml", &config(ca_file));
        std::fs::rename(home.path().join("next.toml"), home.path().join("config.toml")).unwrap();
        gateway.log_until(words)
    };
    let refused = ask(&gateway);
    assert!(refused.starts_with("HTTP/1.1 502") && refused.contains("upstream_tls"), "{refused}");
    take_over(&mut gateway, "ca_file = \"other.pem\"", "is in force");
    let refused = ask(&gateway);
    assert!(refused.starts_with("HTTP/1.1 502") && refused.contains("upstream_tls"), "{refused}");
    take_over(&mut gateway, "ca_file = \"own.pem\"", "is in force");
    let reached = ask(&gateway);
    assert!(reached.starts_with("HTTP/1.1 200") && reached.ends_with(REPLY), "{reached}");
    let log = take_over(&mut gateway, "ca_file = \"absent.pem\"", "the old config stays");
    assert!(log.contains("line 6: provider.ca_file cannot be read: absent.pem"), "{log}");
    assert!(ask(&gateway).ends_with(REPLY));
}
