//! What one client may ask of the gateway, and what happens at each bound.

use crate::rig::{Rig, provider, request, run, settings};
use ironbridge_gateway::{On429, Settings};
use ironbridge_testkit::client::{Connection, End, Request};
use ironbridge_testkit::{Answer, Dialect, Gate, Position, Script, Upstream};
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(100);

async fn rig(answer: Answer, change: impl FnOnce(&mut Settings)) -> (Upstream, Rig) {
    let upstream = Upstream::start(Script::always(answer)).await;
    let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
    change(&mut settings);
    let rig = Rig::start(settings).await;
    (upstream, rig)
}

async fn raw(rig: &Rig, bytes: &[u8]) -> (String, End) {
    let mut connection = Connection::open(&rig.base_url).await.expect("connected");
    connection.write(bytes).await.expect("sent");
    let (bytes, end) = connection.read_to_end().await;
    (String::from_utf8_lossy(&bytes).into_owned(), end)
}

#[test]
fn slow_and_large_heads_are_cut_off() {
    run(async {
        let (_upstream, rig) = rig(Dialect::Chat.text("hi"), |settings| {
            settings.server.limits.header_timeout = SHORT;
            settings.server.limits.header_bytes_max = 8192;
        })
        .await;
        let (_, end) = raw(&rig, b"POST /v1/messages HTTP/1.1\r\nhost: local").await;
        assert!(matches!(end, End::Closed | End::Complete | End::Reset), "{end:?}");
        let large =
            format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(20_000));
        let (answer, _) = raw(&rig, large.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    });
}

#[test]
fn a_body_that_stops_is_told_so() {
    run(async {
        let (_upstream, rig) = rig(Dialect::Chat.text("hi"), |settings| {
            settings.server.limits.body_idle_timeout = SHORT;
        })
        .await;
        let head = "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                    content-length: 1000\r\nconnection: close\r\n\r\n{";
        let (answer, _) = raw(&rig, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("no byte of the body came for"), "{answer}");
    });
}

#[test]
fn a_client_that_takes_nothing_is_dropped() {
    run(async {
        let delta = serde_json::json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {"content": "y".repeat(64 * 1024)}}]});
        let event = ironbridge_testkit::sse::Event::unnamed(delta.to_string());
        let answer = Answer::events(std::iter::repeat_n(event, 1000));
        let (upstream, rig) = rig(answer, |settings| {
            settings.server.limits.write_idle_timeout = SHORT;
        })
        .await;
        let mut connection =
            Connection::open_with_receive_buffer(&rig.base_url, 4096).await.expect("connected");
        let host = rig.base_url.trim_start_matches("http://");
        connection.write(&request(Dialect::Chat, true).to_bytes(host)).await.expect("sent");
        upstream.wait_until(|log| log.connections.aborted_by_peer == 1).await;
        assert_eq!(rig.newest_record().await["cause"], "client_abort");
        connection.close();
    });
}

#[test]
fn places_are_bounded_and_the_queue_is_too() {
    run(async {
        let gate = Gate::new();
        let (upstream, rig) = rig(Dialect::Chat.text("hi").headers_behind(&gate), |settings| {
            settings.server.limits.concurrency_max = 2;
            settings.server.limits.queue_max = 4;
        })
        .await;
        // Two run, one session may hold two of the four turns, and its fifth request is refused; another's is not.
        let asked = request(Dialect::Messages, false).header("x-session-id", "loud");
        let quiet = request(Dialect::Messages, false).header("x-session-id", "quiet");
        let mut all = futures_util::stream::FuturesUnordered::new();
        for asked in [&asked, &asked, &asked, &asked, &asked, &quiet] {
            all.push(rig.send(asked));
        }
        use futures_util::StreamExt as _;
        let refused = all.next().await.expect("one of six");
        assert_eq!(
            (refused.status(), refused.header("retry-after")),
            (503, Some("1")),
            "{}",
            refused.text()
        );
        assert!(refused.text().contains("the queue is full"), "{}", refused.text());
        assert!(upstream.connections().open_peak <= 2);
        gate.open();
        while let Some(reply) = all.next().await {
            assert_eq!(reply.status(), 200);
        }
        assert_eq!(upstream.connections().open_peak, 2);
    });
}

#[test]
fn who_waits_too_long_is_told_so() {
    run(async {
        let gate = Gate::new();
        let (_upstream, rig) = rig(Dialect::Chat.text("hi").headers_behind(&gate), |settings| {
            settings.server.limits.concurrency_max = 1;
            settings.server.limits.queue_wait = SHORT;
        })
        .await;
        let asked = request(Dialect::Chat, false);
        let first = rig.send(&asked);
        let second = async {
            gate.reached().await;
            let reply = rig.send(&asked).await;
            gate.open();
            reply
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first.status(), second.status()), (200, 503));
        assert!(second.text().contains("no place came free in time"), "{}", second.text());
        assert_eq!(rig.ask(Dialect::Chat, false).await.status(), 200, "the place is free again");
    });
}

#[test]
fn silence_is_filled_with_signs_of_life() {
    run(async {
        for (dialect, sign) in [
            (Dialect::Chat, ": ping\n\n"),
            (Dialect::Responses, ": ping\n\n"),
            (Dialect::Messages, "event: ping\n"),
        ] {
            let gate = Gate::new();
            let answer =
                Dialect::Chat.text("hello").stream().silent_after(Position::Event(2), &gate);
            let (_upstream, rig) = rig(answer, |settings| settings.server.keep_alive = SHORT).await;
            let mut response = rig.open(&request(dialect, true)).await;
            let mut seen = String::new();
            while !seen.contains(sign) {
                seen.push_str(&String::from_utf8_lossy(&response.read_at_least(1).await));
            }
            gate.open();
            let rest = response.collect().await;
            assert!(
                rest.text().contains("hello") || seen.contains("hello"),
                "{dialect:?}: {seen}{}",
                rest.text()
            );
        }
    });
}

#[test]
fn a_429_is_waited_out_where_the_operator_says_so() {
    run(async {
        let script = Script::sequence([Dialect::Chat.rate_limited(1), Dialect::Chat.text("well")]);
        let upstream = Upstream::start(script).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
        settings.server.on_429 = On429::Wait;
        let rig = Rig::start(settings).await;
        let reply = rig.ask(Dialect::Chat, false).await;
        assert_eq!(reply.status(), 200, "{}", reply.text());
        assert_eq!(upstream.requests().len(), 2);
        let record = rig.record(&reply).await;
        assert_eq!(record["attempts"].as_array().map(Vec::len), Some(2), "{record:#}");
    });
}

#[test]
fn a_connection_serves_many_requests() {
    run(async {
        let (_upstream, rig) = rig(Dialect::Chat.text("hi"), |_| {}).await;
        let mut connection = Connection::open(&rig.base_url).await.expect("connected");
        for _ in 0..3 {
            let mut response = connection.send(&Request::get("/healthz")).await.expect("answered");
            assert_eq!(response.collect().await.text(), "ok");
            connection = response.into_connection();
        }
    });
}
