//! Replies on their way: every dialect to every dialect, fallbacks, cancellation, shutdown.

use crate::rig::{DIALECTS, Rig, provider, request, route_all, run, settings};
use ironbridge_gateway::OnDisconnect;
use ironbridge_testkit::{Dialect, Gate, Script, Upstream, sse};

/// The text of a reply in any dialect, streamed or not.
fn text_of(dialect: Dialect, stream: bool, body: &ironbridge_testkit::client::Collected) -> String {
    if !stream {
        let json = body.json();
        let text = match dialect {
            Dialect::Chat => &json["choices"][0]["message"]["content"],
            Dialect::Messages => &json["content"][0]["text"],
            Dialect::Responses => &json["output"][0]["content"][0]["text"],
        };
        return text.as_str().unwrap_or_default().to_owned();
    }
    let decoded = body.events();
    decoded.events.iter().filter_map(sse::Event::json).fold(String::new(), |text, event| {
        let more = match dialect {
            Dialect::Chat => &event["choices"][0]["delta"]["content"],
            Dialect::Messages => &event["delta"]["text"],
            Dialect::Responses if event["type"] == "response.output_text.delta" => &event["delta"],
            Dialect::Responses => &serde_json::Value::Null,
        };
        text + more.as_str().unwrap_or_default()
    })
}

#[test]
fn any_dialect_reaches_any_other() {
    run(async {
        for upstream_dialect in DIALECTS {
            let upstream =
                Upstream::start(Script::always(upstream_dialect.text("Grüße, world"))).await;
            let rig = Rig::before(&upstream, upstream_dialect).await;
            for dialect in DIALECTS {
                for stream in [false, true] {
                    let reply = rig.ask(dialect, stream).await;
                    let way = format!("{dialect:?} on {upstream_dialect:?}, stream {stream}");
                    assert_eq!(reply.status(), 200, "{way}: {}", reply.text());
                    assert_eq!(
                        text_of(dialect, stream, &reply.body),
                        "Grüße, world",
                        "{way}: {}",
                        reply.text()
                    );
                    let record = rig.record(&reply).await;
                    assert_eq!(record["cause"], "completed", "{way}");
                    assert!(
                        record["usage"]["input_tokens"].as_u64().is_some_and(|n| n > 0),
                        "{way}: {record:#}"
                    );
                }
            }
        }
    });
}

#[test]
fn a_failing_target_is_left_before_the_first_content() {
    run(async {
        for stream in [false, true] {
            let down =
                Upstream::start(Script::always(Dialect::Chat.error(500, "server_error", "down")))
                    .await;
            let limited = Upstream::start(Script::always(Dialect::Chat.rate_limited(7))).await;
            let well = Upstream::start(Script::always(Dialect::Messages.text("well"))).await;
            let mut settings = settings([
                provider("down", &down, Dialect::Chat),
                provider("limited", &limited, Dialect::Chat),
                provider("well", &well, Dialect::Messages),
            ]);
            settings.routes = vec![route_all(&["down", "limited", "well"])];
            let rig = Rig::start(settings).await;
            let reply = rig.ask(Dialect::Chat, stream).await;
            assert_eq!(text_of(Dialect::Chat, stream, &reply.body), "well");
            let record = rig.record(&reply).await;
            let attempts: Vec<_> = record["attempts"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|attempt| (attempt["provider"].as_str(), attempt["status"].as_u64()))
                .collect();
            assert_eq!(
                attempts,
                [
                    (Some("down"), Some(500)),
                    (Some("limited"), Some(429)),
                    (Some("well"), Some(200))
                ]
            );
            // The one that asked to be left alone is.
            rig.ask(Dialect::Chat, stream).await;
            assert_eq!(limited.requests().len(), 1);
        }
    });
}

#[test]
fn a_client_that_leaves_closes_the_upstream() {
    run(async {
        let gate = Gate::new();
        let upstream = Upstream::start(Script::always(
            Dialect::Chat.text("hello").stream().silent_after(10, &gate),
        ))
        .await;
        let rig = Rig::before(&upstream, Dialect::Chat).await;
        let response = rig.open(&request(Dialect::Messages, true)).await;
        gate.reached().await;
        response.into_connection().close();
        upstream.wait_until(|log| log.connections.open == 0).await;
        let record = rig.newest_record().await;
        assert_eq!(record["cause"], "client_abort", "{record:#}");
    });
}

#[test]
fn a_drained_reply_is_counted_without_its_client() {
    run(async {
        let gate = Gate::new();
        let answer = Dialect::Messages.text("hello").stream().silent_after(300, &gate);
        let upstream = Upstream::start(Script::always(answer)).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Messages)]);
        settings.server.on_disconnect = OnDisconnect::Drain;
        let rig = Rig::start(settings).await;
        let response = rig.open(&request(Dialect::Messages, true)).await;
        gate.reached().await;
        response.into_connection().close();
        gate.open();
        let record = rig.newest_record().await;
        assert_eq!(record["cause"], "client_abort", "{record:#}");
        assert_eq!(record["finish"], "Stop", "read to the end: {record:#}");
    });
}

#[test]
fn shutdown_lets_streams_end_and_then_ends_them() {
    run(async {
        for (dialect, mark) in [
            (Dialect::Chat, "data: {\"error\""),
            (Dialect::Messages, "event: error"),
            (Dialect::Responses, "response.failed"),
        ] {
            let gate = Gate::new();
            let upstream = Upstream::start(Script::always(
                dialect.text("hello").stream().silent_after(200, &gate),
            ))
            .await;
            let mut rig = Rig::before(&upstream, dialect).await;
            let mut response = rig.open(&request(dialect, true)).await;
            gate.reached().await;
            rig.handle.shutdown();
            rig.handle.shutdown();
            let body = response.collect().await;
            assert!(body.text().contains(mark), "{dialect:?}: {}", body.text());
            assert!(body.text().contains("shutting down"), "{dialect:?}: {}", body.text());
            drop(response);
            rig.ended().await;
        }
    });
}
