//! What headers a client sees: those of a list, and nothing else that an upstream may have sent.

use crate::rig::{DIALECTS, Rig, body, run};
use ironbridge_testkit::client::Request;
use ironbridge_testkit::{Answer, Dialect, Script, Upstream, messages, provider as answers};
use serde_json::json;

/// What may stand in a reply of ours; `*` at the end: any name that begins so.
const ALLOWED: [&str; 17] = [
    // Ours.
    "x-request-id",
    "request-id",
    "x-ironbridge-*",
    "cache-control",
    "content-length",
    "transfer-encoding",
    "date",
    "connection",
    // The upstream's.
    "content-type",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "anthropic-ratelimit-*",
    "x-ratelimit-*",
    "ratelimit-*",
    "openai-*",
    "allow",
];

/// What an upstream may never say to a client of ours.
const SENT: [(&str, &str); 12] = [
    ("set-cookie", "session=1"),
    ("x-goog-api-key", "k"),
    ("anthropic-organization-id", "org"),
    ("access-control-allow-origin", "*"),
    ("location", "http://evil.example"),
    ("server", "upstream"),
    ("x-request-id", "req_of_the_upstream"),
    ("request-id", "req_of_the_upstream"),
    ("x-ironbridge-changes", "9; /invented"),
    ("content-security-policy", "none"),
    ("cf-ray", "1"),
    ("via", "1.1 proxy"),
];

fn allowed(name: &str) -> bool {
    ALLOWED.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *pattern,
    })
}

fn noisy(answer: Answer) -> Answer {
    SENT.iter().fold(answer, |answer, (name, value)| answer.header(*name, *value))
}

fn noisy_upstream(request: &ironbridge_testkit::Received, status: u16) -> Answer {
    let dialect = request.dialect();
    noisy(match (status, dialect) {
        (200, _) if request.path.ends_with("count_tokens") => messages::count_tokens(7),
        (200, Some(dialect)) => dialect.text("hi"),
        (200, None) => answers::embeddings(&[vec![1.0]]),
        (status, dialect) => dialect.unwrap_or(Dialect::Chat).error(status, "some_error", "no"),
    })
}

#[test]
fn no_header_of_an_upstream_gets_through_unless_it_is_listed() {
    run(async {
        for status in [200, 400, 401, 404, 429, 500, 529] {
            for upstream_dialect in DIALECTS {
                let script = Script::by(move |request| noisy_upstream(request, status));
                let upstream = Upstream::start(script).await;
                let rig = Rig::before(&upstream, upstream_dialect).await;
                let mut asked: Vec<Request> = DIALECTS
                    .into_iter()
                    .flat_map(|dialect| {
                        [false, true].map(|stream| {
                            let mut body = body(dialect, stream);
                            // One model each, so that none rests after a 429.
                            body["model"] = json!(format!("{dialect:?}-{stream}"));
                            Request::post(dialect.path(), &body)
                        })
                    })
                    .collect();
                asked.push(Request::post(
                    "/v1/messages/count_tokens",
                    &json!({"model": "c", "messages": [{"role": "user", "content": "hi"}]}),
                ));
                asked.push(Request::post("/v1/embeddings", &json!({"model": "e", "input": "hi"})));
                asked.push(Request::get("/v1/models"));
                for request in asked {
                    let reply = rig.send(&request).await;
                    for (name, value) in reply.headers() {
                        assert!(
                            allowed(&name.to_ascii_lowercase()),
                            "{status} {upstream_dialect:?}: {name}: {value}"
                        );
                        assert!(!value.contains("req_of_the_upstream"), "{name}: {value}");
                        assert!(!value.contains("/invented"), "{name}: {value}");
                    }
                }
            }
        }
    });
}
