//! The rules of the surface: who is let in, what is refused, in which form.

use crate::rig::{DIALECTS, Reply, Rig, body, provider, request, run, settings};
use expect_test::{Expect, expect};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Script, Upstream, chat};
use serde_json::{Value, json};

async fn rig() -> (Upstream, Rig) {
    let upstream = Upstream::start(Script::by(|request| match request.dialect() {
        Some(dialect) => dialect.text("hi"),
        None => chat::text("hi").into(),
    }))
    .await;
    let rig = Rig::before(&upstream, Dialect::Messages).await;
    (upstream, rig)
}

/// Status and body of a reply, with our id and the gateway's port made constant.
fn shown(reply: &Reply) -> String {
    let mut text = reply.text();
    if let Some(id) = reply.header("x-request-id") {
        text = text.replace(id, "REQ");
    }
    format!("{} {text}", reply.status())
}

fn check(requests: &[(&str, Request)], expected: Expect) {
    run(async {
        let (upstream, rig) = rig().await;
        let mut lines = String::new();
        for (name, request) in requests {
            let reply = rig.send(request).await;
            lines.push_str(&format!("{name}: {}\n", shown(&reply)));
        }
        expected.assert_eq(&lines);
        assert_eq!(upstream.requests().len(), 0, "nothing refused may reach the upstream");
    });
}

fn post(path: &str, body: &str) -> Request {
    Request::new("POST", path).header("content-type", "application/json").body(body)
}

#[test]
fn hostile_pages_are_kept_out() {
    let good = || request(Dialect::Messages, false);
    check(
        &[
            ("foreign origin", good().header("origin", "https://evil.example")),
            ("null origin", good().header("origin", "null")),
            (
                "form",
                Request::new("POST", "/v1/messages")
                    .header("content-type", "text/plain")
                    .body("{}"),
            ),
            ("no type", Request::new("POST", "/v1/messages").body("{}")),
            ("rebound host", Request::get("/v1/models").header("host", "evil.example")),
            ("api too", Request::get("/api/exchanges").header("origin", "https://evil.example")),
        ],
        expect![[]],
    );
}

#[test]
fn bad_input_is_told_what_and_where() {
    let messages = |body: &str| post("/v1/messages", body);
    check(
        &[
            ("not JSON", messages("{nope")),
            ("not an object", messages("[]")),
            ("twice", messages(r#"{"model":"m","messages":[{"role":"user","role":"system"}]}"#)),
            ("not a number", messages(r#"{"model":"m","temperature":NaN}"#)),
            (
                "deep",
                messages(&format!(
                    r#"{{"model":"m","x":{}1{}}}"#,
                    "[".repeat(120),
                    "]".repeat(120)
                )),
            ),
            ("no model", messages(r#"{"messages":[]}"#)),
            ("model of a wrong type", messages(r#"{"model":7}"#)),
            ("empty model", post("/v1/chat/completions", r#"{"model":""}"#)),
            ("stream of a wrong type", post("/v1/responses", r#"{"model":"m","stream":"yes"}"#)),
            (
                "wrong types, all at once",
                post(
                    "/v1/chat/completions",
                    r#"{"model":"m","messages":[{"role":"user","content":7},{"content":"x"}],"temperature":"hot"}"#,
                ),
            ),
            (
                "previous response",
                post(
                    "/v1/responses",
                    r#"{"model":"m","input":"x","previous_response_id":"resp_1"}"#,
                ),
            ),
        ],
        expect![[]],
    );
}

#[test]
fn unknown_routes_and_methods_answer_in_the_dialect() {
    check(
        &[
            ("unknown", Request::get("/v2/nothing")),
            (
                "unknown, Anthropic",
                Request::get("/v2/nothing").header("anthropic-version", "2023-06-01"),
            ),
            ("method", Request::get("/v1/messages")),
            ("method, chat", Request::new("DELETE", "/v1/chat/completions")),
        ],
        expect![[]],
    );
}

#[test]
fn too_large_bodies_are_refused_in_every_dialect() {
    run(async {
        let upstream = Upstream::start(Script::always(chat::text("hi"))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
        settings.server.limits.body_bytes_max = 1000;
        let rig = Rig::start(settings).await;
        for dialect in DIALECTS {
            let mut body = body(dialect, false);
            body["padding"] = Value::from("x".repeat(2000));
            let reply = rig.send(&Request::post(dialect.path(), &body)).await;
            assert_eq!(reply.status(), 413, "{dialect:?}");
            assert_eq!(reply.json()["error"]["type"], "request_too_large", "{dialect:?}");
            assert_eq!(rig.record(&reply).await["cause"], "refused");
        }
        assert_eq!(upstream.requests().len(), 0);
    });
}

#[test]
fn own_pages_and_configured_domains_are_let_in() {
    run(async {
        let upstream = Upstream::start(Script::always(chat::text("hi"))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
        settings.server.domains = vec!["gate.example".to_owned()];
        let rig = Rig::start(settings).await;
        for (host, origin) in [
            ("localhost:4141", Some("http://localhost:4141")),
            ("127.0.0.1", None),
            ("[::1]:4141", None),
            ("Gate.Example", Some("https://gate.example")),
            ("team.localhost", None),
        ] {
            let mut asked = request(Dialect::Chat, false).header("host", host);
            if let Some(origin) = origin {
                asked = asked.header("origin", origin);
            }
            let reply = rig.send(&asked).await;
            assert_eq!(reply.status(), 200, "{host} {origin:?}: {}", reply.text());
            let record = rig.record(&reply).await;
            let domain = host.to_ascii_lowercase();
            assert!(domain.contains(record["domain"].as_str().expect("a domain")), "{record}");
        }
    });
}

#[test]
fn the_small_routes_answer() {
    run(async {
        let (_upstream, rig) = rig().await;
        for (path, wanted) in [("/", "Server running"), ("/healthz", "ok"), ("/readyz", "ready")] {
            let reply = rig.send(&Request::get(path)).await;
            assert_eq!((reply.status(), reply.text().as_str()), (200, wanted));
        }
        let head = rig.send(&Request::new("HEAD", "/")).await;
        assert_eq!((head.status(), head.text().as_str()), (200, ""));
        let page = rig.send(&Request::get("/dashboard")).await;
        assert!(page.text().contains("comes with a later version"));
        let missing = rig.send(&Request::get("/api/exchanges/req_nope")).await;
        assert_eq!(missing.status(), 404);
        assert_eq!(
            missing.json()["error"]["message"],
            json!("no exchange `req_nope` is remembered")
        );
    });
}
