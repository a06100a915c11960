use super::{placed, shown, text};
use crate::prompt::{Format, Prompt, Role, Sampling, ToolChoice, Turn};
use crate::translate::write_request;
use crate::{Dialect, Target};
use expect_test::{Expect, expect};
use serde_json::{Map, json};

/// A prompt with one user text and a limit.
pub(super) fn prompt() -> Prompt {
    Prompt {
        model: "m".to_owned(),
        turns: vec![Turn {
            role: Role::User,
            name: None,
            parts: vec![text("hi", "/messages/0/content")],
            at: super::at("/messages/0"),
        }],
        max_tokens: Some(placed(9000, "/max_tokens")),
        ..Prompt::default()
    }
}

/// What is written besides the model, the limit and the messages.
pub(super) fn check_for(prompt: Prompt, target: &Target, expected: Expect) {
    let written = write_request(prompt, Dialect::Messages, target).expect("can be written");
    let mut body = written.body;
    let rest = body.as_object_mut().expect("an object");
    assert_eq!(rest.remove("model"), Some("m".into()));
    rest.remove("messages");
    if rest.get("max_tokens") == Some(&9000.into()) {
        rest.remove("max_tokens");
    }
    expected.assert_eq(&shown(&body, &written.changes));
}

pub(super) fn check(prompt: Prompt, expected: Expect) {
    check_for(prompt, &Target::default(), expected);
}

#[test]
fn a_limit_is_demanded() {
    let unlimited = || Prompt { max_tokens: None, ..prompt() };
    check(
        unlimited(),
        expect![[r#"
            {"max_tokens":8192}
            changed `/max_tokens`: the dialect demands a limit; set to 8192 tokens
        "#]],
    );
    let target = Target { output_tokens_max: Some(32_000), ..Target::default() };
    check_for(
        unlimited(),
        &target,
        expect![[r#"
            {"max_tokens":32000}
            changed `/max_tokens`: the dialect demands a limit; set to 32000 tokens
        "#]],
    );
}

#[test]
fn settings_of_chat_are_listed() {
    check(
        Prompt {
            sampling: Sampling {
                frequency_penalty: Some(placed(0.5, "/frequency_penalty")),
                presence_penalty: Some(placed(-1.0, "/presence_penalty")),
                seed: Some(placed(7, "/seed")),
                logprobs: Some(placed(true, "/logprobs")),
                top_logprobs: Some(placed(3, "/top_logprobs")),
                ..Sampling::default()
            },
            verbosity: Some(placed("low".to_owned(), "/verbosity")),
            metadata: Some(placed(Map::from_iter([("a".to_owned(), json!(1))]), "/metadata")),
            store: Some(placed(true, "/store")),
            cache_key: Some(placed("k".to_owned(), "/prompt_cache_key")),
            cache_retention: Some(placed("24h".to_owned(), "/prompt_cache_retention")),
            ..prompt()
        },
        expect![[r#"
            {}
            dropped `/frequency_penalty`: no such setting
            dropped `/presence_penalty`: no such setting
            dropped `/seed`: no such setting
            dropped `/logprobs`: no such setting
            dropped `/top_logprobs`: no such setting
            dropped `/verbosity`: no verbosity setting
            dropped `/metadata`: no labels but the user's id
            dropped `/store`: replies are not kept
            dropped `/prompt_cache_key`: the cache has no key
            dropped `/prompt_cache_retention`: the cache is set by block
        "#]],
    );
}

#[test]
fn settings_that_ask_for_what_is_anyway_are_no_loss() {
    check(
        Prompt {
            sampling: Sampling {
                temperature: Some(placed(1.0, "/temperature")),
                top_p: Some(placed(1.0, "/top_p")),
                frequency_penalty: Some(placed(0.0, "/frequency_penalty")),
                presence_penalty: Some(placed(0.0, "/presence_penalty")),
                logprobs: Some(placed(false, "/logprobs")),
                top_logprobs: Some(placed(0, "/top_logprobs")),
                ..Sampling::default()
            },
            store: Some(placed(false, "/store")),
            format: Some(placed(Format::Text, "/response_format")),
            tool_choice: Some(placed(ToolChoice::None, "/tool_choice")),
            parallel_tools: Some(placed(true, "/parallel_tool_calls")),
            include_usage: true,
            ..prompt()
        },
        expect![[r#"
            {"top_p":1.0}
        "#]],
    );
}

fn sampled(temperature: f64, top_p: Option<f64>, expected: Expect) {
    let sampling = Sampling {
        temperature: Some(placed(temperature, "/temperature")),
        top_p: top_p.map(|top_p| placed(top_p, "/top_p")),
        ..Sampling::default()
    };
    check(Prompt { sampling, ..prompt() }, expected);
}

#[test]
fn temperature_and_top_p() {
    sampled(
        0.2,
        None,
        expect![[r#"
            {"temperature":0.2}
        "#]],
    );
    sampled(
        1.7,
        None,
        expect![[r#"
            {"temperature":1.0}
            changed `/temperature`: a temperature reaches from 0 to 1; set to 1
        "#]],
    );
    sampled(
        0.2,
        Some(1.0),
        expect![[r#"
            {"temperature":0.2}
        "#]],
    );
    sampled(
        1.0,
        Some(0.9),
        expect![[r#"
            {"top_p":0.9}
        "#]],
    );
    sampled(
        0.2,
        Some(0.9),
        expect![[r#"
            {"temperature":0.2}
            dropped `/top_p`: models take temperature or top_p, not both
        "#]],
    );
}

#[test]
fn stop_sequences() {
    let stop = |texts: &[&str]| Prompt {
        stop: Some(placed(texts.iter().map(|text| (*text).to_owned()).collect(), "/stop")),
        ..prompt()
    };
    check(
        stop(&["a", "\n\n", "b"]),
        expect![[r#"
            {"stop_sequences":["a","b"]}
            dropped `/stop/1`: a stop sequence must hold a visible character
        "#]],
    );
    check(
        stop(&["\n"]),
        expect![[r#"
        {}
        dropped `/stop/0`: a stop sequence must hold a visible character
    "#]],
    );
}

#[test]
fn the_users_id() {
    let users = |user: Option<&str>, safety: Option<&str>| Prompt {
        user: user.map(|user| placed(user.to_owned(), "/user")),
        safety_identifier: safety.map(|id| placed(id.to_owned(), "/safety_identifier")),
        ..prompt()
    };
    check(
        users(Some("u"), None),
        expect![[r#"
            {"metadata":{"user_id":"u"}}
        "#]],
    );
    check(
        users(None, Some("s")),
        expect![[r#"
            {"metadata":{"user_id":"s"}}
        "#]],
    );
    check(
        users(Some("u"), Some("s")),
        expect![[r#"
            {"metadata":{"user_id":"u"}}
            dropped `/safety_identifier`: there is one id of the user
        "#]],
    );
    check(
        users(Some(&"u".repeat(257)), None),
        expect![[r#"
        {}
        dropped `/user`: an id of the user has at most 256 characters
    "#]],
    );
}

#[test]
fn service_tiers() {
    for (tier, expected) in [
        (
            "auto",
            expect![[r#"
                {"service_tier":"auto"}
            "#]],
        ),
        (
            "default",
            expect![[r#"
                {"service_tier":"standard_only"}
            "#]],
        ),
        (
            "standard_only",
            expect![[r#"
                {"service_tier":"standard_only"}
            "#]],
        ),
        (
            "flex",
            expect![[r#"
            {}
            dropped `/service_tier`: no such service tier
        "#]],
        ),
        (
            "priority",
            expect![[r#"
            {}
            dropped `/service_tier`: no such service tier
        "#]],
        ),
    ] {
        let service_tier = Some(placed(tier.to_owned(), "/service_tier"));
        check(Prompt { service_tier, ..prompt() }, expected);
    }
}

#[test]
fn formats() {
    let schema = |description: Option<&str>, strict| Format::Schema {
        name: Some("n".to_owned()),
        description: description.map(str::to_owned),
        schema: json!({ "type": "object" }),
        strict,
    };
    for (format, expected) in [
        (
            Format::JsonObject,
            expect![[r#"
            {}
            dropped `/response_format`: JSON can be asked for only with a schema
        "#]],
        ),
        (
            Format::Native(json!({ "type": "grammar" })),
            expect![[r#"
            {}
            dropped `/response_format`: no such output format
        "#]],
        ),
        (
            schema(None, Some(true)),
            expect![[r#"
                {"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}}
            "#]],
        ),
        (
            schema(Some("d"), Some(false)),
            expect![[r#"
                {"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}}
                dropped `/response_format`: a schema has no description beside it
                changed `/response_format`: the schema is enforced always
            "#]],
        ),
    ] {
        check(Prompt { format: Some(placed(format, "/response_format")), ..prompt() }, expected);
    }
}
