//! Limits of requests and tokens, of starts, and a person's say.

use crate::rig::{DIALECTS, Reply, Rig, provider, request, run, settings};
use ironbridge_gateway::{
    ApprovalRequest, Approver, Gateway, RateLimitSettings, Services, Settings,
};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Answer, Dialect, Gate, Script, Upstream};
use ironbridge_upstream::BoxFuture;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn limit(pattern: &str, requests: Option<u64>, tokens: Option<u64>) -> RateLimitSettings {
    RateLimitSettings {
        pattern: pattern.to_owned(),
        requests_per_minute: requests,
        tokens_per_minute: tokens,
        burst: MINUTE,
        budgets: Vec::new(),
    }
}

/// A limit of which ten minutes' worth may be used at once, so that next to nothing comes back during a test.
fn slow_limit(pattern: &str, requests: Option<u64>, tokens: Option<u64>) -> RateLimitSettings {
    RateLimitSettings { burst: MINUTE * 10, ..limit(pattern, requests, tokens) }
}

async fn rig(script: impl Into<Script>, change: impl FnOnce(&mut Settings)) -> (Upstream, Rig) {
    let upstream = Upstream::start(script).await;
    let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
    change(&mut settings);
    let rig = Rig::start(settings).await;
    (upstream, rig)
}

fn limits_of(reply: &Reply) -> Vec<String> {
    let mut names: Vec<String> = reply
        .headers()
        .iter()
        .filter(|(name, _)| name.contains("ratelimit"))
        .filter(|(name, _)| !name.contains("reset"))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_model_over_its_rate_is_refused_in_each_dialect() {
    run(async {
        for dialect in DIALECTS {
            let (upstream, rig) = rig(Script::always(Dialect::Chat.text("hi")), |settings| {
                settings.rate_limits = vec![limit("m*", Some(2), None)];
            })
            .await;
            for _ in 0..2 {
                assert_eq!(rig.ask(dialect, false).await.status(), 200);
            }
            let refused = rig.ask(dialect, true).await;
            assert_eq!(refused.status(), 429, "{}", refused.text());
            let wait: u64 =
                refused.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
            assert!((1..=30).contains(&wait), "{wait}");
            let wanted = match dialect {
                Dialect::Messages => [
                    "anthropic-ratelimit-requests-limit: 2",
                    "anthropic-ratelimit-requests-remaining: 0",
                ],
                _ => ["x-ratelimit-limit-requests: 2", "x-ratelimit-remaining-requests: 0"],
            };
            assert_eq!(limits_of(&refused), wanted);
            let error = refused.json()["error"].clone();
            assert_eq!(error["type"], "rate_limit_error");
            if dialect != Dialect::Messages {
                assert_eq!(error["code"], "model_rate_limit");
            }
            let record = rig.record(&refused).await;
            assert_eq!(
                (&record["cause"], &record["limited_by"]),
                (&json!("refused"), &json!("model"))
            );
            assert_eq!(upstream.requests().len(), 2);
            let metrics = rig.send(&Request::get("/metrics")).await.text();
            let line = "ironbridge_requests_limited_total{limit=\"model\"} 1\n";
            assert!(metrics.contains(line), "{metrics}");
        }
    });
}

fn asking(tokens: usize) -> Request {
    let body =
        json!({"model": "m", "messages": [{"role": "user", "content": "x".repeat(tokens * 4)}]});
    Request::post("/v1/chat/completions", &body)
}

fn using(input: u64, output: u64) -> Answer {
    let body = json!({
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
        "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output},
    });
    Answer::json(200, &body)
}

#[test]
fn tokens_are_estimated_before_and_settled_after() {
    run(async {
        let answers = [using(900, 100), using(1_000, 6_000), using(1, 1)];
        let (_upstream, rig) = rig(Script::sequence(answers), |settings| {
            settings.rate_limits = vec![slow_limit("m", None, Some(1_000))];
        })
        .await;
        let left = async || {
            let limits = rig.send(&Request::get("/api/limits")).await.json();
            limits["rates"]["models"][0]["tokens"]["remaining"].as_u64().expect("a number")
        };
        assert_eq!(left().await, 10_000);
        // About 8,000 by its size, 1,000 in truth; then more than it looked.
        assert_eq!(rig.send(&asking(8_000)).await.status(), 200);
        assert!((9_000..10_000).contains(&left().await), "{}", left().await);
        assert_eq!(rig.send(&asking(1_000)).await.status(), 200);
        assert!((2_000..3_000).contains(&left().await), "{}", left().await);
        let refused = rig.send(&asking(8_000)).await;
        assert_eq!(
            (refused.status(), refused.json()["error"]["code"].as_str()),
            (429, Some("model_rate_limit"))
        );
        assert!(limits_of(&refused).contains(&"x-ratelimit-limit-tokens: 10000".to_owned()));
    });
}

#[test]
fn what_can_never_pass_is_not_told_to_try_again() {
    run(async {
        let (upstream, rig) = rig(Script::always(Dialect::Chat.text("hi")), |settings| {
            settings.rate_limits = vec![limit("*", None, Some(1_000))];
        })
        .await;
        let refused = rig.send(&asking(5_000)).await;
        assert_eq!(
            (refused.status(), refused.header("retry-after")),
            (413, None),
            "{}",
            refused.text()
        );
        assert_eq!(refused.json()["error"]["code"], "request_over_limit");
        assert!(refused.text().contains("can never pass"), "{}", refused.text());
        assert!(upstream.requests().is_empty());
    });
}

#[test]
fn what_no_model_worked_on_is_given_back() {
    run(async {
        let gone = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
        let nobody = gone.base_url();
        drop(gone);
        let trouble = Dialect::Chat.error(500, "server_error", "no");
        let breaks = Dialect::Chat.text("hi").close_before_headers();
        let upstream = Upstream::start(Script::sequence([trouble, breaks])).await;
        let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
        settings.providers[0].retries = 0;
        settings.rate_limits = vec![slow_limit("*", Some(1), Some(1_000))];
        let rig = Rig::start(settings.clone()).await;
        let left = async || {
            let limits = rig.send(&Request::get("/api/limits")).await.json();
            let of = |unit: &str| limits["rates"]["models"][0][unit]["remaining"].as_u64();
            (of("requests").expect("a number"), of("tokens").expect("a number"))
        };
        assert_eq!(rig.send(&asking(5_000)).await.status(), 500);
        assert_eq!(left().await, (9, 10_000), "an error costs a request, but no tokens");

        // A reload keeps what was used.
        let mut unreachable = settings.clone();
        unreachable.providers[0].base_url = Some(format!("{nobody}/v1").parse().expect("a URL"));
        rig.handle.reload(unreachable).expect("good settings");
        assert_eq!(rig.send(&asking(5_000)).await.status(), 502);
        assert_eq!(left().await, (9, 10_000), "what was not sent costs nothing");

        rig.handle.reload(settings).expect("good settings");
        assert_eq!(rig.send(&asking(5_000)).await.status(), 502);
        let (requests, tokens) = left().await;
        assert_eq!(requests, 8);
        assert!(tokens < 6_000, "what may have been billed costs its estimate: {tokens}");
    });
}

#[test]
fn a_reset_forgets_what_was_used() {
    run(async {
        let token = ironbridge_upstream::Secret::new("admin");
        let (_upstream, rig) = rig(Script::always(Dialect::Chat.text("hi")), |settings| {
            settings.rate_limits = vec![limit("m", Some(1), None)];
            settings.server.admin_token = Some(token);
        })
        .await;
        let reset = |body: Value| {
            Request::post("/api/limits/reset", &body).header("authorization", "Bearer admin")
        };
        for (body, wanted) in [
            (json!({"models": "m"}), (200, json!(true))),
            (json!({"models": "other"}), (200, json!(false))),
            (json!({"key": "nobody"}), (200, json!(false))),
        ] {
            assert_eq!(rig.ask(Dialect::Chat, false).await.status() == 200, wanted.1 == true);
            let reply = rig.send(&reset(body)).await;
            assert_eq!((reply.status(), reply.json()["reset"].clone()), wanted, "{}", reply.text());
            if wanted.1 == true {
                assert_eq!(rig.ask(Dialect::Chat, false).await.status(), 200);
            }
        }
        assert_eq!(rig.ask(Dialect::Chat, false).await.status(), 429);
        assert_eq!(rig.send(&reset(json!({"all": true}))).await.status(), 200);
        assert_eq!(rig.ask(Dialect::Chat, false).await.status(), 200);
        for wrong in [
            json!({}),
            json!({"all": false}),
            json!({"key": 1}),
            json!([]),
            json!({"all": true, "key": "x"}),
        ] {
            assert_eq!(rig.send(&reset(wrong.clone())).await.status(), 400, "{wrong}");
        }
        let unknown = Request::post("/api/limits/reset", &json!({"all": true}));
        assert_eq!(rig.send(&unknown).await.status(), 401, "only for the admin");
    });
}

#[test]
fn starts_keep_their_interval() {
    run(async {
        let (upstream, rig) = rig(Script::always(Dialect::Chat.text("hi")), |settings| {
            settings.server.interval = Some(MINUTE);
        })
        .await;
        assert_eq!(rig.ask(Dialect::Chat, false).await.status(), 200);
        for dialect in DIALECTS {
            let refused = rig.ask(dialect, true).await;
            assert_eq!(refused.status(), 429);
            let wait: u64 =
                refused.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
            assert!((1..=60).contains(&wait), "{wait}");
            assert!(refused.text().contains("Rate limit exceeded"), "{}", refused.text());
            assert_eq!(rig.record(&refused).await["limited_by"], "interval");
        }
        let count =
            Request::post("/v1/messages/count_tokens", &crate::rig::body(Dialect::Messages, false));
        assert_eq!(rig.send(&count).await.status(), 200, "a count makes no model work");
        assert_eq!(upstream.requests().len(), 1);
    });
}

#[test]
fn who_waits_for_a_start_gets_one_and_shutdown_ends_the_wait() {
    run(async {
        let interval = Duration::from_millis(40);
        let (upstream, mut rig) = rig(Script::always(Dialect::Chat.text("hi")), |settings| {
            settings.server.interval = Some(interval);
            settings.server.wait = true;
        })
        .await;
        let asked = request(Dialect::Chat, false);
        let replies = futures_util::future::join_all((0..6).map(|_| rig.send(&asked))).await;
        let mut waits = Vec::new();
        for reply in &replies {
            assert_eq!(reply.status(), 200);
            let record = rig.record(reply).await;
            waits.push(record["waited_ms"].as_u64().expect("a number"));
        }
        waits.sort_unstable();
        assert!(waits[5] > waits[0], "{waits:?}");
        assert_eq!(upstream.requests().len(), 6);

        let mut slow = settings([provider("up", &upstream, Dialect::Chat)]);
        slow.server.interval = Some(MINUTE);
        slow.server.wait = true;
        rig.handle.reload(slow).expect("good settings");
        let waits = rig.send(&asked);
        let stop = async {
            loop {
                let metrics = rig.send(&Request::get("/metrics")).await.text();
                if metrics.contains("ironbridge_requests_waiting{limit=\"interval\"} 1\n") {
                    break;
                }
                tokio::task::yield_now().await;
            }
            rig.handle.shutdown();
        };
        let (refused, ()) = tokio::join!(waits, stop);
        assert_eq!(refused.status(), 503, "{}", refused.text());
        rig.ended().await;
    });
}

/// Says what it is told to, and remembers what it was asked.
#[derive(Debug)]
struct Scripted {
    asked: Mutex<Vec<String>>,
    gate: Option<Gate>,
    yes: bool,
}

impl Approver for Scripted {
    fn approve<'a>(&'a self, request: &'a ApprovalRequest<'a>) -> BoxFuture<'a, bool> {
        let line = format!("{} {} stream {}", request.endpoint, request.model, request.stream);
        self.asked.lock().expect("unpoisoned").push(line);
        Box::pin(async move {
            if let Some(gate) = &self.gate {
                gate.reached_by(u64::MAX).await;
            }
            self.yes
        })
    }
}

async fn asked_of(yes: bool, gate: Option<Gate>) -> (Upstream, Rig, Arc<Scripted>) {
    let upstream = Upstream::start(Script::always(Dialect::Chat.text("hi"))).await;
    let approver = Arc::new(Scripted { asked: Mutex::default(), gate, yes });
    let services = Services { approver: Some(approver.clone()), ..Services::default() };
    let mut settings = settings([provider("up", &upstream, Dialect::Chat)]);
    settings.rate_limits = vec![limit("m", Some(1), None)];
    let gateway = Gateway::bind(settings, services).await.expect("good settings");
    (upstream, Rig::of(gateway), approver)
}

#[test]
fn a_person_may_refuse_a_request() {
    run(async {
        for (yes, status) in [(true, 200), (false, 403)] {
            let (upstream, rig, approver) = asked_of(yes, None).await;
            let reply = rig.ask(Dialect::Chat, false).await;
            assert_eq!(reply.status(), status, "{}", reply.text());
            if !yes {
                assert_eq!(reply.json()["error"]["message"], "Request rejected");
                assert_eq!(rig.record(&reply).await["limited_by"], "approval");
            }
            assert_eq!(upstream.requests().len(), usize::from(yes));
            // What was refused has cost nothing; what a limit refuses is not asked about.
            let next = rig.ask(Dialect::Chat, true).await.status();
            assert_eq!(next, if yes { 429 } else { 403 });
            let asked = approver.asked.lock().expect("unpoisoned").clone();
            let wanted: &[&str] = if yes {
                &["chat m stream false"]
            } else {
                &["chat m stream false", "chat m stream true"]
            };
            assert_eq!(asked, wanted);
            assert_eq!(
                rig.send(&Request::get("/v1/models")).await.status(),
                200,
                "a list is not asked about"
            );
        }
    });
}

#[test]
fn who_leaves_is_no_longer_asked_about() {
    run(async {
        let (upstream, rig, approver) = asked_of(true, Some(Gate::new())).await;
        let asked = request(Dialect::Chat, false);
        let leaves = async {
            while approver.asked.lock().expect("unpoisoned").is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            reply = rig.send(&asked) => panic!("answered {}", reply.status()),
            () = leaves => {}
        }
        assert_eq!(rig.newest_record().await["cause"], "client_abort");
        assert!(upstream.requests().is_empty());
        let limits = rig.send(&Request::get("/api/limits")).await.json();
        assert_eq!(
            limits["rates"]["models"][0]["requests"]["remaining"], 1,
            "given back: {limits:#}"
        );
    });
}
