//! Settings and tools on their way to a server.

use super::written;
use crate::dialect::Dialect;
use crate::pointer::{At, Pointer};
use crate::prompt::{
    Format, Prompt, Reasoning, ReasoningMode, Sampling, Tool, ToolChoice, ToolKind,
};
use crate::writing::{Target, Writing};
use expect_test::{Expect, expect};
use serde_json::json;

fn check(prompt: Prompt, expected: &Expect) {
    expected.assert_eq(&written(prompt, Target::default()));
}

#[expect(clippy::unnecessary_wraps, reason = "members of a prompt are optional")]
fn at<T>(key: &str, value: T) -> Option<At<T>> {
    Some(At { value, at: Pointer::root().key(key) })
}

fn model() -> Prompt {
    Prompt { model: "m".to_owned(), ..Prompt::default() }
}

#[test]
fn nothing_set() {
    check(
        model(),
        &expect![[r#"
        model: "m"
        messages: []
    "#]],
    );
}

#[test]
fn every_setting() {
    let sampling = Sampling {
        temperature: at("temperature", 0.5),
        top_p: at("top_p", 0.9),
        top_k: at("top_k", 5),
        frequency_penalty: at("frequency_penalty", 1.0),
        presence_penalty: at("presence_penalty", -1.0),
        seed: at("seed", 7),
        logprobs: at("logprobs", true),
        top_logprobs: at("top_logprobs", 2),
    };
    let prompt = Prompt {
        stream: true,
        max_tokens: at("max_tokens", 9),
        sampling,
        stop: at("stop_sequences", ["a", "b", "c", "d", "e", "f"].map(str::to_owned).to_vec()),
        verbosity: at("verbosity", "low".to_owned()),
        user: at("user", "u".to_owned()),
        safety_identifier: at("safety_identifier", "s".to_owned()),
        metadata: at("metadata", json!({"k": "v"}).as_object().cloned().expect("an object")),
        service_tier: at("service_tier", "flex".to_owned()),
        store: at("store", true),
        cache_key: at("prompt_cache_key", "k".to_owned()),
        cache_retention: at("prompt_cache_retention", "24h".to_owned()),
        ..model()
    };
    check(
        prompt,
        &expect![[r#"
            model: "m"
            messages: []
            stream: true
            stream_options: {"include_usage":true}
            max_tokens: 9
            temperature: 0.5
            top_p: 0.9
            frequency_penalty: 1.0
            presence_penalty: -1.0
            seed: 7
            stop: ["a","b","c","d"]
            verbosity: "low"
            user: "u"
            safety_identifier: "s"
            metadata: {"k":"v"}
            service_tier: "flex"
            store: true
            prompt_cache_key: "k"
            prompt_cache_retention: "24h"
            dropped /top_k: chat has no top_k
            dropped /logprobs: log probabilities of the reply are not translated
            dropped /top_logprobs: log probabilities of the reply are not translated
            dropped /stop_sequences/4: chat takes at most 4 stop texts
            dropped /stop_sequences/5: chat takes at most 4 stop texts
        "#]],
    );
}

#[test]
fn settings_in_other_words() {
    let prompt = Prompt {
        max_tokens: at("max_tokens", 9),
        service_tier: at("service_tier", "standard_only".to_owned()),
        user: at("metadata", "é".repeat(65)),
        stop: at("stop_sequences", Vec::new()),
        ..model()
    };
    let target = Target { max_completion_tokens: true, ..Target::default() };
    expect![[r#"
        model: "m"
        messages: []
        max_completion_tokens: 9
        user: "c8a2666a1a2bceeac205744f944a3f5bdad0fb469a015a9dcb5766c2ea2db470"
        service_tier: "default"
        changed /metadata: longer than 64 characters; its SHA-256 stands for it
        changed /service_tier: standard_only is chat's default
    "#]]
    .assert_eq(&written(prompt, target));
}

#[test]
fn formats() {
    let formats = [
        Format::Text,
        Format::JsonObject,
        Format::Schema {
            name: Some("n".to_owned()),
            description: Some("d".to_owned()),
            schema: json!({"type": "object"}),
            strict: Some(true),
        },
        Format::Schema { name: None, description: None, schema: json!({}), strict: None },
        Format::Native(json!({"type": "grammar", "grammar": {"definition": "x"}})),
        Format::Native(json!({"type": "grammar", "definition": "x"})),
    ];
    let all: String = formats
        .into_iter()
        .map(|format| {
            let prompt = Prompt { format: at("format", format), ..model() };
            written(prompt, Target::default()).replace("model: \"m\"\nmessages: []\n", "")
        })
        .collect();
    expect![[r#"
        response_format: {"type":"text"}
        response_format: {"type":"json_object"}
        response_format: {"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}}
        response_format: {"type":"json_schema","json_schema":{"name":"reply","schema":{}}}
        response_format: {"type":"grammar","grammar":{"definition":"x"}}
        dropped /format: chat has no such format
    "#]].assert_eq(&all);
}

#[test]
fn reasoning() {
    let effort =
        |word: &str| Reasoning { effort: at("effort", word.to_owned()), ..Reasoning::default() };
    let mode = |mode| Reasoning { mode: at("thinking", mode), ..Reasoning::default() };
    let budget = |reasoning: Reasoning, tokens| Reasoning {
        budget_tokens: at("budget", tokens),
        ..reasoning
    };
    let cases = [
        effort("low"),
        effort("max"),
        budget(effort("low"), 9000),
        budget(mode(ReasoningMode::Enabled), 9000),
        budget(mode(ReasoningMode::Disabled), 9000),
        mode(ReasoningMode::Disabled),
        mode(ReasoningMode::Adaptive),
        mode(ReasoningMode::Enabled),
        Reasoning { summary: at("summary", "auto".to_owned()), encrypted: true, ..effort("high") },
    ];
    let all: String = cases
        .into_iter()
        .map(|reasoning| {
            let mut writing = Writing::default();
            let body = super::chat::write_request(Prompt { reasoning, ..model() }, &mut writing);
            let effort = &body["reasoning_effort"];
            format!("{effort}\n{}", super::listed(&writing.changes))
        })
        .collect();
    expect![[r#"
        "low"
        "high"
        changed /effort: the highest effort that every server takes is high
        "low"
        dropped /budget: chat takes an effort or nothing
        "medium"
        changed /budget: chat takes an effort, not a budget of tokens
        null
        dropped /thinking: chat has no switch for reasoning that every server takes
        dropped /budget: a budget has no use where reasoning is off
        null
        dropped /thinking: chat has no switch for reasoning that every server takes
        null
        dropped /thinking: how much is reasoned is left to the server
        null
        dropped /thinking: how much is reasoned is left to the server
        "high"
        dropped /summary: chat has no choice of how reasoning is shown
    "#]]
    .assert_eq(&all);
}

fn tool(name: &str, kind: ToolKind) -> Tool {
    let at = Pointer::root().key("tools").key(name);
    Tool { name: name.to_owned(), description: None, kind, strict: None, cache: None, at }
}

fn function(name: &str) -> Tool {
    tool(name, ToolKind::Function { schema: None })
}

#[test]
fn tools() {
    let long = "mcp__".to_owned() + &"a".repeat(70);
    let marked = Tool {
        description: Some("d".to_owned()),
        strict: Some(true),
        cache: Some(json!({"type": "ephemeral"})),
        kind: ToolKind::Function {
            schema: Some(json!({"type": "object", "additionalProperties": false})),
        },
        ..function("marked")
    };
    let grammar = json!({"type": "grammar", "syntax": "lark", "definition": "start: /a+/"});
    let prompt = Prompt {
        tools: vec![
            function(&long),
            marked,
            tool("patch", ToolKind::Custom { format: Some(grammar) }),
            tool("own", ToolKind::Native { dialect: Dialect::Chat, value: json!({"type": "own"}) }),
            tool("web", ToolKind::Native { dialect: Dialect::Messages, value: json!({}) }),
        ],
        tool_choice: at("tool_choice", ToolChoice::Tool { name: long, custom: false }),
        parallel_tools: at("parallel", false),
        ..model()
    };
    check(
        prompt,
        &expect![[r#"
        model: "m"
        messages: []
        tools: [{"type":"function","function":{"name":"mcp__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_206599fe","parameters":{"type":"object","properties":{}}}},{"type":"function","function":{"name":"marked","description":"d","parameters":{"type":"object","additionalProperties":false,"properties":{}},"strict":true}},{"type":"function","function":{"name":"patch","parameters":{"type":"object","properties":{"input":{"type":"string","description":"Text that follows this grammar:\nstart: /a+/"}},"required":["input"],"additionalProperties":false}}},{"type":"own"}]
        tool_choice: {"type":"function","function":{"name":"mcp__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_206599fe"}}
        parallel_tool_calls: false
        dropped /tools/marked/cache_control: chat has no cache marks
        changed /tools/patch: a custom tool is offered as a function with one text argument
        dropped /tools/web: only its own provider runs this tool
    "#]],
    );
}

#[test]
fn choices() {
    let named = |name: &str| ToolChoice::Tool { name: name.to_owned(), custom: true };
    let choices = [
        ToolChoice::Auto,
        ToolChoice::Any,
        ToolChoice::None,
        named("f"),
        named("gone"),
        ToolChoice::Native(json!({"type": "allowed_tools", "allowed_tools": {}})),
        ToolChoice::Native(json!({"type": "allowed_tools", "tools": []})),
    ];
    let all: String = choices
        .into_iter()
        .flat_map(|choice| {
            [vec![function("f")], Vec::new()].map(|tools| {
                let offered = if tools.is_empty() { "nothing" } else { "f" };
                let prompt = Prompt {
                    tools,
                    tool_choice: at("choice", choice.clone()),
                    parallel_tools: at("parallel", false),
                    ..model()
                };
                let mut writing = Writing::default();
                let body = super::chat::write_request(prompt, &mut writing);
                let (choice, parallel) = (&body["tool_choice"], &body["parallel_tool_calls"]);
                let lost = super::listed(&writing.changes);
                format!("{offered} offered: {choice} {parallel}\n{lost}")
            })
        })
        .collect();
    expect![[r#"
        f offered: "auto" false
        nothing offered: null null
        dropped /parallel: no tool is offered
        f offered: "required" false
        nothing offered: null null
        dropped /choice: no tool is offered
        dropped /parallel: no tool is offered
        f offered: "none" false
        nothing offered: null null
        dropped /parallel: no tool is offered
        f offered: {"type":"function","function":{"name":"f"}} false
        nothing offered: null null
        dropped /choice: no tool is offered
        dropped /parallel: no tool is offered
        f offered: null false
        dropped /choice: the tool it names is not offered
        nothing offered: null null
        dropped /choice: no tool is offered
        dropped /parallel: no tool is offered
        f offered: {"type":"allowed_tools","allowed_tools":{}} false
        nothing offered: null null
        dropped /choice: no tool is offered
        dropped /parallel: no tool is offered
        f offered: null false
        dropped /choice: chat has no such choice
        nothing offered: null null
        dropped /choice: no tool is offered
        dropped /parallel: no tool is offered
    "#]]
    .assert_eq(&all);
}
