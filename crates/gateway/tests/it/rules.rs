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
        expect![[r#"
            foreign origin: 403 {"type":"error","error":{"type":"permission_error","message":"the Origin `https://evil.example` is foreign; web pages of other sites may not use the gateway (see `cors_origins` in the config's [server])"},"request_id":"REQ"}
            null origin: 403 {"type":"error","error":{"type":"permission_error","message":"the Origin `null` is foreign; web pages of other sites may not use the gateway (see `cors_origins` in the config's [server])"},"request_id":"REQ"}
            form: 415 {"type":"error","error":{"type":"invalid_request_error","message":"POST takes a JSON body; send `content-type: application/json`"},"request_id":"REQ"}
            no type: 415 {"type":"error","error":{"type":"invalid_request_error","message":"POST takes a JSON body; send `content-type: application/json`"},"request_id":"REQ"}
            rebound host: 403 {"error":{"message":"the Host `evil.example` is not served here; add it to `domains` in the config's [server]","type":"permission_error","param":null,"code":null}}
            api too: 403 {"error":{"message":"the Origin `https://evil.example` is foreign; web pages of other sites may not use the gateway (see `cors_origins` in the config's [server])","type":"permission_error","param":null,"code":null}}
        "#]],
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
        expect![[r#"
            not JSON: 400 {"type":"error","error":{"type":"invalid_request_error","message":"not valid JSON: key must be a string at line 1 column 2"},"request_id":"REQ"}
            not an object: 400 {"type":"error","error":{"type":"invalid_request_error","message":"expected a JSON object"},"request_id":"REQ"}
            twice: 400 {"type":"error","error":{"type":"invalid_request_error","message":"/messages/0/role: duplicate key at line 1 column 46"},"request_id":"REQ"}
            not a number: 400 {"type":"error","error":{"type":"invalid_request_error","message":"/temperature: not valid JSON: expected value at line 1 column 28"},"request_id":"REQ"}
            deep: 400 {"type":"error","error":{"type":"invalid_request_error","message":"/x/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0: nested deeper than 100 at line 1 column 117"},"request_id":"REQ"}
            no model: 400 {"type":"error","error":{"type":"invalid_request_error","message":"/model: required, but missing"},"request_id":"REQ"}
            model of a wrong type: 400 {"type":"error","error":{"type":"invalid_request_error","message":"/model: expected a string"},"request_id":"REQ"}
            empty model: 400 {"error":{"message":"/model: must not be empty","type":"invalid_request_error","param":"/model","code":null}}
            stream of a wrong type: 400 {"error":{"message":"/stream: expected true or false","type":"invalid_request_error","param":"/stream","code":null}}
            wrong types, all at once: 400 {"error":{"message":"/messages/0/content: expected a string or an array, found a number; /messages/1/role: required, but missing; /temperature: expected a number, found a string","type":"invalid_request_error","param":"/messages/0/content","code":null}}
            previous response: 400 {"error":{"message":"/previous_response_id: is known to a responses server only; send the conversation itself as input","type":"invalid_request_error","param":"/previous_response_id","code":null}}
        "#]],
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
        expect![[r#"
            unknown: 404 {"error":{"message":"there is no route GET /v2/nothing; see docs/reference/http.md","type":"not_found_error","param":null,"code":null}}
            unknown, Anthropic: 404 {"type":"error","error":{"type":"not_found_error","message":"there is no route GET /v2/nothing; see docs/reference/http.md"},"request_id":"REQ"}
            method: 405 {"type":"error","error":{"type":"invalid_request_error","message":"/v1/messages does not take GET; the `allow` header says what it takes"},"request_id":"REQ"}
            method, chat: 405 {"error":{"message":"/v1/chat/completions does not take DELETE; the `allow` header says what it takes","type":"invalid_request_error","param":null,"code":null}}
        "#]],
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
