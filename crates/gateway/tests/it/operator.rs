//! What the operator decides: strict routes, aliases, credentials, changes while running.

use crate::rig::{KEY, Rig, body, provider, request, route_all, run, settings};
use ironbridge_gateway::{RouteSettings, TargetName};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Answer, Dialect, Gate, Position, Script, Upstream, messages};
use ironbridge_upstream::Secret;
use serde_json::{Value, json};

fn alias(pattern: &str, provider: &str, model: &str) -> RouteSettings {
    let target = TargetName { provider: provider.to_owned(), model: Some(model.to_owned()) };
    RouteSettings { pattern: pattern.to_owned(), targets: vec![target], strict: false }
}

#[test]
fn changes_are_told_and_strict_routes_refuse_them() {
    run(async {
        let upstream = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
        let mut strict = route_all(&["up"]);
        strict.pattern = "strict-*".to_owned();
        strict.strict = true;
        settings.routes = vec![strict];
        let rig = Rig::start(settings).await;
        let mut asked = body(Dialect::Messages, false);
        asked["top_k"] = json!(5);
        let reply = rig.send(&Request::post("/v1/messages", &asked)).await;
        assert_eq!(reply.header("x-ironbridge-changes"), Some("1; /top_k"));
        let record = rig.record(&reply).await;
        assert_eq!(record["changes"][0]["path"], "/top_k");
        assert_eq!(record["changes"][0]["what"], "dropped");
        asked["model"] = json!("strict-1");
        let refused = rig.send(&Request::post("/v1/messages", &asked)).await;
        assert_eq!(refused.status(), 400);
        let message = refused.json()["error"]["message"].as_str().expect("a message").to_owned();
        assert!(message.contains("/top_k (dropped: "), "{message}");
        assert_eq!(upstream.requests().len(), 1);
    });
}

#[test]
fn the_same_dialect_passes_byte_for_byte_but_for_the_model() {
    run(async {
        let reply =
            r#"{ "odd" : 1.0e2, "type":"message","content":[], "unknown": {"kept": null} }"#;
        let upstream =
            Upstream::start(Script::always(Answer::bytes(200, "application/json", reply))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        settings.routes = vec![alias("opus", "up", "claude-opus-4-8")];
        let rig = Rig::start(settings).await;
        let sent = "{ \"x-new\" : [1.0, 1e3],\n \"model\":\"opus\" ,\"messages\":[ {\"role\":\"user\",\"content\":\"\\u00fc\"} ] }";
        let asked = Request::new("POST", "/v1/messages?beta=true")
            .header("content-type", "application/json")
            .header("anthropic-beta", "a-2026-01-01,b")
            .body(sent);
        let got = rig.send(&asked).await;
        assert_eq!(got.text(), reply);
        let received = &upstream.requests()[0];
        assert_eq!(
            String::from_utf8_lossy(&received.body),
            sent.replace("\"opus\"", "\"claude-opus-4-8\"")
        );
        assert_eq!(received.header("anthropic-beta"), Some("a-2026-01-01,b"));
        assert_eq!(received.header("anthropic-version"), Some("2023-06-01"));
        assert_eq!(received.header("x-api-key"), Some(KEY));
    });
}

#[test]
fn a_client_chooses_neither_key_nor_host() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let mut asked = body(Dialect::Messages, false);
        asked["api_base"] = json!("http://evil.example");
        asked["base_url"] = json!("http://evil.example");
        let asked = Request::post("/v1/messages", &asked)
            .header("x-api-key", "mine")
            .header("authorization", "Bearer mine")
            .header("cookie", "a=b")
            .header("x-forwarded-host", "evil.example");
        assert_eq!(rig.send(&asked).await.status(), 200);
        let received = &upstream.requests()[0];
        assert_eq!(received.header("x-api-key"), Some(KEY));
        for name in ["authorization", "cookie", "x-forwarded-host", "x-stainless-os"] {
            assert_eq!(received.header(name), None, "{name}");
        }
    });
}

#[test]
fn pass_through_lets_the_clients_own_credential_go_up() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        settings.server.pass_through = true;
        let rig = Rig::start(settings).await;
        let own =
            request(Dialect::Messages, false).header("authorization", "Bearer sk-ant-oat01-mine");
        assert_eq!(rig.send(&own).await.status(), 200);
        assert_eq!(rig.ask(Dialect::Messages, false).await.status(), 200);
        let received = upstream.requests();
        assert_eq!(received[0].header("authorization"), Some("Bearer sk-ant-oat01-mine"));
        assert_eq!(received[0].header("x-api-key"), None);
        assert_eq!(received[1].header("x-api-key"), Some(KEY), "ours where the client has none");
    });
}

#[test]
fn our_key_never_comes_back() {
    run(async {
        let echo = json!({"error": {"type": "invalid_request_error", "message": format!("bad key {KEY}")}});
        for (dialect, status) in
            [(Dialect::Messages, 400), (Dialect::Chat, 400), (Dialect::Chat, 401)]
        {
            let answer = Answer::json(status, &echo).header("x-ratelimit-note", KEY);
            let upstream = Upstream::start(Script::always(answer)).await;
            let rig = Rig::before(&upstream, dialect).await;
            let reply = rig.ask(dialect, false).await;
            let record = rig.record(&reply).await.to_string();
            for seen in [
                reply.text(),
                reply.header("x-ratelimit-note").unwrap_or_default().to_owned(),
                record,
            ] {
                assert!(!seen.contains(KEY), "{seen}");
            }
        }
    });
}

#[test]
fn settings_change_while_streams_run() {
    run(async {
        let gate = Gate::new();
        let old = Upstream::start(Script::always(
            Dialect::Chat.text("old one").stream().silent_after(Position::Event(2), &gate),
        ))
        .await;
        let new = Upstream::start(Script::always(Dialect::Chat.text("new one"))).await;
        let rig = Rig::start(settings([provider("up", &old, Dialect::Chat)])).await;
        let mut running = rig.open(&request(Dialect::Chat, true)).await;
        gate.reached().await;
        rig.handle.reload(settings([provider("up", &new, Dialect::Chat)])).expect("good settings");
        assert!(rig.ask(Dialect::Chat, false).await.text().contains("new one"));
        let none = ironbridge_gateway::Settings { providers: Vec::new(), ..settings([]) };
        assert_eq!(
            rig.handle.reload(none).expect_err("no provider").to_string(),
            "no provider is configured"
        );
        assert!(
            rig.ask(Dialect::Chat, false).await.text().contains("new one"),
            "bad settings change nothing"
        );
        gate.open();
        let text = running.collect().await.text();
        assert!(text.contains("one") && text.contains("[DONE]"), "{text}");
    });
}

#[test]
fn a_stream_is_left_for_another_target_only_before_its_content() {
    run(async {
        let well = || Script::always(Dialect::Chat.text("well"));
        // Anthropic's lifecycle event comes before any content.
        let before = messages::text("first words").stream().close_after(Position::Event(1));
        let after = messages::text("first words").stream().close_after(Position::Event(5));
        for (broken, wanted, attempts) in [(before, "well", 2), (after, "first", 1)] {
            let broken = Upstream::start(Script::always(broken)).await;
            let second = Upstream::start(well()).await;
            let mut settings = settings([
                provider("broken", &broken, Dialect::Messages),
                provider("second", &second, Dialect::Chat),
            ]);
            settings.routes = vec![route_all(&["broken", "second"])];
            let rig = Rig::start(settings).await;
            let reply = rig.ask(Dialect::Messages, true).await;
            assert!(reply.text().contains(wanted), "{}", reply.text());
            assert_eq!(reply.text().contains("event: error"), attempts == 1, "{}", reply.text());
            assert_eq!(broken.requests().len() + second.requests().len(), attempts);
        }
    });
}

#[test]
fn the_admin_token_guards_what_is_the_operators_alone() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        assert_eq!(rig.send(&Request::get("/token")).await.status(), 403, "no admin token is set");
        let mut with_token = settings([provider("up", &upstream, Dialect::Messages)]);
        with_token.server.admin_token = Some(Secret::new("admin"));
        rig.handle.reload(with_token).expect("good settings");
        let token = |given: Option<&str>| {
            let asked = Request::get("/token");
            given.map_or(asked.clone(), |given| {
                asked.header("authorization", format!("Bearer {given}"))
            })
        };
        for (given, wanted) in
            [(None, 401), (Some("wrong"), 401), (Some("admim"), 401), (Some("admin"), 404)]
        {
            assert_eq!(rig.send(&token(given)).await.status(), wanted, "{given:?}");
        }
    });
}

#[test]
fn the_api_is_not_open_through_a_proxy_on_this_machine() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let asked = || Request::get("/api/exchanges");
        assert_eq!(rig.send(&asked()).await.status(), 200);
        for name in ["x-forwarded-for", "forwarded", "x-real-ip"] {
            assert_eq!(rig.send(&asked().header(name, "10.0.0.9")).await.status(), 403, "{name}");
        }
    });
}

#[test]
fn every_reply_has_an_id_of_its_own() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let mut seen = std::collections::HashSet::new();
        for path in
            ["/", "/healthz", "/v1/models", "/nope", "/dashboard", "/metrics", "/token-stats"]
        {
            let reply = rig.send(&Request::get(path)).await;
            let id = reply
                .header("x-request-id")
                .unwrap_or_else(|| panic!("{path} has no id"))
                .to_owned();
            assert!(seen.insert(id), "{path}");
        }
        let body: Value =
            rig.send(&Request::get("/nope").header("anthropic-version", "1")).await.json();
        assert!(body["request_id"].as_str().is_some_and(|id| id.starts_with("req_")), "{body}");
    });
}

#[test]
fn a_kept_conversation_is_refused_in_the_words_the_sdks_know() {
    run(async {
        let upstream = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Chat).await;
        let mut asked = body(Dialect::Messages, false);
        asked["thread"] = json!({"type": "create"});
        let reply = rig.send(&Request::post("/v1/messages", &asked)).await;
        assert_eq!(reply.status(), 400);
        let details =
            json!({"error_code": "thread_unsupported_request", "unsupported": ["thread"]});
        assert_eq!(reply.json()["error"]["details"], details, "{}", reply.text());
    });
}

#[test]
fn an_upstreams_error_bears_our_id_in_its_body_too() {
    run(async {
        let error = json!({"type": "error", "error": {"type": "invalid_request_error", "message": "no"}, "request_id": "req_theirs"});
        let upstream = Upstream::start(Script::always(Answer::json(400, &error))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let reply = rig.ask(Dialect::Messages, false).await;
        assert_eq!(reply.json()["request_id"].as_str(), reply.header("request-id"));
    });
}

#[test]
fn what_one_target_cannot_be_asked_the_next_may_be() {
    run(async {
        let chat = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        let native = Upstream::start(Script::always(messages::text("hi"))).await;
        let mut settings = settings([
            provider("chat", &chat, Dialect::Chat),
            provider("native", &native, Dialect::Messages),
        ]);
        let mut route = route_all(&["chat", "native"]);
        route.strict = true;
        settings.routes = vec![route];
        let rig = Rig::start(settings).await;
        let mut asked = body(Dialect::Messages, false);
        asked["top_k"] = json!(5);
        let reply = rig.send(&Request::post("/v1/messages", &asked)).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        assert_eq!((chat.requests().len(), native.requests().len()), (0, 1));
        let record = rig.record(&reply).await;
        assert!(
            record["attempts"][0]["error"].as_str().is_some_and(|why| why.contains("/top_k")),
            "{record:#}"
        );
    });
}

#[test]
fn stream_options_of_a_wrong_type_are_the_upstreams_to_refuse() {
    run(async {
        let upstream = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Chat).await;
        for (options, sent) in [
            (json!("bad"), json!("bad")),
            (json!({"x": 1}), json!({"x": 1, "include_usage": true})),
            (Value::Null, json!({"include_usage": true})),
        ] {
            let mut asked = body(Dialect::Chat, true);
            asked["stream_options"] = options;
            rig.send(&Request::post("/v1/chat/completions", &asked)).await;
            let received = upstream.requests();
            assert_eq!(received.last().expect("one").json()["stream_options"], sent);
        }
    });
}
