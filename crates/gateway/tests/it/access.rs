//! What a stranger gets, whatever path and method are tried: nothing but the three open pages.

use crate::rig::{Rig, provider, run, settings};
use ironbridge_gateway::{ClientKey, KeySet, NewKey, Services};
use ironbridge_testkit::client::{Connection, Request};
use ironbridge_testkit::{Dialect, Script, Upstream, messages};
use ironbridge_upstream::Secret;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The routes as they are registered.
const SURFACE: &str = include_str!("../../src/surface.rs");

/// What says only that a gateway is there.
const OPEN: [&str; 3] = ["/", "/healthz", "/readyz"];

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

/// Every path that is registered, with something in place of its variable parts.
fn registered() -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (_, rest) in
        SURFACE.match_indices(".route(").map(|(at, call)| SURFACE.split_at(at + call.len()))
    {
        let path = rest.split('"').nth(1).expect("a path");
        let path = path.replace("{{*id}}", "a/model").replace("{id}", "req_1");
        for prefix in ["", "/v1"] {
            paths.insert(path.replace("{prefix}", prefix));
        }
    }
    paths
}

/// A gateway on all interfaces with one key; whoever comes from this machine is no operator there.
async fn rig(upstream: &Upstream) -> (Rig, NewKey) {
    let mut settings = settings([provider("up", upstream, Dialect::Messages)]);
    settings.server.listen = ([0, 0, 0, 0], 0).into();
    settings.server.admin_token = Some(Secret::new("admin"));
    let new = NewKey::generate().expect("random bytes");
    let keys: KeySet = [ClientKey::unlimited("laptop", &new)].into_iter().collect();
    (Rig::start_with(settings, Services { keys: Arc::new(keys), ..Services::default() }).await, new)
}

fn upstream() -> impl Future<Output = Upstream> {
    Upstream::start(Script::always(messages::text("hi")))
}

fn request(method: &str, path: &str) -> Request {
    Request::new(method, path).header("content-type", "application/json").body("{}")
}

#[test]
fn a_stranger_finds_only_open_pages_among_the_routes() {
    run(async {
        let upstream = upstream().await;
        let (rig, _) = rig(&upstream).await;
        let paths = registered();
        for wanted in
            ["/v1/messages", "/models/a/model", "/token", "/metrics", "/api/exchanges/req_1"]
        {
            assert!(paths.contains(wanted), "{wanted} of {paths:?}");
        }
        for path in &paths {
            for method in METHODS {
                let reply = rig.send(&request(method, path)).await;
                let open = OPEN.contains(&path.as_str());
                let wanted: &[u16] = if open { &[200, 405] } else { &[401] };
                assert!(wanted.contains(&reply.status()), "{method} {path}: {}", reply.status());
                let challenge = reply.header("www-authenticate");
                assert_eq!(challenge, (!open).then_some("Bearer"), "{method} {path}");
            }
        }
        assert_eq!(upstream.requests().len(), 0);
    });
}

#[test]
fn no_way_of_writing_a_path_leads_round_the_door() {
    run(async {
        let upstream = upstream().await;
        let (rig, _) = rig(&upstream).await;
        let host = rig.base_url.trim_start_matches("http://");
        for path in [
            "//v1/messages",
            "/v1//messages",
            "/v1/messages/",
            "/v1/../token",
            "/healthz/../token",
            "/healthz/..%2ftoken",
            "/%2e%2e/token",
            "/./metrics",
            "/metrics/",
            "/Metrics",
            "/%6d%65trics",
            "/metrics%00",
            "/metrics?x=/healthz",
            "/metrics;/healthz",
            "/healthz/",
            "/healthz%2f..%2fmetrics",
            "/api",
            "/api/",
            "/api/exchanges/%ff",
            "/api/exchanges/..%2f..%2fhealthz",
            "/v1/models/%ff",
            "/usage",
            "/nowhere",
            "*",
            "http://0.0.0.0/metrics",
        ] {
            for method in METHODS {
                let mut connection = Connection::open(&rig.base_url).await.expect("connected");
                let head = format!(
                    "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
                     x-original-url: /healthz\r\nx-forwarded-for: 127.0.0.1\r\nconnection: close\r\n\r\n"
                );
                connection.write(head.as_bytes()).await.expect("sent");
                let (bytes, _) = connection.read_to_end().await;
                let text = String::from_utf8_lossy(&bytes);
                let status = text.split(' ').nth(1).unwrap_or_default();
                assert!(matches!(status, "400" | "401"), "{method} {path}: {text}");
            }
        }
    });
}

#[test]
fn each_credential_opens_its_own_routes_alone() {
    run(async {
        let upstream = upstream().await;
        let (rig, key) = rig(&upstream).await;
        for (path, with_key, with_token) in [
            ("/healthz", 200, 200),
            ("/v1/models", 200, 401),
            ("/nowhere", 404, 401),
            ("/metrics", 401, 200),
            ("/token-stats", 401, 200),
            ("/dashboard", 401, 200),
            ("/api/exchanges", 401, 200),
            ("/token", 401, 404),
        ] {
            for (credential, wanted) in [(key.text.reveal(), with_key), ("admin", with_token)] {
                let bearer =
                    Request::get(path).header("authorization", format!("Bearer {credential}"));
                let api_key = Request::get(path).header("x-api-key", credential);
                for asked in [bearer, api_key] {
                    assert_eq!(
                        rig.send(&asked).await.status(),
                        wanted,
                        "{path} with {credential:.8}"
                    );
                }
            }
        }
    });
}

#[test]
fn without_keys_only_loopback_is_open() {
    run(async {
        let upstream = upstream().await;
        let asked = crate::rig::request(Dialect::Messages, false);
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        let rig = Rig::start(settings.clone()).await;
        assert_eq!(rig.send(&asked).await.status(), 200);
        settings.server.listen = ([0, 0, 0, 0], 0).into();
        let rig = Rig::start(settings).await;
        let reply = rig.send(&asked).await;
        assert_eq!(reply.status(), 401);
        assert!(reply.text().contains("ironbridge key new"), "{}", reply.text());
    });
}
