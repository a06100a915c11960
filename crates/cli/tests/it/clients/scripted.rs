//! A provider that plays scenes: the model's name says which, in every dialect.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use ironbridge_testkit::{
    Answer, Dialect, Finish, Part, Position, Received, Reply, Script, Upstream, Usage, chat,
    messages, responses,
};
use serde_json::json;

use super::asked::Asked;

/// Starts the provider on a thread of its own.
///
/// A model is called `<dialect>-<scene>`; the dialect only routes. Scenes:
///
/// | Scene | Answer |
/// |---|---|
/// | `text` | a text; `length`, `refusal`: one that ends so |
/// | `echo` | what the request said, as JSON ([`Asked::summary`]) |
/// | `tools` | a text and two parallel calls; once their results are there, a text with them |
/// | `structured` | JSON, if a schema was asked for in the dialect's place |
/// | `thinking`, `redacted` | thinking, then a text |
/// | `interleaved` | chat only: two calls whose pieces take turns and whose ids come late |
/// | `signed` | thinking with a signature and a call; then the signature that came back |
/// | `stop` | the stop sequences of the request, ended by the first |
/// | `status-N…` | an error |
/// | `flaky…` | a 429 with Retry-After the first time for each model, then `text` |
/// | `fails`, `cut` | a stream that ends in an error, or in the middle |
pub(super) fn provider() -> Upstream {
    let limited: Mutex<HashSet<String>> = Mutex::default();
    let play = move |request: &Received| {
        let Some(asked) = Asked::read(request) else {
            return Answer::bytes(404, "text/plain", "not a dialect's path");
        };
        let first_time = || {
            let mut limited = limited.lock().unwrap_or_else(PoisonError::into_inner);
            limited.insert(format!("{} {}", asked.dialect, asked.model()))
        };
        match asked.scene() {
            _ if asked.has_thread() => no_threads(),
            scene if scene.starts_with("flaky") && first_time() => asked.dialect.rate_limited(1),
            scene if scene.starts_with("flaky") => play(&asked, "text"),
            scene => play(&asked, scene),
        }
    };
    let dialects = std::sync::Arc::new(play);
    let mut script = Script::provider("A scripted answer.");
    for dialect in Dialect::ALL {
        let play = std::sync::Arc::clone(&dialects);
        script = script.on(dialect.path(), Script::by(move |request| play(request)));
    }
    Upstream::start_on_thread(script)
}

/// What fits the schema of the clients.
const CITY: &str = r#"{"name":"Paris","population":2}"#;

fn play(asked: &Asked, scene: &str) -> Answer {
    let dialect = asked.dialect;
    let text = |text: &str| vec![Part::Text(text.to_owned())];
    let natural = |parts| reply(dialect, parts, Finish::Natural);
    match scene {
        "text" => natural(text("A scripted answer.")),
        "length" => reply(dialect, text("A scripted"), Finish::Length),
        "refusal" => natural(vec![Part::Refusal("I will not.".into())]),
        "echo" => natural(text(&asked.summary().to_string())),
        "tools" => natural(tools(asked)),
        "interleaved" => chat::reply()
            .part(call(0, "Paris"))
            .part(call(1, "Oslo"))
            .interleaved()
            .late_ids()
            .into(),
        "structured" if asked.has_schema() => natural(text(CITY)),
        // The Vercel AI SDK asks models that it does not know by such a tool.
        "structured" if asked.offers("json") => natural(vec![Part::ToolCall {
            id: "call_scripted_json".into(),
            name: "json".into(),
            arguments: CITY.into(),
        }]),
        "structured" => natural(text("no schema was asked for")),
        "thinking" => natural(vec![thinking(), Part::Text("Thought through.".into())]),
        "redacted" => {
            natural(vec![Part::Redacted("hidden".into()), Part::Text("Thought through.".into())])
        }
        "signed" if asked.results().is_empty() => natural(vec![thinking(), call(0, "Paris")]),
        "signed" => {
            let signature = asked.signature().unwrap_or_else(|| "none".into());
            natural(text(&format!("signature: {signature}")))
        }
        "stop" => {
            let stops = asked.stops();
            let first = stops[0].as_str().unwrap_or_default().to_owned();
            reply(dialect, text(&format!("stops: {stops}")), Finish::StopSequence(first))
        }
        "fails" => {
            let kind = "overloaded_error".to_owned();
            let error = Finish::Error { kind, message: "scripted failure".into() };
            reply(dialect, text("So far so good"), error)
        }
        // After some events with content, which all dialects have by the sixth.
        "cut" => natural(text("One two three four five six seven eight nine ten"))
            .end_after(Position::Event(6)),
        scene => match status(scene) {
            Some(status) => error(dialect, status),
            None => Answer::bytes(500, "text/plain", format!("there is no scene {scene}")),
        },
    }
}

/// The `N` of `status-N` and `status-N-…`.
fn status(scene: &str) -> Option<u16> {
    scene.strip_prefix("status-")?.split('-').next()?.parse().ok()
}

fn thinking() -> Part {
    Part::Thinking { text: "Let me see.".into(), signature: "sig-testkit".into() }
}

fn call(index: usize, city: &str) -> Part {
    Part::ToolCall {
        id: format!("call_scripted_{index}"),
        name: "weather".into(),
        arguments: json!({"city": city}).to_string(),
    }
}

fn tools(asked: &Asked) -> Vec<Part> {
    let results = asked.results();
    if results.is_empty() {
        vec![Part::Text("I look it up.".into()), call(0, "Paris"), call(1, "Oslo")]
    } else if results.len() != asked.calls() {
        vec![Part::Text(format!("{} results of {} calls", results.len(), asked.calls()))]
    } else {
        vec![Part::Text(format!("Results: {}", results.join(" | ")))]
    }
}

/// What a server says that does not hold conversations: the SDKs then send the whole history.
fn no_threads() -> Answer {
    let details = json!({"error_code": "thread_unsupported_request", "unsupported": ["thread"]});
    let error =
        json!({"type": "invalid_request_error", "message": "no threads", "details": details});
    Answer::json(400, &json!({"type": "error", "error": error, "request_id": "req_scripted"}))
}

/// Errors as the providers send them: the type's name depends on the dialect.
fn error(dialect: Dialect, status: u16) -> Answer {
    let anthropic = dialect == Dialect::Messages;
    let kind = match status {
        400 => "invalid_request_error",
        401 if anthropic => "authentication_error",
        404 if anthropic => "not_found_error",
        413 if anthropic => "request_too_large",
        429 if anthropic => "rate_limit_error",
        500 if anthropic => "api_error",
        529 if anthropic => "overloaded_error",
        429 => "rate_limit_exceeded",
        500..=599 => "server_error",
        _ => "invalid_request_error",
    };
    let answer = dialect.error(status, kind, &format!("scripted {status}"));
    if status == 429 { answer.retry_after(1) } else { answer }
}

fn reply(dialect: Dialect, parts: Vec<Part>, finish: Finish) -> Answer {
    fn with<Style>(empty: Reply<Style>, parts: Vec<Part>, finish: Finish) -> Reply<Style> {
        let usage = Usage { input: 20, cache_read: 4, cache_write: 0, output: 10, reasoning: 0 };
        parts.into_iter().fold(empty, Reply::part).finish(finish).usage(usage)
    }
    match dialect {
        Dialect::Chat => with(chat::reply(), parts, finish).into(),
        Dialect::Messages => with(messages::reply(), parts, finish).into(),
        Dialect::Responses => with(responses::reply(), parts, finish).into(),
    }
}
