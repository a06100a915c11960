//! Why replies end and what they used.

use super::super::finish::{Held, read_finish, write_finish};
use super::super::usage::{read_usage, write_usage};
use crate::changes::Changes;
use crate::reply::Finish;
use crate::usage::Usage;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

#[test]
fn words() {
    let nothing = Held::default();
    let calls = Held { calls: true, ..nothing };
    let refusal = Held { refusal: true, ..nothing };
    let cases = [
        ("stop", json!({}), nothing),
        ("stop", json!({"stop_reason": "END"}), nothing),
        ("stop", json!({"matched_stop": "END"}), nothing),
        ("stop", json!({"matched_stop": 128_009}), nothing),
        ("stop", json!({}), calls),
        ("stop", json!({}), refusal),
        ("tool_calls", json!({}), calls),
        ("tool_calls", json!({}), nothing),
        ("function_call", json!({}), calls),
        ("length", json!({}), calls),
        ("model_length", json!({}), nothing),
        ("content_filter", json!({}), nothing),
        ("error", json!({}), nothing),
        ("insufficient_system_resource", json!({}), nothing),
        ("recitation", json!({}), nothing),
    ];
    let all: String = cases
        .iter()
        .map(|(word, choice, held)| {
            let read =
                read_finish(word, choice, *held).map_err(|error| (error.kind, error.message));
            format!("{word} {choice} {held:?}: {read:?}\n")
        })
        .collect();
    expect![[r#"
        stop {} Held { calls: false, refusal: false }: Ok(Stop)
        stop {"stop_reason":"END"} Held { calls: false, refusal: false }: Ok(StopSequence(Some("END")))
        stop {"matched_stop":"END"} Held { calls: false, refusal: false }: Ok(StopSequence(Some("END")))
        stop {"matched_stop":128009} Held { calls: false, refusal: false }: Ok(Stop)
        stop {} Held { calls: true, refusal: false }: Ok(ToolCalls)
        stop {} Held { calls: false, refusal: true }: Ok(Refusal)
        tool_calls {} Held { calls: true, refusal: false }: Ok(ToolCalls)
        tool_calls {} Held { calls: false, refusal: false }: Ok(Stop)
        function_call {} Held { calls: true, refusal: false }: Ok(ToolCalls)
        length {} Held { calls: true, refusal: false }: Ok(Length)
        model_length {} Held { calls: false, refusal: false }: Ok(ContextFull)
        content_filter {} Held { calls: false, refusal: false }: Ok(Refusal)
        error {} Held { calls: false, refusal: false }: Err((BadGateway, "the upstream ended the reply with finish_reason error"))
        insufficient_system_resource {} Held { calls: false, refusal: false }: Err((Unavailable, "the upstream broke off the reply for want of resources"))
        recitation {} Held { calls: false, refusal: false }: Ok(Other("recitation"))
    "#]].assert_eq(&all);
}

#[test]
fn every_finish_has_a_word() {
    let finishes = [
        Finish::Stop,
        Finish::StopSequence(None),
        Finish::StopSequence(Some("END".to_owned())),
        Finish::Length,
        Finish::ContextFull,
        Finish::ToolCalls,
        Finish::Refusal,
        Finish::Pause,
        Finish::Other("recitation".to_owned()),
    ];
    let all: String = finishes
        .into_iter()
        .map(|finish| {
            let mut changes = Changes::new();
            let name = format!("{finish:?}");
            let written = write_finish(finish, &mut changes);
            format!("{name}: {written:?}\n{}", super::listed(&changes))
        })
        .collect();
    expect![[r#"
        Stop: ("stop", None)
        StopSequence(None): ("stop", None)
        StopSequence(Some("END")): ("stop", Some("END"))
        Length: ("length", None)
        ContextFull: ("length", None)
        changed : a full context window is said as length
        ToolCalls: ("tool_calls", None)
        Refusal: ("content_filter", None)
        Pause: ("stop", None)
        changed : a paused turn is said as stop
        Other("recitation"): ("stop", None)
        changed : the finish reason "recitation" has no counterpart and is said as stop
    "#]]
    .assert_eq(&all);
}

fn check(document: &Value, expected: &Expect) {
    expected.assert_eq(&format!("{:?}", read_usage(document)));
}

#[test]
fn places() {
    let usage = json!({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7});
    check(
        &json!({"usage": usage}),
        &expect![
            "Some(Usage { input: 5, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })"
        ],
    );
    check(
        &json!({"usage": null, "x_groq": {"usage": usage}}),
        &expect![
            "Some(Usage { input: 5, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })"
        ],
    );
    check(
        &json!({"choices": [{"usage": usage}]}),
        &expect![
            "Some(Usage { input: 5, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })"
        ],
    );
    check(&json!({"usage": {}}), &expect!["None"]);
    check(
        &json!({"usage": {"completion_tokens": 2}}),
        &expect![
            "Some(Usage { input: 0, cache_read: None, cache_write: None, cache_write_1h: None, output: 2, reasoning: None })"
        ],
    );
}

#[test]
fn cache_classes() {
    let usage = |mut more: Value| {
        more["prompt_tokens"] = 100.into();
        more["completion_tokens"] = 10.into();
        json!({"usage": more})
    };
    check(
        &usage(json!({"prompt_tokens_details": {"cached_tokens": 60}})),
        &expect![
            "Some(Usage { input: 40, cache_read: Some(60), cache_write: None, cache_write_1h: None, output: 10, reasoning: None })"
        ],
    );
    check(
        &usage(json!({"prompt_cache_hit_tokens": 60, "prompt_cache_miss_tokens": 40})),
        &expect![
            "Some(Usage { input: 40, cache_read: Some(60), cache_write: None, cache_write_1h: None, output: 10, reasoning: None })"
        ],
    );
    check(
        &usage(json!({"cached_tokens": 60})),
        &expect![
            "Some(Usage { input: 40, cache_read: Some(60), cache_write: None, cache_write_1h: None, output: 10, reasoning: None })"
        ],
    );
    check(
        &usage(json!({"prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 30},
            "cache_read_input_tokens": 60, "cache_creation_input_tokens": 30,
            "cache_creation": {"ephemeral_1h_input_tokens": 20}})),
        &expect![
            "Some(Usage { input: 10, cache_read: Some(60), cache_write: Some(30), cache_write_1h: Some(20), output: 10, reasoning: None })"
        ],
    );
    check(
        &usage(
            json!({"prompt_tokens_details": {"cached_tokens": 90, "cache_creation_tokens": 30}}),
        ),
        &expect![
            "Some(Usage { input: 0, cache_read: Some(90), cache_write: Some(30), cache_write_1h: None, output: 10, reasoning: None })"
        ],
    );
}

#[test]
fn reasoning_inside_and_beside() {
    let usage = |completion: u64, total: u64| {
        json!({"usage": {"prompt_tokens": 12, "completion_tokens": completion, "total_tokens": total,
            "completion_tokens_details": {"reasoning_tokens": 290}}})
    };
    check(
        &usage(291, 303),
        &expect![
            "Some(Usage { input: 12, cache_read: None, cache_write: None, cache_write_1h: None, output: 291, reasoning: Some(290) })"
        ],
    );
    check(
        &usage(1, 303),
        &expect![
            "Some(Usage { input: 12, cache_read: None, cache_write: None, cache_write_1h: None, output: 291, reasoning: Some(290) })"
        ],
    );
    check(
        &json!({"usage": {"prompt_tokens": u64::MAX, "completion_tokens": u64::MAX, "total_tokens": 0,
        "reasoning_tokens": 1}}),
        &expect![
            "Some(Usage { input: 18446744073709551615, cache_read: None, cache_write: None, cache_write_1h: None, output: 18446744073709551615, reasoning: Some(1) })"
        ],
    );
}

#[test]
fn what_is_written_is_read() {
    let full = Usage {
        input: 10,
        cache_read: Some(60),
        cache_write: Some(30),
        cache_write_1h: Some(20),
        output: 10,
        reasoning: Some(4),
    };
    expect![[r#"{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"prompt_tokens_details":{"cached_tokens":60,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_1h_input_tokens":20}},"completion_tokens_details":{"reasoning_tokens":4}}"#]].assert_eq(&write_usage(&full).to_string());
    for usage in [full, Usage { input: 3, output: 4, ..Usage::default() }, Usage::default()] {
        assert_eq!(read_usage(&json!({"usage": write_usage(&usage)})), Some(usage));
    }
}
