//! What is written down: records, statistics, metrics.

use crate::rig::{Rig, body, request, run};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Dialect, Position, Script, Upstream, messages};
use serde_json::json;

#[test]
fn a_record_says_what_happened() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hello"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let asked = request(Dialect::Messages, true)
            .header("x-claude-code-session-id", "session-7")
            .header("x-stainless-retry-count", "2")
            .header("x-request-id", "mine");
        let reply = rig.send(&asked).await;
        assert_eq!(reply.header("request-id"), reply.header("x-request-id"));
        let record = rig.record(&reply).await;
        let wanted = json!({
            "status": 200, "cause": "completed", "error": null, "dialect": "messages", "endpoint": "messages",
            "stream": true, "domain": "127.0.0.1", "class": "query_evaluation", "model": "m", "provider": "up",
            "target_model": "m", "target_dialect": "messages", "client_request_id": "mine", "session": "session-7",
            "client_retries": 2, "finish": "stop", "tool_calls": [], "changes": [],
        });
        for (key, value) in wanted.as_object().expect("an object") {
            assert_eq!(&record[key], value, "{key} of {record:#}");
        }
        assert_eq!(record["attempts"][0]["status"], 200);
        assert_eq!(record["reply_bytes"], reply.body.bytes().len());
        assert!(
            record["usage"]["output_tokens"].as_u64().is_some_and(|tokens| tokens > 0),
            "{record:#}"
        );
    });
}

#[test]
fn statistics_and_metrics_agree_with_the_records() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hello"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        rig.ask(Dialect::Messages, false).await;
        rig.ask(Dialect::Messages, true).await;
        let mut quota = body(Dialect::Messages, false);
        quota["messages"][0]["content"] = json!("quota");
        rig.send(&Request::post("/v1/messages", &quota)).await;
        rig.send(&Request::post("/v1/messages", &json!({"model": 1}))).await;
        let records = rig.send(&Request::get("/api/exchanges")).await.json();
        let output: u64 = records["data"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|record| record["usage"]["output_tokens"].as_u64())
            .sum();
        let statistics = rig.send(&Request::get("/token-stats")).await.json();
        let model = &statistics["models"]["m"];
        assert_eq!(
            (
                &model["requests"],
                &model["quota"],
                &model["query_evaluation"],
                &model["output_tokens"]
            ),
            (&json!(3), &json!(1), &json!(2), &json!(output))
        );
        assert_eq!(statistics["domains"]["127.0.0.1"]["requests"], 4);
        assert_eq!(statistics["total"]["errors"], 1);
        let metrics = rig.send(&Request::get("/metrics")).await.text();
        let line = format!(
            "gen_ai_client_token_usage_sum{{gen_ai_provider_name=\"up\",gen_ai_request_model=\"m\",gen_ai_token_type=\"output\"}} {output}.0"
        );
        assert!(metrics.contains(&line), "{metrics}");
        assert!(metrics.contains("gen_ai_server_request_duration_seconds_count"), "{metrics}");
    });
}

#[test]
fn a_stream_that_broke_is_no_success() {
    run(async {
        let answer = messages::text("hello").stream().close_after(Position::Event(4));
        let upstream = Upstream::start(Script::always(answer)).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let reply = rig.ask(Dialect::Messages, true).await;
        assert_eq!(rig.record(&reply).await["cause"], "upstream_abort");
        let statistics = rig.send(&Request::get("/token-stats")).await.json();
        assert_eq!(statistics["total"]["errors"], 1);
        let metrics = rig.send(&Request::get("/metrics")).await.text();
        assert!(metrics.contains("error_type=\"upstream_abort\""), "{metrics}");
    });
}

#[test]
fn what_a_client_names_stays_small_and_quoted() {
    run(async {
        let upstream = Upstream::start(Script::always(messages::text("hello"))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let mut asked = body(Dialect::Messages, false);
        asked["model"] = json!("x".repeat(513));
        let reply = rig.send(&Request::post("/v1/messages", &asked)).await;
        assert_eq!(reply.status(), 400, "{}", reply.text());
        assert!(reply.text().contains("/model: must not be over 512 bytes"), "{}", reply.text());
        asked["model"] = json!("evil\"} 1\nfake_metric 7");
        rig.send(&Request::post("/v1/messages", &asked)).await;
        let metrics = rig.send(&Request::get("/metrics")).await.text();
        assert!(!metrics.lines().any(|line| line.starts_with("fake_metric")), "{metrics}");
    });
}

#[test]
fn a_long_error_is_the_clients_whole_and_the_records_cut() {
    run(async {
        let message = "ü".repeat(100_000);
        let answer = messages::error(400, "invalid_request_error", &message);
        let upstream = Upstream::start(Script::always(answer)).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let reply = rig.ask(Dialect::Messages, false).await;
        assert_eq!(reply.json()["error"]["message"], json!(message));
        let record = rig.record(&reply).await.to_string();
        assert!(record.len() < 6000, "{} bytes", record.len());
    });
}
