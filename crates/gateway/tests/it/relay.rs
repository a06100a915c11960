//! Replies on their way: every dialect to every dialect, fallbacks, cancellation, shutdown.

use crate::rig::{DIALECTS, Rig, provider, request, route_all, run, settings};
use ironbridge_gateway::{DRAIN_TIME_MAX, OnDisconnect};
use ironbridge_testkit::client::Connection;
use ironbridge_testkit::{
    Answer, Dialect, Gate, Outcome, Position, Script, Upstream, messages, sse,
};

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
        assert_eq!(record["finish"], "stop", "read to the end: {record:#}");
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

#[test]
fn a_streams_connection_is_used_again() {
    run(async {
        for dialect in DIALECTS {
            let gate = Gate::new();
            // The end of the body comes some time after the last event, as from most servers.
            let answer = dialect.text("hello").stream().silent_after(usize::MAX, &gate);
            let upstream = Upstream::start(Script::always(answer)).await;
            let rig = Rig::before(&upstream, dialect).await;
            rig.ask(dialect, true).await;
            gate.open();
            for _ in 0..9 {
                upstream
                    .wait_until(|log| log.requests.iter().all(|r| r.outcome == Outcome::Sent))
                    .await;
                rig.ask(dialect, true).await;
            }
            // Now and then a request is faster than the connection's way back.
            let accepted = upstream.connections().accepted;
            assert!(accepted < 5, "{dialect:?}: {accepted} connections for 10 streams");
        }
    });
}

#[test]
fn shutdown_ends_what_has_no_stream_to_say_it_in() {
    run(async {
        let gate = Gate::new();
        let waits = |answer: Answer| Script::always(answer);
        let scripts = [
            waits(Dialect::Chat.text("hello").headers_behind(&gate)),
            waits(Dialect::Chat.text("hello").plain().silent_after(10, &gate)),
            waits(Dialect::Chat.error(500, "server_error", "down").silent_after(10, &gate)),
        ];
        for script in scripts {
            let upstream = Upstream::start(script).await;
            let mut rig = Rig::before(&upstream, Dialect::Chat).await;
            let asked = request(Dialect::Chat, false);
            let stop = async {
                upstream.wait_for_requests(1).await;
                rig.handle.shutdown();
                rig.handle.shutdown();
            };
            let (reply, ()) = tokio::join!(rig.send(&asked), stop);
            assert_eq!(reply.status(), 503, "{}", reply.text());
            assert!(reply.text().contains("shutting down"), "{}", reply.text());
            rig.ended().await;
        }
    });
}

#[test]
fn attempts_are_written_down_once_each() {
    run(async {
        let html = Answer::bytes(200, "text/html", "<html>");
        for (stream, answer) in [
            (true, messages::text("hello").stream().close_after(Position::Event(1))),
            (true, html.clone()),
            (false, html),
            (false, messages::text("hello").plain().close_after(10)),
        ] {
            let broken = Upstream::start(Script::always(answer)).await;
            let well = Upstream::start(Script::always(Dialect::Chat.text("well"))).await;
            let mut settings = settings([
                provider("broken", &broken, Dialect::Messages),
                provider("well", &well, Dialect::Chat),
            ]);
            settings.routes = vec![route_all(&["broken", "well"])];
            let rig = Rig::start(settings).await;
            let reply = rig.ask(Dialect::Messages, stream).await;
            let record = rig.record(&reply).await;
            let attempts = record["attempts"].as_array().expect("a list");
            assert_eq!(attempts.len(), 2, "{record:#}");
            assert!(attempts[0]["error"].is_string(), "{record:#}");
            assert!(attempts[1]["error"].is_null(), "{record:#}");
        }
    });
}

#[test]
fn a_server_that_will_be_back_late_is_left_for_another() {
    run(async {
        let late = Dialect::Chat.error(503, "server_error", "maintenance").retry_after(3600);
        let late = Upstream::start(Script::always(late)).await;
        let well = Upstream::start(Script::always(Dialect::Chat.text("well"))).await;
        let mut settings = settings([
            provider("late", &late, Dialect::Chat),
            provider("well", &well, Dialect::Chat),
        ]);
        settings.routes = vec![route_all(&["late", "well"])];
        let rig = Rig::start(settings.clone()).await;
        assert_eq!(rig.ask(Dialect::Chat, false).await.status(), 200);
        settings.routes = vec![route_all(&["late"])];
        rig.handle.reload(settings).expect("good settings");
        let reply = rig.ask(Dialect::Chat, false).await;
        assert_eq!((reply.status(), reply.header("retry-after")), (503, Some("3600")));
    });
}

#[test]
fn when_to_come_again_is_the_upstreams_to_say() {
    run(async {
        let answer = Dialect::Chat.error(503, "server_error", "down");
        let upstream = Upstream::start(Script::always(answer)).await;
        let rig = Rig::before(&upstream, Dialect::Chat).await;
        let reply = rig.ask(Dialect::Chat, false).await;
        assert_eq!((reply.status(), reply.header("retry-after")), (503, None));
    });
}

#[test]
fn a_drained_reply_without_end_is_given_up() {
    // With the clock paused, time goes on by itself where nothing else does.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let never = Gate::new();
        for (stream, answer) in [
            (false, Dialect::Chat.text("hello").headers_behind(&never)),
            (false, Dialect::Chat.text("hello").plain().silent_after(10, &never)),
            (true, Dialect::Chat.text("hello").stream().silent_after(10, &never)),
        ] {
            let upstream = Upstream::start(Script::always(answer)).await;
            let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
            settings.server.on_disconnect = OnDisconnect::Drain;
            let rig = Rig::start(settings).await;
            let mut connection = Connection::open(&rig.base_url).await.expect("connected");
            let host = rig.base_url.trim_start_matches("http://");
            let asked = request(Dialect::Chat, stream).to_bytes(host);
            connection.write(&asked).await.expect("sent");
            upstream.wait_for_requests(1).await;
            let began = tokio::time::Instant::now();
            connection.close();
            upstream.wait_until(|log| log.connections.open == 0).await;
            let waited = began.elapsed();
            assert!(waited < DRAIN_TIME_MAX * 2, "{waited:?}");
            assert_eq!(rig.newest_record().await["cause"], "client_abort");
        }
    });
}
