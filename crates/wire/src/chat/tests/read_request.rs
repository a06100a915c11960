//! Requests: every member, every mistake.

use super::read;
use crate::prompt::Prompt;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

/// The settings of a request with one user message; the conversation is tested elsewhere.
fn check(mut body: Value, expected: &Expect) {
    body["model"] = "m".into();
    body["messages"] = json!([{"role": "user", "content": "hi"}]);
    let actual = match read(body) {
        Ok((mut prompt, changes)) => {
            prompt.turns.clear();
            settings(&prompt) + &super::listed(&changes)
        }
        Err(invalid) => mistakes(&invalid),
    };
    expected.assert_eq(&actual);
}

/// What is set, one member a line: `name: value at "pointer"`.
fn settings(prompt: &Prompt) -> String {
    let nothing = format!("{:#?}", Prompt { model: "m".to_owned(), ..Prompt::default() });
    let usual: Vec<&str> = nothing.lines().collect();
    let mut lines = String::new();
    for line in format!("{prompt:#?}").lines().filter(|line| !usual.contains(line)) {
        let word = line.trim();
        let member = line.len() - word.len() <= 8 && word.contains(": ");
        if member && !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(word);
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    let short = [("Some(At {value: ", ""), (",at: Pointer(", " at "), (",),},),", ""), (",)", ")")];
    short.iter().fold(lines, |lines, (long, short)| lines.replace(long, short))
}

fn mistakes(invalid: &crate::Invalid) -> String {
    invalid
        .problems
        .iter()
        .map(|problem| format!("{}: {}\n", problem.path, problem.message))
        .collect()
}

fn check_mistakes(body: Value, expected: &Expect) {
    expected.assert_eq(&mistakes(&read(body).expect_err("it is wrong")));
}

#[test]
fn sampling() {
    check(
        json!({
            "temperature": 0.5, "top_p": 1, "top_k": 40, "frequency_penalty": -2, "presence_penalty": 2,
            "seed": -7, "logprobs": true, "top_logprobs": 3,
        }),
        &expect![[r#"
            temperature: 0.5 at "/temperature"
            top_p: 1.0 at "/top_p"
            top_k: 40 at "/top_k"
            frequency_penalty: -2.0 at "/frequency_penalty"
            presence_penalty: 2.0 at "/presence_penalty"
            seed: -7 at "/seed"
            logprobs: true at "/logprobs"
            top_logprobs: 3 at "/top_logprobs"
        "#]],
    );
}

#[test]
fn limits_and_stop_texts() {
    check(
        json!({"max_tokens": 9, "stop": "END"}),
        &expect![[r#"
        max_tokens: 9 at "/max_tokens"
        stop: ["END",] at "/stop"
    "#]],
    );
    check(
        json!({"max_tokens": 9, "max_completion_tokens": 8.0, "stop": ["a", "b"]}),
        &expect![[r#"
            max_tokens: 8 at "/max_completion_tokens"
            stop: ["a","b",] at "/stop"
            dropped /max_tokens: no counterpart in the other dialect
        "#]],
    );
    check(
        json!({"max_tokens": 9, "max_completion_tokens": 9, "stop": []}),
        &expect![[r#"
        max_tokens: 9 at "/max_completion_tokens"
    "#]],
    );
}

#[test]
fn streaming() {
    check(
        json!({"stream": true, "stream_options": {"include_usage": true, "include_obfuscation": false}}),
        &expect![[r#"
            stream: true,
            include_usage: true,
        "#]],
    );
}

#[test]
fn labels_and_keys() {
    check(
        json!({
            "user": "u", "safety_identifier": "s", "metadata": {"k": "v"}, "service_tier": "flex", "store": false,
            "prompt_cache_key": "k", "prompt_cache_retention": "24h", "verbosity": "low", "reasoning_effort": "high",
        }),
        &expect![[r#"
            effort: "high" at "/reasoning_effort"
            verbosity: "low" at "/verbosity"
            user: "u" at "/user"
            safety_identifier: "s" at "/safety_identifier"
            metadata: {"k": String("v"),} at "/metadata"
            service_tier: "flex" at "/service_tier"
            store: false at "/store"
            cache_key: "k" at "/prompt_cache_key"
            cache_retention: "24h" at "/prompt_cache_retention"
        "#]],
    );
}

#[test]
fn formats() {
    check(
        json!({"response_format": {"type": "text"}}),
        &expect![[r#"
        format: Text at "/response_format"
    "#]],
    );
    check(
        json!({"response_format": {"type": "json_object"}}),
        &expect![[r#"
        format: JsonObject at "/response_format"
    "#]],
    );
    check(
        json!({"response_format": {"type": "json_schema", "json_schema": {
            "name": "n", "description": "d", "schema": {"type": "object"}, "strict": true,
        }}}),
        &expect![[r#"
            format: Schema {name: Some("n"),description: Some("d"),schema: Object {"type": String("object"),},strict: Some(true),} at "/response_format"
        "#]],
    );
    check(
        json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n"}}}),
        &expect![[r#"
            format: Schema {name: Some("n"),description: None,schema: Object {},strict: None,} at "/response_format"
        "#]],
    );
}

#[test]
fn formats_of_other_servers() {
    check(
        json!({"response_format": {"type": "grammar", "grammar": "x"}}),
        &expect![[r#"
        format: Native(Object {"type": String("grammar"),"grammar": String("x"),}) at "/response_format"
    "#]],
    );
}

#[test]
fn tools() {
    check(
        json!({
            "tools": [
                {"type": "function", "function": {"name": "f", "description": "d",
                    "parameters": {"type": "object"}, "strict": true}, "cache_control": {"type": "ephemeral"}},
                {"type": "custom", "custom": {"name": "c", "description": "d", "format": {"type": "text"}}},
                {"type": "web_search", "size": "low"},
            ],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "parallel_tool_calls": false,
        }),
        &expect![[r#"
            tools: [Tool {name: "f",description: Some("d"),kind: Function {schema: Some(Object {"type": String("object"),}),},strict: Some(true),cache: Some(Object {"type": String("ephemeral"),}) at "/tools/0"),},Tool {name: "c",description: Some("d"),kind: Custom {format: Some(Object {"type": String("text"),}),},strict: None,cache: None at "/tools/1"),},Tool {name: "web_search",description: None,kind: Native {dialect: Chat,value: Object {"type": String("web_search"),"size": String("low"),},},strict: None,cache: None at "/tools/2"),},],
            tool_choice: Tool {name: "f",custom: false,} at "/tool_choice"
            parallel_tools: false at "/parallel_tool_calls"
        "#]],
    );
}

#[test]
fn tools_of_the_older_form() {
    check(
        json!({"functions": [{"name": "f", "parameters": {}}], "function_call": {"name": "f"}}),
        &expect![[r#"
            tools: [Tool {name: "f",description: None,kind: Function {schema: Some(Object {}),},strict: None,cache: None at "/functions/0"),},],
            tool_choice: Tool {name: "f",custom: false,} at "/function_call"
        "#]],
    );
}

#[test]
fn choices() {
    for (choice, expected) in [
        (json!("auto"), "Auto"),
        (json!("none"), "None"),
        (json!("required"), "Any"),
        (json!({"type": "custom", "custom": {"name": "c"}}), "Tool { name: \"c\", custom: true }"),
        (
            json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}),
            "Native(Object {\"type\": String(\"allowed_tools\"), \"allowed_tools\": Object {\"mode\": String(\"auto\"), \"tools\": Array []}})",
        ),
    ] {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": ""}], "tool_choice": choice});
        let (prompt, _) = read(body).expect("it is right");
        assert_eq!(format!("{:?}", prompt.tool_choice.expect("it is set").value), expected);
    }
}

#[test]
fn what_has_no_place_is_listed() {
    check(
        json!({
            "n": 2, "logit_bias": {"1": 2}, "modalities": ["text", "audio"], "audio": {}, "prediction": {},
            "web_search_options": {}, "made_up": 1, "stream_options": {"made_up": 1},
        }),
        &expect![[r#"
            dropped /stream_options/made_up: no counterpart in the other dialect
            dropped /n: no counterpart in the other dialect
            dropped /made_up: no counterpart in the other dialect
            dropped /logit_bias: no counterpart in the other dialect
            dropped /modalities: no counterpart in the other dialect
            dropped /audio: no counterpart in the other dialect
            dropped /prediction: no counterpart in the other dialect
            dropped /web_search_options: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn defaults_are_not_listed() {
    check(
        json!({"n": 1, "logit_bias": {}, "modalities": ["text"], "logprobs": false, "stop": null, "made_up": null}),
        &expect![[""]],
    );
}

#[test]
fn all_mistakes_at_once() {
    check_mistakes(
        json!({
            "messages": "hi", "temperature": 2.5, "top_p": -1, "presence_penalty": "a", "frequency_penalty": 3,
            "max_tokens": 0, "n": 0, "top_logprobs": 21, "stop": ["a", 1], "stream": "yes", "seed": 1.5,
            "response_format": {"schema": 1}, "metadata": [], "tool_choice": "maybe", "user": 1,
            "tools": [{"type": "function"}, {}, {"type": "function", "function": {"parameters": "x"}}, 7,
                      {"type": "custom", "custom": {}}],
        }),
        &expect![[r#"
            /model: required, but missing
            /messages: expected an array, found a string
            /tools/0/function: required, but missing
            /tools/1/type: required, but missing
            /tools/2/function/name: required, but missing
            /tools/2/function/parameters: expected an object, found a string
            /tools/3: expected an object, found a number
            /tools/4/custom/name: required, but missing
            /tool_choice: expected auto, none or required, found "maybe"
            /stream: expected true or false, found a string
            /max_tokens: expected a whole number from 1, found 0
            /top_logprobs: expected a whole number from 0 to 20, found 21
            /temperature: expected a number from 0 to 2, found 2.5
            /top_p: expected a number from 0 to 1, found -1
            /frequency_penalty: expected a number from -2 to 2, found 3
            /presence_penalty: expected a number, found a string
            /seed: expected a whole number, found a number
            /stop/1: expected a string, found a number
            /response_format/type: required, but missing
            /user: expected a string, found a number
            /metadata: expected an object, found an array
            /n: expected a whole number from 1, found 0
        "#]],
    );
    check_mistakes(
        json!({"model": "m", "messages": [], "stop": 7, "tool_choice": {"type": "function"}}),
        &expect![[r#"
            /messages: expected at least one message
            /tool_choice/function: required, but missing
            /stop: expected a string or an array, found a number
        "#]],
    );
    check_mistakes(
        json!({"model": "m", "messages": [{"role": "user", "content": "a"}], "tool_choice": {}, "response_format": {"type": "json_schema"}}),
        &expect![[r#"
            /tool_choice/type: required, but missing
            /response_format/json_schema: required, but missing
        "#]],
    );
    check_mistakes(
        json!([]),
        &expect![[r#"
        : expected an object, found an array
    "#]],
    );
}
