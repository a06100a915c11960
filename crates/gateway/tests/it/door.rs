//! Who gets through the door, byte by byte: what no well-behaved client sends, and HTTP/2.

use crate::rig::{Rig, body, provider, run, settings};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use ironbridge_testkit::client::{Connection, Request};
use ironbridge_testkit::{Dialect, Script, Upstream, messages};
use ironbridge_upstream::Secret;
use std::time::Duration;

async fn rig() -> (Upstream, Rig) {
    let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
    let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
    settings.server.domains = vec!["gate.example".to_owned()];
    settings.server.limits.header_timeout = Duration::from_millis(100);
    (upstream, Rig::start(settings).await)
}

/// The status line of the answer to `head`.
async fn status(rig: &Rig, head: &str) -> String {
    let mut connection = Connection::open(&rig.base_url).await.expect("connected");
    let request = format!("{head}\r\nconnection: close\r\n\r\n");
    connection.write(request.as_bytes()).await.expect("sent");
    let (bytes, _) = connection.read_to_end().await;
    let text = String::from_utf8_lossy(&bytes);
    text.lines().next().unwrap_or_default().trim_start_matches("HTTP/1.1 ").to_owned()
}

#[test]
fn every_name_that_a_request_gives_for_us_must_be_ours() {
    run(async {
        let (_upstream, rig) = rig().await;
        for (head, wanted) in [
            ("GET / HTTP/1.1\r\nhost: localhost", "200 OK"),
            ("GET http://localhost/ HTTP/1.1\r\nhost: localhost", "200 OK"),
            ("GET / HTTP/1.1", "400 Bad Request"),
            ("GET / HTTP/1.1\r\nhost:", "400 Bad Request"),
            ("GET / HTTP/1.1\r\nhost: localhost\r\nhost: evil.example", "400 Bad Request"),
            ("GET / HTTP/1.1\r\nhost: localhost\r\nhost: localhost", "400 Bad Request"),
            ("GET http://localhost/ HTTP/1.1\r\nhost: evil.example", "403 Forbidden"),
            ("GET http://evil.example/ HTTP/1.1\r\nhost: localhost", "403 Forbidden"),
            ("GET / HTTP/1.1\r\nhost: localhost:x@evil.example", "400 Bad Request"),
            ("GET / HTTP/1.1\r\nhost: [::1].evil.example", "400 Bad Request"),
            ("GET / HTTP/1.1\r\nhost: localhost.evil.example", "403 Forbidden"),
            ("GET / HTTP/1.1\r\nhost: evil.example/localhost", "400 Bad Request"),
            (
                "GET / HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\norigin: http://evil.example",
                "403 Forbidden",
            ),
            (
                "GET / HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost:x@evil.example",
                "403 Forbidden",
            ),
        ] {
            assert_eq!(status(&rig, head).await, wanted, "{head}");
        }
    });
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    run(async {
        let (_upstream, rig) = rig().await;
        for begin in ["", "P", "PRI * HTTP/2.0\r\n"] {
            let mut connection = Connection::open(&rig.base_url).await.expect("connected");
            connection.write(begin.as_bytes()).await.expect("sent");
            // Without a limit of time this would hang.
            connection.read_to_end().await;
        }
    });
}

#[test]
fn a_packed_body_is_told_that_it_is_not_read() {
    run(async {
        let (upstream, rig) = rig().await;
        let asked = Request::post("/v1/messages", &body(Dialect::Messages, false))
            .header("content-encoding", "gzip");
        let reply = rig.send(&asked).await;
        assert_eq!(reply.status(), 415, "{}", reply.text());
        assert!(reply.text().contains("content-encoding"), "{}", reply.text());
        assert_eq!(upstream.requests().len(), 0);
    });
}

#[test]
fn the_api_behind_a_proxy_wants_the_admin_token() {
    run(async {
        // A reverse proxy on this machine comes from loopback, and speaks for the whole world.
        let (upstream, rig) = rig().await;
        let asked = Request::get("/api/exchanges").header("host", "gate.example");
        assert_eq!(rig.send(&asked).await.status(), 403);
        let mut with_token = settings([provider("up", &upstream, Dialect::Messages)]);
        with_token.server.domains = vec!["gate.example".to_owned()];
        with_token.server.admin_token = Some(Secret::new("admin"));
        rig.handle.reload(with_token).expect("good settings");
        assert_eq!(rig.send(&asked).await.status(), 401);
        let given = asked.header("authorization", "Bearer admin");
        assert_eq!(rig.send(&given).await.status(), 200);
        assert_eq!(rig.send(&Request::get("/api/exchanges")).await.status(), 200);
    });
}

#[test]
fn http_2_is_spoken_with_who_begins_with_it() {
    run(async {
        let (_upstream, rig) = rig().await;
        let address = rig.base_url.trim_start_matches("http://").to_owned();
        let socket = tokio::net::TcpStream::connect(&address).await.expect("connected");
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket))
                .await
                .expect("HTTP/2");
        let asked = |authority: &str, host: Option<&str>, stream| {
            let mut asked = http::Request::post(format!("http://{authority}/v1/messages"))
                .header("content-type", "application/json");
            if let Some(host) = host {
                asked = asked.header("host", host);
            }
            let body = body(Dialect::Messages, stream).to_string();
            asked.body(Full::new(Bytes::from(body))).expect("a request")
        };
        let talk = async {
            for (authority, host, stream, wanted) in [
                (address.as_str(), None, false, 200),
                (address.as_str(), None, true, 200),
                (address.as_str(), Some("evil.example"), false, 403),
                ("evil.example", Some(address.as_str()), false, 403),
            ] {
                let sent = client.send_request(asked(authority, host, stream));
                let response = sent.await.expect("an answer");
                let status = response.status();
                let body = response.into_body().collect().await.expect("a whole body").to_bytes();
                let text = String::from_utf8_lossy(&body);
                assert_eq!(status, wanted, "{authority} {host:?}: {text}");
                assert_eq!(text.contains("message_stop"), stream, "{text}");
            }
        };
        tokio::select! {
            () = talk => {}
            ended = connection => panic!("the connection ended early: {ended:?}"),
        }
    });
}
