//! Waiting out an upstream's 429 (`on_429 = "wait"`): one line, one probe, never a storm.

use crate::rig::{DIALECTS, Rig, provider, request, route_all, run, settings};
use futures_util::future::join_all;
use ironbridge_gateway::{On429, OnDisconnect, Settings};
use ironbridge_testkit::client::{Request, Response};
use ironbridge_testkit::{Answer, Dialect, Gate, Script, Upstream};
use serde_json::{Value, json};
use std::time::Duration;

/// Each rest in these tests, as an upstream says it.
const REST_MS: &str = "60";

/// A rest that no test outlasts.
const LONG_REST_SECONDS: u64 = 200;

fn tired(dialect: Dialect) -> Answer {
    dialect.error(429, "rate_limit_error", "slow down").header("retry-after-ms", REST_MS)
}

fn patient(upstream: &Upstream, dialect: Dialect) -> Settings {
    let mut settings = settings([provider("up", upstream, dialect)]);
    settings.server.on_429 = On429::Wait;
    settings
}

/// Resolves when so many requests wait for an upstream.
async fn parked(rig: &Rig, wanted: u64) {
    loop {
        let limits = rig.send(&Request::get("/api/limits")).await.json();
        let waiting = limits["cooling"]
            .as_array()
            .map_or(0, |lines| lines.iter().filter_map(|line| line["waiting"].as_u64()).sum());
        if waiting == wanted {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Reads until `wanted` has come.
async fn read_until(response: &mut Response, wanted: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(wanted) {
        let bytes = response.read_at_least(1).await;
        assert!(!bytes.is_empty(), "the stream ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&bytes));
    }
    seen
}

#[test]
fn thirty_two_clients_are_one_request_per_rest() {
    run(async {
        const CLIENTS: usize = 32;
        const RESTS: usize = 4;
        for stream in [false, true] {
            let dialect = Dialect::Messages;
            let script =
                Script::times(RESTS, tired(dialect)).then(Script::always(dialect.text("well")));
            let upstream = Upstream::start(script).await;
            let rig = Rig::start(patient(&upstream, dialect)).await;
            let asked = request(dialect, stream);
            let first = rig.send(&asked);
            let others = async {
                upstream.wait_until(|log| !log.requests.is_empty()).await;
                parked(&rig, 1).await;
                join_all((1..CLIENTS).map(|_| rig.send(&asked))).await
            };
            let (first, others) = tokio::join!(first, others);
            for reply in others.iter().chain([&first]) {
                assert_eq!(reply.status(), 200, "{}", reply.text());
                assert!(reply.text().contains("well"), "{}", reply.text());
                let record = rig.record(reply).await;
                assert_eq!(record["limited_by"], "cooldown", "{record:#}");
                assert!(record["waited_ms"].as_u64().expect("a number") > 0, "{record:#}");
                assert_eq!(
                    (&record["cause"], &record["status"]),
                    (&json!("completed"), &json!(200))
                );
            }
            assert_eq!(upstream.requests().len(), RESTS + CLIENTS);
        }
    });
}

#[test]
fn the_next_goes_when_the_one_before_is_answered() {
    run(async {
        let gate = Gate::new();
        let dialect = Dialect::Chat;
        let answers = [tired(dialect), dialect.text("first").headers_behind(&gate)];
        let script = Script::sequence(answers).then(Script::always(dialect.text("later")));
        let upstream = Upstream::start(script).await;
        let rig = Rig::start(patient(&upstream, dialect)).await;
        let asked = request(dialect, false);
        let all = join_all((0..1).map(|_| rig.send(&asked)));
        let rest = async {
            parked(&rig, 1).await;
            let late = join_all((0..5).map(|_| rig.send(&asked)));
            let open = async {
                // The probe is at the upstream; who comes now joins the line, although the rest is over.
                gate.reached().await;
                parked(&rig, 5).await;
                assert_eq!(upstream.requests().len(), 2);
                gate.open();
            };
            tokio::join!(late, open).0
        };
        let (first, late) = tokio::join!(all, rest);
        assert!(first.iter().chain(&late).all(|reply| reply.status() == 200));
        assert_eq!(upstream.requests().len(), 7);
    });
}

#[test]
fn a_stream_begins_while_it_waits_and_says_for_how_long() {
    run(async {
        for to in DIALECTS {
            let dialect = Dialect::Chat;
            let script = Script::sequence([tired(dialect), dialect.text("hello").stream()]);
            let upstream = Upstream::start(script).await;
            let rig = Rig::start(patient(&upstream, dialect)).await;
            let mut response = rig.open(&request(to, true)).await;
            assert_eq!(response.status, 200);
            assert_eq!(response.header("content-type"), Some("text/event-stream"));
            assert!(response.header("x-request-id").is_some());
            let seen = read_until(&mut response, "\n\n").await;
            assert!(seen.starts_with(": waiting for up to recover, 1 s\n"), "{seen}");
            let sign = if to == Dialect::Messages { "event: ping\n" } else { ": ping\n" };
            assert!(seen.contains(sign), "{seen}");
            let rest = response.collect().await.text();
            assert!(rest.contains("hello"), "{to:?}: {rest}");
        }
    });
}

#[test]
fn a_wait_in_vain_ends_in_the_stream_with_the_dialects_error() {
    run(async {
        for to in DIALECTS {
            let dialect = Dialect::Chat;
            let long = dialect.rate_limited(100_000);
            let upstream = Upstream::start(Script::sequence([tired(dialect), long])).await;
            let rig = Rig::start(patient(&upstream, dialect)).await;
            let reply = rig.ask(to, true).await;
            assert_eq!(reply.status(), 200);
            let text = reply.text();
            let sign = match to {
                Dialect::Chat => "data: {\"error\":",
                Dialect::Messages => "event: error\n",
                Dialect::Responses => "event: response.failed\n",
            };
            assert!(text.contains(sign), "{to:?}: {text}");
            assert!(!text.contains("[DONE]"), "{text}");
            let record = rig.record(&reply).await;
            assert_eq!(
                (&record["cause"], &record["status"]),
                (&json!("upstream_error"), &json!(200))
            );
            assert_eq!(record["attempts"].as_array().map(Vec::len), Some(2), "{record:#}");
            let whole = rig.ask(to, false).await;
            assert_eq!(whole.status(), 429, "nobody waits for so long");
            let wait: u64 =
                whole.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
            assert!(wait > 300, "{wait}");
        }
    });
}

#[test]
fn a_refusal_after_the_wait_is_the_clients() {
    run(async {
        let dialect = Dialect::Messages;
        for stream in [false, true] {
            let bad = dialect.error(400, "invalid_request_error", "no such tool");
            let upstream = Upstream::start(Script::sequence([tired(dialect), bad])).await;
            let rig = Rig::start(patient(&upstream, dialect)).await;
            let reply = rig.ask(dialect, stream).await;
            assert_eq!(reply.status(), if stream { 200 } else { 400 });
            assert!(reply.text().contains("no such tool"), "{}", reply.text());
        }
    });
}

#[test]
fn who_leaves_frees_its_place() {
    run(async {
        let policies = [OnDisconnect::Cancel, OnDisconnect::Drain];
        for (stream, policy) in [false, true].into_iter().flat_map(|s| policies.map(|p| (s, p))) {
            let dialect = Dialect::Messages;
            let upstream =
                Upstream::start(Script::always(dialect.rate_limited(LONG_REST_SECONDS))).await;
            let mut settings = patient(&upstream, dialect);
            settings.server.on_disconnect = policy;
            let rig = Rig::start(settings).await;
            let asked = request(dialect, stream);
            let left = async {
                let mut response = rig.open(&asked).await;
                while !response.read_at_least(1).await.is_empty() {}
            };
            tokio::select! {
                () = left => panic!("it is not answered"),
                () = parked(&rig, 1) => {}
            }
            parked(&rig, 0).await;
            let record = rig.newest_record().await;
            assert_eq!(record["cause"], "client_abort", "{record:#}");
            assert_eq!(upstream.requests().len(), 1);
        }
    });
}

#[test]
fn the_line_is_bounded_and_fair() {
    run(async {
        let dialect = Dialect::Messages;
        let upstream =
            Upstream::start(Script::always(dialect.rate_limited(LONG_REST_SECONDS))).await;
        let mut settings = patient(&upstream, dialect);
        // Half of the places may wait, and one session half of those.
        settings.server.limits.concurrency_max = 8;
        let rig = Rig::start(settings).await;
        let loud = request(dialect, false).header("x-session-id", "loud");
        let quiet = request(dialect, false).header("x-session-id", "quiet");
        let held = async {
            let (a, b) = (rig.send(&loud), rig.send(&loud));
            let (c, d) = (rig.send(&quiet), rig.send(&quiet));
            tokio::join!(a, b, c, d)
        };
        let judged = async {
            parked(&rig, 4).await;
            let refused = rig.send(&quiet).await;
            let wait: u64 =
                refused.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
            assert_eq!(refused.status(), 429);
            assert!((1..=LONG_REST_SECONDS).contains(&wait), "{wait}");
            rig.handle.shutdown();
        };
        let (held, ()) = tokio::join!(held, judged);
        for reply in [held.0, held.1, held.2, held.3] {
            assert_eq!(reply.status(), 503, "shutdown ends the waits: {}", reply.text());
        }
    });
}

#[test]
fn another_model_and_another_target_do_not_wait() {
    run(async {
        let dialect = Dialect::Messages;
        let tired = Upstream::start(Script::by(move |received| {
            let body: Value = serde_json::from_slice(&received.body).expect("JSON");
            if body["model"] == "m" {
                dialect.rate_limited(LONG_REST_SECONDS)
            } else {
                dialect.text("fresh")
            }
        }))
        .await;
        let spare = Upstream::start(Script::always(dialect.text("spare"))).await;
        let mut settings = patient(&tired, dialect);
        let rig = Rig::start(settings.clone()).await;
        let waits = request(dialect, true);
        let other = Request::post(
            dialect.path(),
            &json!({
                "model": "other", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}],
            }),
        );
        tokio::select! {
            reply = rig.send(&waits) => panic!("{}", reply.text()),
            () = async {
                parked(&rig, 1).await;
                assert!(rig.send(&other).await.text().contains("fresh"));
                settings.providers.push(provider("spare", &spare, dialect));
                settings.routes = vec![route_all(&["up", "spare"])];
                rig.handle.reload(settings).expect("good settings");
                assert!(rig.ask(dialect, false).await.text().contains("spare"));
            } => {}
        }
    });
}

#[test]
fn what_rests_is_shown_also_where_nobody_waits() {
    run(async {
        let dialect = Dialect::Chat;
        let answer =
            dialect.error(429, "rate_limit_error", "slow down").header("retry-after", "60");
        let upstream = Upstream::start(Script::always(answer)).await;
        let rig = Rig::start(settings([provider("up", &upstream, dialect)])).await;
        assert_eq!(rig.ask(dialect, false).await.status(), 429);
        let limits = rig.send(&Request::get("/api/limits")).await.json();
        let [rest] = limits["cooling"].as_array().unwrap().as_slice() else { panic!("{limits}") };
        assert_eq!((&rest["provider"], &rest["waiting"]), (&json!("up"), &json!(0)));
        assert!(rest["rest_ms"].as_u64().is_some_and(|ms| ms > 0 && ms <= 60_000), "{rest}");
    });
}

#[test]
fn a_rest_is_over_for_all_when_nobody_waits_any_more() {
    run(async {
        let dialect = Dialect::Chat;
        let script =
            Script::sequence([tired(dialect), dialect.text("well"), dialect.text("again")]);
        let upstream = Upstream::start(script).await;
        let rig = Rig::start(patient(&upstream, dialect)).await;
        assert_eq!(rig.ask(dialect, false).await.status(), 200);
        loop {
            let limits = rig.send(&Request::get("/api/limits")).await.json();
            if limits["cooling"] == json!([]) {
                break;
            }
            tokio::time::sleep(Duration::ZERO).await;
        }
        let reply = rig.ask(dialect, false).await;
        assert_eq!(rig.record(&reply).await["limited_by"], Value::Null);
    });
}
