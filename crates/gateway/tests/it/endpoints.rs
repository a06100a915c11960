//! Counting tokens, embeddings, lists of models.

use crate::rig::{Rig, body, provider, route_all, run, settings};
use ironbridge_gateway::{RouteSettings, TargetName, TokenizerSettings};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Answer, Dialect, Script, Upstream, messages, provider as answers};
use serde_json::{Value, json};

fn count_request() -> Request {
    let mut body = body(Dialect::Messages, false);
    body.as_object_mut().expect("an object").remove("max_tokens");
    Request::post("/v1/messages/count_tokens", &body)
}

#[test]
fn a_provider_that_counts_is_asked() {
    run(async {
        let script = Script::always(messages::count_tokens(42));
        let upstream = Upstream::start(script).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let reply = rig.send(&count_request()).await;
        assert_eq!(reply.json(), json!({"input_tokens": 42}));
        assert_eq!(reply.header("x-ironbridge-estimated"), None);
        assert_eq!(upstream.requests()[0].path, "/v1/messages/count_tokens");
        assert_eq!(rig.record(&reply).await["endpoint"], "count_tokens");
    });
}

#[test]
fn where_nobody_counts_an_estimate_says_that_it_is_one() {
    run(async {
        let missing = Upstream::start(Script::failures(9, 404)).await;
        let chat = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        for (upstream, dialect, asked) in
            [(&missing, Dialect::Messages, 1), (&chat, Dialect::Chat, 0)]
        {
            let rig = Rig::before(upstream, dialect).await;
            let reply = rig.send(&count_request()).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            assert_eq!(reply.header("x-ironbridge-estimated"), Some("true"));
            let tokens = reply.json()["input_tokens"].as_u64().expect("a number");
            assert!((1..20).contains(&tokens), "{tokens} for a two-letter prompt");
            assert_eq!(upstream.requests().len(), asked);
        }
    });
}

#[test]
fn a_refused_count_is_passed_on() {
    run(async {
        let upstream =
            Upstream::start(Script::always(messages::error(400, "invalid_request_error", "no")))
                .await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let reply = rig.send(&count_request()).await;
        assert_eq!((reply.status(), &reply.json()["error"]["message"]), (400, &json!("no")));
    });
}

#[test]
fn estimates_learn_from_reported_usage() {
    run(async {
        // The provider reports twice and a half what the same text is estimated at.
        let text = "word ".repeat(200);
        let upstream = Upstream::start(Script::always(
            ironbridge_testkit::chat::text("hi")
                .usage(ironbridge_testkit::Usage { input: 520, ..Default::default() }),
        ))
        .await;
        let rig = Rig::before(&upstream, Dialect::Chat).await;
        let mut prompt = body(Dialect::Messages, false);
        prompt["messages"][0]["content"] = Value::from(text);
        let count = Request::post("/v1/messages/count_tokens", &prompt);
        let before = rig.send(&count).await.json()["input_tokens"].as_u64().expect("a number");
        assert!((195..230).contains(&before), "{before}");
        rig.send(&Request::post("/v1/messages", &prompt)).await;
        // The lesson is learnt beside the exchange.
        let mut after = before;
        while after == before {
            after = rig.send(&count).await.json()["input_tokens"].as_u64().expect("a number");
        }
        assert_eq!(after, 520, "one report is all there is to go by");
    });
}

#[test]
fn embeddings_pass_and_are_counted() {
    run(async {
        let upstream =
            Upstream::start(Script::always(answers::embeddings(&[vec![0.5, -0.5]]))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
        settings.routes = vec![RouteSettings {
            pattern: "small".to_owned(),
            targets: vec![TargetName {
                provider: "up".to_owned(),
                model: Some("text-embedding-3-small".to_owned()),
            }],
            strict: false,
        }];
        let rig = Rig::start(settings).await;
        for path in ["/v1/embeddings", "/embeddings"] {
            let reply =
                rig.send(&Request::post(path, &json!({"model": "small", "input": "hi"}))).await;
            assert_eq!(
                reply.json()["data"][0]["embedding"],
                json!([0.5, -0.5]),
                "{}",
                reply.text()
            );
            let record = rig.record(&reply).await;
            assert_eq!(
                (&record["endpoint"], &record["cause"]),
                (&json!("embeddings"), &json!("completed"))
            );
            assert!(record["usage"]["input_tokens"].is_u64(), "{record:#}");
        }
        assert_eq!(
            upstream.requests()[0].json(),
            json!({"model": "text-embedding-3-small", "input": "hi"})
        );
    });
}

#[test]
fn a_provider_without_embeddings_says_so() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let reply =
            rig.send(&Request::post("/v1/embeddings", &json!({"model": "m", "input": "hi"}))).await;
        assert_eq!(reply.status(), 404);
        assert_eq!(reply.json()["error"]["message"], "no provider that serves `m` has embeddings");
    });
}

#[test]
fn models_are_the_union_of_all_providers_after_the_aliases() {
    run(async {
        let openai =
            Upstream::start(Script::always(answers::openai_models(&["gpt-9", "both"]))).await;
        let anthropic =
            Upstream::start(Script::always(answers::anthropic_models(&["claude-9", "both"]))).await;
        let down = Upstream::start(Script::failures(99, 500)).await;
        let mut settings = settings([
            provider("openai", &openai, Dialect::Chat),
            provider("anthropic", &anthropic, Dialect::Messages),
            provider("down", &down, Dialect::Chat),
        ]);
        settings.routes = vec![
            RouteSettings {
                pattern: "fast".to_owned(),
                targets: vec![TargetName {
                    provider: "openai".to_owned(),
                    model: Some("gpt-9".to_owned()),
                }],
                strict: false,
            },
            route_all(&["openai"]),
        ];
        let rig = Rig::start(settings).await;
        let list = rig.send(&Request::get("/v1/models?limit=1000")).await.json();
        let ids: Vec<&str> = list["data"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|m| m["id"].as_str())
            .collect();
        assert_eq!(ids, ["fast", "gpt-9", "both", "claude-9"]);
        assert_eq!(
            (&list["object"], &list["has_more"], &list["first_id"]),
            (&json!("list"), &json!(false), &json!("fast"))
        );
        let one = rig.send(&Request::get("/models/claude-9")).await;
        assert_eq!((one.status(), &one.json()["type"]), (200, &json!("model")));
        let none = rig
            .send(&Request::get("/v1/models/a/b").header("anthropic-version", "2023-06-01"))
            .await;
        assert_eq!(
            (none.status(), &none.json()["error"]["type"]),
            (404, &json!("not_found_error"))
        );
        assert!(none.header("request-id").is_some());
    });
}

#[test]
fn a_model_without_a_route_goes_to_who_lists_it() {
    run(async {
        let script = |ids: &[&str], text: &str| {
            Script::always(Dialect::Chat.text(text)).on("/v1/models", answers::openai_models(ids))
        };
        let first = Upstream::start(script(&["a"], "first")).await;
        let second = Upstream::start(script(&["b"], "second")).await;
        let rig = Rig::start(settings([
            provider("first", &first, Dialect::Chat),
            provider("second", &second, Dialect::Chat),
        ]))
        .await;
        for (model, wanted) in [("a", "first"), ("b", "second"), ("unknown", "first")] {
            let mut asked = body(Dialect::Chat, false);
            asked["model"] = Value::from(model);
            let reply = rig.send(&Request::post("/v1/chat/completions", &asked)).await;
            assert_eq!(reply.json()["choices"][0]["message"]["content"], wanted, "{model}");
        }
    });
}

#[test]
fn an_operators_tokenizer_counts_for_its_models() {
    run(async {
        let upstream = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
        settings.tokenizers = vec![TokenizerSettings {
            pattern: "own-*".to_owned(),
            tokenizer: std::sync::Arc::new(ironbridge_tokens::Characters),
        }];
        let rig = Rig::start(settings).await;
        let mut counts = Vec::new();
        for model in ["own-1", "other"] {
            let mut asked = body(Dialect::Messages, false);
            asked["model"] = Value::from(model);
            asked["messages"][0]["content"] = Value::from("x".repeat(400));
            let reply = rig.send(&Request::post("/v1/messages/count_tokens", &asked)).await;
            counts.push(reply.json()["input_tokens"].as_u64().expect("a number"));
        }
        assert!(counts[0] >= 100, "a token for four characters: {counts:?}");
        assert!(counts[1] < 100, "o200k knows runs of x: {counts:?}");
    });
}

fn embeddings_request() -> Request {
    Request::post("/v1/embeddings", &json!({"model": "m", "input": "hi", "stream": true}))
}

#[test]
fn embeddings_fail_over_as_replies_do() {
    run(async {
        let down = Upstream::start(Script::failures(9, 500)).await;
        let limited = Upstream::start(Script::always(Dialect::Chat.rate_limited(30))).await;
        let well = Upstream::start(Script::always(answers::embeddings(&[vec![1.0]]))).await;
        let none = Upstream::start(Script::always(messages::text("hi"))).await;
        let mut settings = settings([
            provider("none", &none, Dialect::Messages),
            provider("down", &down, Dialect::Chat),
            provider("limited", &limited, Dialect::Chat),
            provider("well", &well, Dialect::Chat),
        ]);
        settings.routes = vec![route_all(&["none", "down", "limited", "well"])];
        let rig = Rig::start(settings).await;
        for _ in 0..2 {
            let reply = rig.send(&embeddings_request()).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            assert_eq!(rig.record(&reply).await["provider"], "well");
        }
        assert_eq!((none.requests().len(), limited.requests().len()), (0, 1));
    });
}

#[test]
fn an_embeddings_servers_nonsense_keeps_the_form_of_the_dialect() {
    run(async {
        let html = || Answer::bytes(200, "text/html", "<html>").status(200);
        for (answer, wanted, message) in [
            (html(), 502, "answered with text/html where application/json was due"),
            (html().status(400), 400, "<html>"),
            (Dialect::Chat.error(401, "auth", "bad key"), 502, "your own key is not at fault"),
        ] {
            let upstream = Upstream::start(Script::always(answer)).await;
            let rig = Rig::before(&upstream, Dialect::Chat).await;
            let reply = rig.send(&embeddings_request()).await;
            assert_eq!(reply.status(), wanted, "{}", reply.text());
            assert_eq!(reply.header("content-type"), Some("application/json"));
            let said = reply.json()["error"]["message"].to_string();
            assert!(said.contains(message), "{said}");
        }
    });
}

#[test]
fn a_count_never_fails_for_the_gateways_own_sake() {
    run(async {
        for answer in [
            messages::error(401, "authentication_error", "bad key"),
            messages::error(429, "rate_limit_error", "slow").retry_after(30),
            messages::error(529, "overloaded_error", "busy"),
            Answer::bytes(400, "text/html", "<html>"),
            Answer::bytes(200, "text/html", "<html>"),
        ] {
            let script =
                Script::always(messages::text("hi")).on("/v1/messages/count_tokens", answer);
            let upstream = Upstream::start(script).await;
            let rig = Rig::before(&upstream, Dialect::Messages).await;
            let reply = rig.send(&count_request()).await;
            assert_eq!(reply.status(), 200, "{}", reply.text());
            assert_eq!(reply.header("x-ironbridge-estimated"), Some("true"));
            // Who is tired of counting is not tired of answering.
            assert_eq!(rig.ask(Dialect::Messages, false).await.status(), 200);
        }
    });
}

#[test]
fn a_count_goes_up_with_the_clients_own_credential_where_it_may() {
    run(async {
        let script = Script::sequence([
            messages::count_tokens(42),
            messages::error(401, "authentication_error", "bad key"),
        ]);
        let upstream = Upstream::start(script).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        settings.server.pass_through = true;
        let rig = Rig::start(settings).await;
        let asked = count_request().header("x-api-key", "sk-ant-mine");
        assert_eq!(rig.send(&asked).await.json(), json!({"input_tokens": 42}));
        assert_eq!(upstream.requests()[0].header("x-api-key"), Some("sk-ant-mine"));
        assert_eq!(rig.send(&asked).await.status(), 401, "that key is the client's");
    });
}

#[test]
fn a_path_that_cannot_be_decoded_is_told_in_the_dialect() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hi"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        for path in ["/v1/models/%ff", "/api/exchanges/%ff"] {
            let reply = rig.send(&Request::get(path)).await;
            assert_eq!(reply.status(), 400, "{path}");
            assert_eq!(reply.json()["error"]["type"], "invalid_request_error", "{path}");
        }
    });
}
