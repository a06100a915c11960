//! Every fault of an upstream: what the client sees of it, and what is written down.

use crate::rig::{DIALECTS, Reply, Rig, provider, request, route_all, run, run_within, settings};
use ironbridge_testkit::client::{Connection, End, Piece, Request};
use ironbridge_testkit::sse::{Event, LineEnd};
use ironbridge_testkit::{Answer, Dialect, Fault, Gate, Position, Script, Upstream};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

const TEXT: &str = "Grüße aus 東京, ein längerer Text, damit es viele Ereignisse gibt";

/// How a stream ended for the client.
#[derive(Debug, PartialEq, Eq)]
enum Ending {
    /// With the end of its dialect.
    Whole,
    /// With an error of its dialect and nothing after it.
    Error,
    /// Otherwise: never allowed.
    Nothing,
}

fn ending(dialect: Dialect, reply: &Reply) -> Ending {
    let decoded = reply.body.events();
    let Some(last) = decoded.events.last() else { return Ending::Nothing };
    if !decoded.unfinished.is_empty() || reply.body.end != End::Complete {
        return Ending::Nothing;
    }
    let json = last.json().unwrap_or_default();
    match dialect {
        Dialect::Chat if last.data == "[DONE]" => Ending::Whole,
        Dialect::Chat if json["error"]["message"].is_string() => Ending::Error,
        Dialect::Messages if json["type"] == "message_stop" => Ending::Whole,
        Dialect::Messages if json["type"] == "error" && last.name.as_deref() == Some("error") => {
            Ending::Error
        }
        Dialect::Responses if json["type"] == "response.completed" => Ending::Whole,
        Dialect::Responses if json["type"] == "response.failed" => Ending::Error,
        _ => Ending::Nothing,
    }
}

/// The terminal event of each dialect, which a broken stream must not show.
fn shows_an_end(dialect: Dialect, reply: &Reply) -> bool {
    let mark = match dialect {
        Dialect::Chat => "[DONE]",
        Dialect::Messages => "\"message_stop\"",
        Dialect::Responses => "\"response.completed\"",
    };
    reply.text().contains(mark)
}

/// Streams `answer` from an upstream of one dialect to a client of each.
fn check_stream(
    name: &str,
    answer: impl Fn(Dialect) -> Answer,
    expected: Ending,
    cause: &str,
    change: impl Fn(&mut ironbridge_gateway::Settings),
) {
    run(async {
        for from in DIALECTS {
            let upstream = Upstream::start(Script::always(answer(from))).await;
            let mut settings = settings([provider("up", &upstream, from)]);
            change(&mut settings);
            let rig = Rig::start(settings).await;
            for to in DIALECTS {
                let reply = rig.ask(to, true).await;
                let way =
                    format!("{name}, {from:?} to {to:?}: {} {}", reply.status(), reply.text());
                assert_eq!(ending(to, &reply), expected, "{way}");
                assert_eq!(shows_an_end(to, &reply), expected == Ending::Whole, "{way}");
                let record = rig.record(&reply).await;
                assert_eq!(record["cause"], cause, "{way}\n{record:#}");
                assert_eq!(
                    record["error"].is_null(),
                    expected == Ending::Whole,
                    "{way}\n{record:#}"
                );
            }
        }
    });
}

#[test]
fn harmless_shapes_of_a_stream_change_nothing() {
    type Shape = fn(Answer) -> Answer;
    let shapes: [(&str, Shape); 9] = [
        ("1-byte chunks", Answer::one_byte_chunks),
        ("chunks by seed", |answer| answer.chunks_by_seed(7, 40)),
        ("cut inside characters", Answer::cuts_inside_characters),
        ("cut inside events", Answer::cuts_inside_events),
        ("CRLF", |answer| answer.line_end(LineEnd::CrLf)),
        ("CR", |answer| answer.line_end(LineEnd::Cr)),
        ("byte order mark", Answer::byte_order_mark),
        ("comments", |answer| answer.comments("keep-alive")),
        ("gzip", Answer::gzip),
    ];
    for (name, shape) in shapes {
        let answer = |dialect: Dialect| shape(dialect.text(TEXT).stream());
        check_stream(name, answer, Ending::Whole, "completed", |_| {});
    }
}

#[test]
fn a_stream_that_breaks_ends_in_an_error() {
    let stream = |dialect: Dialect| dialect.text(TEXT).stream();
    type Broken<'a> = (&'a str, &'a dyn Fn(Dialect) -> Answer, &'a str);
    let broken: [Broken<'_>; 6] = [
        ("closed between events", &|d| stream(d).close_after(Position::Event(2)), "upstream_abort"),
        ("ended early", &|d| stream(d).end_after(Position::Event(2)), "upstream_abort"),
        (
            "cut inside a character",
            &|d| stream(d).end_after(Position::InsideCharacter(0)),
            "upstream_abort",
        ),
        (
            "cut inside an event",
            &|d| stream(d).end_after(Position::InsideEvent(2)),
            "upstream_abort",
        ),
        ("malformed event", &|d| stream(d).malformed_event(2), "upstream_error"),
        ("reset", &|d| stream(d).reset_after(Position::Event(2)), "upstream_abort"),
    ];
    for (name, answer, cause) in broken {
        check_stream(name, answer, Ending::Error, cause, |_| {});
    }
}

#[test]
fn an_event_over_the_limit_ends_in_an_error() {
    let bytes = ironbridge_wire::sse::EVENT_BYTES_MAX + 1;
    let answer = |dialect: Dialect| dialect.text(TEXT).stream().oversized_event(2, bytes);
    check_stream("oversized", answer, Ending::Error, "upstream_error", |_| {});
}

#[test]
fn silence_ends_in_a_timeout() {
    let gate = Gate::new();
    let idle =
        |dialect: Dialect| dialect.text(TEXT).stream().silent_after(Position::Event(4), &gate);
    check_stream("silent", idle, Ending::Error, "timeout", |settings| {
        settings.providers[0].timeouts.idle = Duration::from_millis(50);
    });
    let nothing = |dialect: Dialect| dialect.text(TEXT).stream().silent_after(0, &gate);
    check_stream("no content", nothing, Ending::Error, "timeout", |settings| {
        settings.providers[0].timeouts.first_content = Duration::from_millis(50);
    });
}

/// Some thousand exchanges in a debug build on a busy machine.
const EVERY_BYTE_TIME_MAX: Duration = Duration::from_secs(200);

/// Resets the connection after every number of bytes of a short stream; the request's model says after how many.
fn check_every_reset(dialect: Dialect) {
    run_within(EVERY_BYTE_TIME_MAX, async {
        let answer = move || dialect.text("Grüße").stream();
        let whole = Upstream::start(Script::always(answer())).await;
        let length = Rig::before(&whole, dialect).await.ask(dialect, true).await.body.bytes().len();
        let script = Script::by(move |request| {
            let model = request.json()["model"].as_str().unwrap_or_default().to_owned();
            answer().reset_after(model.parse::<usize>().expect("a number of bytes"))
        });
        let upstream = Upstream::start(script).await;
        let rig = Rig::before(&upstream, dialect).await;
        for bytes in 0..=length {
            let mut body = crate::rig::body(dialect, true);
            body["model"] = Value::from(bytes.to_string());
            let reply = rig.send(&Request::post(dialect.path(), &body)).await;
            let seen = ending(dialect, &reply);
            let whole = shows_an_end(dialect, &reply);
            let wanted = if whole { Ending::Whole } else { Ending::Error };
            assert_eq!(seen, wanted, "after {bytes} bytes: {}", reply.text());
            assert!(!whole || bytes >= length - 2, "an end after {bytes} of {length} bytes");
            let cause = if whole { "completed" } else { "upstream_abort" };
            assert_eq!(rig.record(&reply).await["cause"], cause, "after {bytes} bytes");
        }
        assert_eq!(upstream.requests().len(), length + 1, "nothing is sent twice");
    });
}

#[test]
fn a_reset_after_any_byte_is_told_in_chat() {
    check_every_reset(Dialect::Chat);
}

#[test]
fn a_reset_after_any_byte_is_told_in_messages() {
    check_every_reset(Dialect::Messages);
}

#[test]
fn a_reset_after_any_byte_is_told_in_responses() {
    check_every_reset(Dialect::Responses);
}

/// Answers that are no stream at all, to a streaming and to a plain request.
fn check_answer(
    name: &str,
    answer: impl Fn(Dialect) -> Answer,
    status: u16,
    cause: &str,
    says: &str,
) {
    run(async {
        for from in DIALECTS {
            let upstream = Upstream::start(Script::always(answer(from))).await;
            let mut settings = settings([provider("up", &upstream, from)]);
            settings.providers[0].timeouts.headers = Duration::from_millis(100);
            let rig = Rig::start(settings).await;
            for to in DIALECTS {
                for stream in [false, true] {
                    let reply = rig.ask(to, stream).await;
                    let way =
                        format!("{name}, {from:?} to {to:?}, stream {stream}: {}", reply.text());
                    assert_eq!(reply.status(), status, "{way}");
                    let message =
                        reply.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
                    assert!(message.contains(says), "{way}");
                    let is_anthropic = reply.json()["type"] == "error";
                    assert_eq!(is_anthropic, to == Dialect::Messages, "{way}");
                    let record = rig.record(&reply).await;
                    assert_eq!(record["cause"], cause, "{way}");
                    assert_eq!(record["status"], status, "{way}");
                }
            }
        }
    });
}

#[test]
fn what_is_no_answer_becomes_an_error_of_the_clients_dialect() {
    let gate = Gate::new();
    let html = |_| Answer::bytes(200, "text/html", "<p>log in</p>");
    check_answer("wrong content", html, 502, "upstream_error", "text/html");
    check_answer(
        "slow headers",
        |d| d.text(TEXT).headers_behind(&gate),
        504,
        "timeout",
        "no answer within",
    );
    check_answer(
        "closed",
        |d| d.text(TEXT).close_before_headers(),
        502,
        "upstream_abort",
        "closed",
    );
    check_answer(
        "redirect",
        |_| Answer::redirect("http://127.0.0.1:1/"),
        502,
        "upstream_abort",
        "redirect",
    );
    let error =
        |status: u16, says: &'static str| move |d: Dialect| d.error(status, "some_error", says);
    check_answer("400", error(400, "bad thing"), 400, "upstream_error", "bad thing");
    check_answer("404", error(404, "no such model"), 404, "upstream_error", "no such model");
    check_answer("413", error(413, "too big"), 413, "upstream_error", "too big");
    check_answer("500", error(500, "oops"), 500, "upstream_error", "oops");
    check_answer("529", error(529, "overloaded"), 529, "upstream_error", "overloaded");
    check_answer("401", error(401, "bad key"), 502, "upstream_error", "bad key");
}

#[test]
fn plain_replies_that_break_are_errors() {
    run(async {
        for dialect in DIALECTS {
            let answers = [
                dialect.text(TEXT).plain().reset_after(20),
                dialect.text(TEXT).plain().close_after(20),
                Answer::bytes(200, "application/json", "{\"id\": \"cut"),
            ];
            let upstream = Upstream::start(Script::sequence(answers)).await;
            let rig = Rig::before(&upstream, dialect).await;
            for _ in 0..3 {
                let reply = rig.ask(dialect, false).await;
                assert_eq!(reply.status(), 502, "{}", reply.text());
                assert!(reply.json()["error"]["message"].is_string(), "{}", reply.text());
                let record = rig.record(&reply).await;
                assert!(
                    matches!(record["cause"].as_str(), Some("upstream_abort" | "upstream_error")),
                    "{record:#}"
                );
                assert_eq!(record["status"], 502, "{record:#}");
            }
        }
    });
}

#[test]
fn retry_after_reaches_the_client_unchanged() {
    run(async {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
        for dialect in DIALECTS {
            let limited =
                dialect.rate_limited(7).header("anthropic-ratelimit-unified-status", "rejected");
            let by_date = dialect.error(429, "rate_limit_error", "slow").retry_after_date(date);
            for (answer, wanted) in [(limited, "7"), (by_date, "Tue, 02 Oct 2096 07:06:40 GMT")] {
                let upstream = Upstream::start(Script::always(answer)).await;
                let rig = Rig::before(&upstream, dialect).await;
                let reply = rig.ask(dialect, true).await;
                assert_eq!(
                    (reply.status(), reply.header("retry-after")),
                    (429, Some(wanted)),
                    "{dialect:?}"
                );
                let record = rig.record(&reply).await;
                assert_eq!(
                    (&record["cause"], &record["status"]),
                    (&json!("upstream_error"), &json!(429))
                );
                if wanted == "7" {
                    assert_eq!(
                        reply.header("anthropic-ratelimit-unified-status"),
                        Some("rejected")
                    );
                }
                let later = rig.ask(dialect, true).await;
                assert_eq!(later.status(), 429, "left alone until then");
                assert!(later.header("retry-after").is_some());
                assert_eq!(upstream.requests().len(), 1);
            }
        }
    });
}

#[test]
fn a_429_keeps_its_retry_after_in_every_dialect() {
    run(async {
        for from in DIALECTS {
            for to in DIALECTS {
                let upstream = Upstream::start(Script::always(from.rate_limited(7))).await;
                let rig = Rig::before(&upstream, from).await;
                let reply = rig.ask(to, true).await;
                assert_eq!(
                    (reply.status(), reply.header("retry-after")),
                    (429, Some("7")),
                    "{from:?} to {to:?}"
                );
                let kind = reply.json()["error"]["type"].clone();
                let same = kind == "rate_limit_error" || kind == "rate_limit_exceeded";
                assert!(same, "{from:?} to {to:?}: {kind}");
            }
        }
    });
}

/// Faults drawn by seed: whatever happens, the client gets a whole reply or an error of its dialect, and the books say
/// which.
#[test]
fn faults_by_seed_end_well_or_in_an_error() {
    const SEEDS: u64 = 48;
    run_within(EVERY_BYTE_TIME_MAX, async {
        for from in DIALECTS {
            let script = Script::by(move |request| {
                let model = request.json()["model"].as_str().unwrap_or_default().to_owned();
                let seed = model.parse().expect("a seed");
                from.text(TEXT).stream().with(Fault::seeded(seed, 600))
            });
            let upstream = Upstream::start(script).await;
            let rig = Rig::before(&upstream, from).await;
            for seed in 0..SEEDS {
                for to in DIALECTS {
                    let mut body = crate::rig::body(to, true);
                    body["model"] = Value::from(seed.to_string());
                    let reply = rig.send(&Request::post(to.path(), &body)).await;
                    let way = format!(
                        "seed {seed}, {from:?} to {to:?}: {} {}",
                        reply.status(),
                        reply.text()
                    );
                    let cause = rig.record(&reply).await["cause"].clone();
                    if reply.status() == 200 {
                        let seen = ending(to, &reply);
                        assert_ne!(seen, Ending::Nothing, "{way}");
                        assert_eq!(seen == Ending::Whole, cause == "completed", "{way}\n{cause}");
                    } else {
                        assert!(reply.json()["error"]["message"].is_string(), "{way}");
                        assert_ne!(cause, "completed", "{way}");
                    }
                }
            }
        }
    });
}

#[test]
fn runs_of_5xx_are_retried_as_often_as_configured() {
    run(async {
        let script = Script::failures(2, 503).then(Script::always(Dialect::Chat.text("well")));
        let upstream = Upstream::start(script).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
        settings.providers[0].retries = 2;
        let rig = Rig::start(settings).await;
        let reply = rig.ask(Dialect::Messages, true).await;
        assert_eq!(ending(Dialect::Messages, &reply), Ending::Whole, "{}", reply.text());
        assert_eq!(upstream.requests().len(), 3);
        let record = rig.record(&reply).await;
        let attempts = record["attempts"].as_array().expect("a list");
        assert_eq!((attempts.len(), &attempts[0]["tries"]), (1, &json!(3)), "{record:#}");
        check_attempts_metric(&rig, 3).await;
    });
}

#[test]
fn every_try_of_a_refused_connection_is_in_the_books() {
    run(async {
        let gone = Upstream::start(Script::failures(0, 503)).await;
        let second = Upstream::start(Script::always(Dialect::Chat.text("well"))).await;
        let mut settings = settings([
            provider("gone", &gone, Dialect::Chat),
            provider("second", &second, Dialect::Chat),
        ]);
        drop(gone);
        settings.providers[0].retries = 2;
        settings.routes = vec![route_all(&["gone", "second"])];
        let rig = Rig::start(settings).await;
        let reply = rig.ask(Dialect::Chat, false).await;
        let record = rig.record(&reply).await;
        let tries: Vec<_> = record["attempts"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|attempt| (&attempt["provider"], &attempt["status"], &attempt["tries"]))
            .collect();
        let wanted =
            [(&json!("gone"), &json!(null), &json!(3)), (&json!("second"), &json!(200), &json!(1))];
        assert_eq!(tries, wanted, "{record:#}");
        check_attempts_metric(&rig, 4).await;
    });
}

/// Holds how many requests `/metrics` says were sent to providers.
async fn check_attempts_metric(rig: &Rig, expected: u32) {
    let metrics = rig.send(&Request::get("/metrics")).await.text();
    let line = format!("ironbridge_upstream_attempts_total {expected}\n");
    assert!(metrics.contains(&line), "{metrics}");
}

#[test]
fn a_storm_of_429_is_not_answered_by_a_storm() {
    run(async {
        const CLIENTS: usize = 32;
        let upstream = Upstream::start(Script::always(Dialect::Messages.rate_limited(30))).await;
        let rig = Rig::before(&upstream, Dialect::Messages).await;
        let asked = request(Dialect::Messages, true);
        let replies = futures_util::future::join_all((0..CLIENTS).map(|_| rig.send(&asked))).await;
        for reply in &replies {
            assert_eq!(reply.status(), 429);
            let seconds: u64 =
                reply.header("retry-after").and_then(|value| value.parse().ok()).expect("a number");
            assert!((1..=30).contains(&seconds), "{seconds}");
            let cause = rig.record(reply).await["cause"].clone();
            assert!(
                cause == "upstream_error" || cause == "refused",
                "{cause}: the upstream's own, or left alone"
            );
        }
        assert!(upstream.requests().len() <= CLIENTS, "no request was sent twice");
    });
}

#[test]
fn large_bodies_pass_both_ways() {
    run(async {
        const BYTES: usize = 4 * 1024 * 1024;
        let text = "x".repeat(BYTES);
        for from in DIALECTS {
            let upstream = Upstream::start(Script::always(from.text(text.clone()))).await;
            let rig = Rig::before(&upstream, from).await;
            for to in DIALECTS {
                let mut body = crate::rig::body(to, false);
                let key = if to == Dialect::Responses { "input" } else { "messages" };
                match &mut body[key] {
                    Value::Array(messages) => messages[0]["content"] = Value::from(text.clone()),
                    input => *input = Value::from(text.clone()),
                }
                let asked = Request::post(to.path(), &body);
                let reply = rig.send(&asked).await;
                assert_eq!(reply.status(), 200, "{from:?} to {to:?}");
                assert!(reply.body.bytes().len() > BYTES, "{from:?} to {to:?}");
            }
            let received = upstream.requests();
            assert!(received.iter().all(|request| request.body.len() > BYTES));
        }
    });
}

/// What stands in sockets and buffers between the upstream and a client that does not read: the kernel keeps up to 4 MB
/// to send and 6 MB received on each of two connections.
const IN_BETWEEN_BYTES_MAX: u64 = 24 * 1024 * 1024;

#[test]
fn a_client_that_hardly_reads_slows_the_upstream_down() {
    run(async {
        for to in [Dialect::Chat, Dialect::Messages] {
            let delta = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{"index": 0, "delta": {"content": "y".repeat(64 * 1024)}}]});
            let events = std::iter::repeat_n(Event::unnamed(delta.to_string()), 1500);
            let upstream = Upstream::start(Script::always(Answer::events(events))).await;
            let rig = Rig::before(&upstream, Dialect::Chat).await;
            let mut connection =
                Connection::open_with_receive_buffer(&rig.base_url, 4096).await.expect("connected");
            let host = rig.base_url.trim_start_matches("http://");
            connection.write(&request(to, true).to_bytes(host)).await.expect("sent");
            let mut read = 0;
            while read < 16 * 1024 {
                match connection.read_some(1024).await {
                    Piece::Data(bytes) => read += bytes.len(),
                    other => panic!("{other:?} after {read} bytes"),
                }
            }
            let too_much = upstream.wait_until(|log| log.bytes_sent > IN_BETWEEN_BYTES_MAX);
            let outran = tokio::time::timeout(Duration::from_secs(3), too_much).await;
            assert!(
                outran.is_err(),
                "{} bytes were taken for a client that does not read",
                upstream.bytes_sent()
            );
            connection.close();
        }
    });
}
