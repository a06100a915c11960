use super::requests_written::{asks, at, check};
use crate::prompt::{Format, Prompt, ReasoningMode};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

#[test]
fn settings_without_a_counterpart() {
    let mut prompt = asks();
    prompt.max_tokens = at("max_tokens", 1);
    prompt.stop = at("stop", vec!["END".to_owned()]);
    prompt.sampling.top_k = at("top_k", 5);
    prompt.sampling.frequency_penalty = at("frequency_penalty", 0.5);
    prompt.sampling.presence_penalty = at("presence_penalty", 0.5);
    prompt.sampling.seed = at("seed", 7);
    prompt.sampling.logprobs = at("logprobs", true);
    prompt.sampling.top_logprobs = at("top_logprobs", 2);
    prompt.service_tier = at("service_tier", "standard_only".to_owned());
    prompt.user = at("user", "x".repeat(65));
    check(
        prompt,
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        max_output_tokens: 16
        user: "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9"
        service_tier: "default"
        ! changed /max_tokens: a responses server takes no limit under 16 tokens
        ! dropped /top_k: the responses dialect has no such setting
        ! dropped /frequency_penalty: the responses dialect has no such setting
        ! dropped /presence_penalty: the responses dialect has no such setting
        ! dropped /seed: the responses dialect has no such setting
        ! dropped /logprobs: log probabilities of the reply are not translated
        ! dropped /top_logprobs: log probabilities of the reply are not translated
        ! dropped /stop: the responses dialect has no stop texts
        ! changed /user: over 64 characters: goes on as its SHA-256
        ! changed /service_tier: goes on as `default`
    "#]],
    );
    let mut prompt = asks();
    prompt.sampling.logprobs = at("logprobs", false);
    prompt.sampling.top_logprobs = at("top_logprobs", 0);
    check(
        prompt,
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
    "#]],
    );
}

#[test]
fn reasoning() {
    let think = |mode,
                 budget: Option<u64>,
                 effort: Option<&str>,
                 summary: Option<&str>,
                 expected: Expect| {
        let mut prompt = asks();
        prompt.reasoning.mode = at("mode", mode);
        prompt.reasoning.budget_tokens = budget.and_then(|budget| at("budget", budget));
        prompt.reasoning.effort = effort.and_then(|effort| at("effort", effort.to_owned()));
        prompt.reasoning.summary = summary.and_then(|summary| at("display", summary.to_owned()));
        check(prompt, expected);
    };
    think(
        ReasoningMode::Enabled,
        Some(10_000),
        None,
        None,
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        include: ["reasoning.encrypted_content"]
        reasoning: {"effort":"medium","summary":"auto"}
        ! changed /budget: goes on as an effort in words
    "#]],
    );
    think(
        ReasoningMode::Enabled,
        Some(10_000),
        Some("max"),
        Some("omitted"),
        expect![[r#"
            input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
            include: ["reasoning.encrypted_content"]
            reasoning: {"effort":"high"}
            ! changed /budget: the effort stands for it
            ! changed /effort: the highest effort that every model takes is high
        "#]],
    );
    think(
        ReasoningMode::Adaptive,
        None,
        None,
        Some("summarized"),
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        include: ["reasoning.encrypted_content"]
        reasoning: {"summary":"auto"}
    "#]],
    );
    think(
        ReasoningMode::Disabled,
        None,
        None,
        Some("odd"),
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        ! dropped /mode: models of the responses dialect reason by their effort alone
        ! dropped /display: the responses dialect shows reasoning in no such way
    "#]],
    );
    let mut prompt = asks();
    prompt.reasoning.effort = at("reasoning_effort", "none".to_owned());
    check(
        prompt,
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        reasoning: {"effort":"none"}
    "#]],
    );
}

#[test]
fn formats() {
    let format = |format: Format, expected: Expect| {
        check(Prompt { format: at("format", format), ..asks() }, expected);
    };
    let schema =
        |schema: Value| Format::Schema { name: None, description: None, schema, strict: None };
    format(
        Format::Text,
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        text: {"format":{"type":"text"}}
    "#]],
    );
    format(
        Format::JsonObject,
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        text: {"format":{"type":"json_object"}}
    "#]],
    );
    format(
        Format::Native(json!({"type": "grammar"})),
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        ! dropped /format: the responses dialect has no such format
    "#]],
    );
    format(
        schema(json!({"type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "null"}}]}}})),
        expect![[r#"
            input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
            text: {"format":{"type":"json_schema","name":"output","schema":{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"null"}}]}}},"strict":true}}
        "#]],
    );
    format(
        schema(json!({"type": "object", "properties": {"a": {}}})),
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        text: {"format":{"type":"json_schema","name":"output","schema":{"type":"object","properties":{"a":{}}},"strict":false}}
        ! changed /format: asked for, but not enforced: OpenAI cannot be strict with it
    "#]],
    );
    format(
        schema(json!({"items": {"allOf": []}})),
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        text: {"format":{"type":"json_schema","name":"output","schema":{"items":{"allOf":[]}},"strict":false}}
        ! changed /format: asked for, but not enforced: OpenAI cannot be strict with it
    "#]],
    );
    format(
        Format::Schema {
            name: Some("n".to_owned()),
            description: None,
            schema: json!({}),
            strict: None,
        },
        expect![[r#"
            input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
            text: {"format":{"type":"json_schema","name":"n","schema":{}}}
        "#]],
    );
}
