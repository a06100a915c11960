use super::{list, part_line};
use crate::Dialect;
use crate::pointer::At;
use crate::prompt::{Prompt, ToolKind};
use crate::translate::{read_count_tokens_request, read_request};
use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::fmt::{Debug, Write as _};

/// What a request says, one line for each thing that is said.
fn lines(prompt: &Prompt) -> String {
    fn at<T: Debug>(lines: &mut String, name: &str, found: Option<&At<T>>) {
        if let Some(found) = found {
            let _ = writeln!(lines, "{name} {:?} @{}", found.value, found.at);
        }
    }
    let mut lines = format!("model {:?}\n", prompt.model);
    for turn in &prompt.turns {
        let _ = writeln!(lines, "{:?} @{}", turn.role, turn.at);
        for part in &turn.parts {
            let _ = writeln!(lines, "  {}", part_line(part));
        }
    }
    for tool in &prompt.tools {
        let kind = match &tool.kind {
            ToolKind::Function { schema } => {
                format!("function {}", schema.clone().unwrap_or(Value::Null))
            }
            ToolKind::Custom { .. } => panic!("the dialect has none"),
            ToolKind::Native { dialect, value } => format!("native {dialect} {value}"),
        };
        let _ = writeln!(
            lines,
            "tool {} {:?} {kind} strict {:?} cache {:?} @{}",
            tool.name, tool.description, tool.strict, tool.cache, tool.at
        );
    }
    at(&mut lines, "tool_choice", prompt.tool_choice.as_ref());
    at(&mut lines, "parallel_tools", prompt.parallel_tools.as_ref());
    at(&mut lines, "max_tokens", prompt.max_tokens.as_ref());
    at(&mut lines, "temperature", prompt.sampling.temperature.as_ref());
    at(&mut lines, "top_p", prompt.sampling.top_p.as_ref());
    at(&mut lines, "top_k", prompt.sampling.top_k.as_ref());
    at(&mut lines, "stop", prompt.stop.as_ref());
    at(&mut lines, "reasoning.mode", prompt.reasoning.mode.as_ref());
    at(&mut lines, "reasoning.budget_tokens", prompt.reasoning.budget_tokens.as_ref());
    at(&mut lines, "reasoning.effort", prompt.reasoning.effort.as_ref());
    at(&mut lines, "reasoning.summary", prompt.reasoning.summary.as_ref());
    at(&mut lines, "format", prompt.format.as_ref());
    at(&mut lines, "user", prompt.user.as_ref());
    at(&mut lines, "service_tier", prompt.service_tier.as_ref());
    if prompt.stream {
        lines.push_str("stream\n");
    }
    lines
}

/// Reads `body` with what every request needs where it does not say otherwise.
fn check(body: Value, expected: Expect) {
    let mut whole = json!({ "model": "m", "max_tokens": 9, "messages": [] });
    let (Value::Object(whole_members), Value::Object(members)) = (&mut whole, body) else {
        panic!("requests are objects");
    };
    whole_members.insert("messages".to_owned(), json!([{ "role": "user", "content": "hi" }]));
    whole_members.extend(members);
    expected.assert_eq(&match read_request(whole, Dialect::Messages) {
        Ok((prompt, changes)) => format!("{}{}", lines(&prompt), list(&changes)),
        Err(invalid) => invalid.to_string().replace("; /", "\n/"),
    });
}

#[test]
fn the_least_request() {
    check(
        json!({}),
        expect![[r#"
        model "m"
        User @/messages/0
          text "hi" @/messages/0/content
        max_tokens 9 @/max_tokens
    "#]],
    );
}

#[test]
fn every_setting() {
    check(
        json!({
            "stream": true,
            "temperature": 0.5,
            "top_p": 0.25,
            "top_k": 40.0,
            "stop_sequences": ["a", "b"],
            "metadata": { "user_id": "u1" },
            "service_tier": "standard_only",
            "thinking": { "type": "enabled", "budget_tokens": 2048, "display": "omitted" },
            "output_config": {
                "effort": "xhigh",
                "format": { "type": "json_schema", "schema": { "type": "object" } },
            },
        }),
        expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            max_tokens 9 @/max_tokens
            temperature 0.5 @/temperature
            top_p 0.25 @/top_p
            top_k 40 @/top_k
            stop ["a", "b"] @/stop_sequences
            reasoning.mode Enabled @/thinking
            reasoning.budget_tokens 2048 @/thinking/budget_tokens
            reasoning.effort "xhigh" @/output_config/effort
            reasoning.summary "omitted" @/thinking/display
            format Schema { name: None, description: None, schema: Object {"type": String("object")}, strict: None } @/output_config/format
            user "u1" @/metadata/user_id
            service_tier "standard_only" @/service_tier
            stream
        "#]],
    );
}

#[test]
fn null_is_absent() {
    check(
        json!({
            "system": null, "stream": null, "temperature": null, "thinking": null, "tools": null,
            "tool_choice": null, "metadata": null, "stop_sequences": null, "future": null,
        }),
        expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            max_tokens 9 @/max_tokens
        "#]],
    );
}

#[test]
fn members_without_a_place_are_listed() {
    check(
        json!({
            "context_management": { "edits": [] },
            "container": "c",
            "mcp_servers": [],
            "cache_control": { "type": "ephemeral" },
            "inference_geo": "eu",
            "metadata": { "user_id": "u", "more": 1 },
            "thinking": { "type": "adaptive", "new": 1 },
            "output_config": { "task_budget": 1 },
            "messages": [{ "role": "user", "content": "hi", "id": "x" }],
        }),
        expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            max_tokens 9 @/max_tokens
            reasoning.mode Adaptive @/thinking
            user "u" @/metadata/user_id
            dropped `/messages/0/id`: no counterpart in the other dialect
            dropped `/thinking/new`: no counterpart in the other dialect
            dropped `/output_config/task_budget`: no counterpart in the other dialect
            dropped `/metadata/more`: no counterpart in the other dialect
            dropped `/cache_control`: no counterpart in the other dialect
            dropped `/inference_geo`: no counterpart in the other dialect
            dropped `/mcp_servers`: no counterpart in the other dialect
            dropped `/context_management`: no counterpart in the other dialect
            dropped `/container`: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn system_texts() {
    check(
        json!({ "system": "be brief" }),
        expect![[r#"
        model "m"
        System @/system
          text "be brief" @/system
        User @/messages/0
          text "hi" @/messages/0/content
        max_tokens 9 @/max_tokens
    "#]],
    );
    check(
        json!({ "system": [
            { "type": "text", "text": "a" },
            { "type": "text", "text": "b", "cache_control": { "type": "ephemeral", "ttl": "1h" } },
        ] }),
        expect![[r#"
            model "m"
            System @/system
              text "a" @/system/0
              text "b" cache {"type":"ephemeral","ttl":"1h"} @/system/1
            User @/messages/0
              text "hi" @/messages/0/content
            max_tokens 9 @/max_tokens
        "#]],
    );
    check(
        json!({ "system": [] }),
        expect![[r#"
        model "m"
        User @/messages/0
          text "hi" @/messages/0/content
        max_tokens 9 @/max_tokens
    "#]],
    );
    // Claude Code sends a late one as the last message.
    check(
        json!({ "messages": [
            { "role": "user", "content": "hi" },
            { "role": "system", "content": [{ "type": "text", "text": "late" }] },
        ] }),
        expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            System @/messages/1
              text "late" @/messages/1/content/0
            max_tokens 9 @/max_tokens
        "#]],
    );
}

#[test]
fn tools() {
    check(
        json!({ "tools": [
            { "name": "f", "description": "d", "input_schema": { "type": "object" }, "strict": true,
              "cache_control": { "type": "ephemeral" } },
            { "type": "custom", "name": "g", "input_schema": {}, "defer_loading": true },
            { "type": "web_search_20250305", "name": "web_search", "max_uses": 2 },
            { "type": "mcp_toolset", "mcp_server_name": "x" },
        ] }),
        expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            tool f Some("d") function {"type":"object"} strict Some(true) cache Some(Object {"type": String("ephemeral")}) @/tools/0
            tool g None function {} strict None cache None @/tools/1
            tool web_search None native messages {"type":"web_search_20250305","name":"web_search","max_uses":2} strict None cache None @/tools/2
            tool mcp_toolset None native messages {"type":"mcp_toolset","mcp_server_name":"x"} strict None cache None @/tools/3
            max_tokens 9 @/max_tokens
            dropped `/tools/1/defer_loading`: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn tool_choices() {
    for (choice, expected) in [
        (
            json!({ "type": "auto" }),
            expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            tool_choice Auto @/tool_choice
            max_tokens 9 @/max_tokens
        "#]],
        ),
        (
            json!({ "type": "any", "disable_parallel_tool_use": true }),
            expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            tool_choice Any @/tool_choice
            parallel_tools false @/tool_choice/disable_parallel_tool_use
            max_tokens 9 @/max_tokens
        "#]],
        ),
        (
            json!({ "type": "none" }),
            expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            tool_choice None @/tool_choice
            max_tokens 9 @/max_tokens
        "#]],
        ),
        (
            json!({ "type": "tool", "name": "f", "disable_parallel_tool_use": false }),
            expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            tool_choice Tool { name: "f", custom: false } @/tool_choice
            parallel_tools true @/tool_choice/disable_parallel_tool_use
            max_tokens 9 @/max_tokens
        "#]],
        ),
        (
            json!({ "type": "of_tomorrow", "x": 1 }),
            expect![[r#"
            model "m"
            User @/messages/0
              text "hi" @/messages/0/content
            tool_choice Native(Object {"type": String("of_tomorrow"), "x": Number(1)}) @/tool_choice
            max_tokens 9 @/max_tokens
        "#]],
        ),
        (json!({ "type": "tool" }), expect!["/tool_choice/name: required, but missing"]),
        (json!({}), expect!["/tool_choice/type: required, but missing"]),
        (json!("auto"), expect!["/tool_choice: expected an object, found a string"]),
    ] {
        check(json!({ "tool_choice": choice }), expected);
    }
}

#[test]
fn output_formats() {
    let schema = json!({ "type": "object" });
    check(
        json!({ "output_format": { "type": "json_schema", "schema": schema } }),
        expect![[r#"
        model "m"
        User @/messages/0
          text "hi" @/messages/0/content
        max_tokens 9 @/max_tokens
        format Schema { name: None, description: None, schema: Object {"type": String("object")}, strict: None } @/output_format
    "#]],
    );
    check(
        json!({ "output_config": { "format": { "type": "grammar", "x": 1 } } }),
        expect![[r#"
        model "m"
        User @/messages/0
          text "hi" @/messages/0/content
        max_tokens 9 @/max_tokens
        format Native(Object {"type": String("grammar"), "x": Number(1)}) @/output_config/format
    "#]],
    );
    check(
        json!({ "output_config": { "format": { "type": "json_schema" } } }),
        expect!["/output_config/format/schema: required, but missing"],
    );
}

#[test]
fn all_mistakes_of_settings_at_once() {
    check(
        json!({
            "model": 7,
            "max_tokens": -1,
            "temperature": 1.5,
            "top_p": "x",
            "top_k": 1.5,
            "stream": "yes",
            "stop_sequences": ["a", 1],
            "service_tier": "flex",
            "thinking": { "type": "enabled" },
            "metadata": [],
            "tools": [{ "name": "f" }, 3, { "input_schema": [] }],
        }),
        expect![[r#"
            /model: expected a string, found a number
            /max_tokens: expected a whole number from 0, found a number
            /tools/0/input_schema: required, but missing
            /tools/1: expected an object, found a number
            /tools/2/name: required, but missing
            /tools/2/input_schema: expected an object, found an array
            /thinking/budget_tokens: required, but missing
            /temperature: expected 0 to 1, found 1.5
            /top_p: expected a number, found a string
            /top_k: expected a whole number from 0, found a number
            /stop_sequences/1: expected a string, found a number
            /stream: expected true or false, found a string
            /metadata: expected an object, found an array
            /service_tier: expected "auto" or "standard_only""#]],
    );
}

#[test]
fn all_mistakes_of_messages_at_once() {
    check(
        json!({
            "messages": [
                { "role": "robot", "content": "x" },
                { "content": "x" },
                { "role": "user" },
                { "role": "user", "content": 5 },
                "hi",
                { "role": "user", "content": [
                    { "text": "no type" },
                    { "type": 1 },
                    { "type": "text" },
                    { "type": "image" },
                    { "type": "image", "source": { "type": "base64" } },
                    { "type": "tool_use", "id": "t", "name": "f", "input": {} },
                    { "type": "tool_result", "content": [{ "type": "thinking", "thinking": "" }] },
                ] },
                { "role": "assistant", "content": [
                    { "type": "tool_use", "name": "f" },
                    { "type": "tool_use", "id": "t", "name": "f", "input": "{}" },
                    { "type": "tool_result", "tool_use_id": "t" },
                ] },
            ],
        }),
        expect![[r#"
            /messages/0/role: expected "user", "assistant" or "system", found "robot"
            /messages/1/role: required, but missing
            /messages/2/content: required, but missing
            /messages/3/content: expected a string or an array of blocks, found a number
            /messages/4: expected an object, found a string
            /messages/5/content/0/type: required, but missing
            /messages/5/content/1/type: expected a string, found a number
            /messages/5/content/2/text: required, but missing
            /messages/5/content/3/source: required, but missing
            /messages/5/content/4/source/media_type: required, but missing
            /messages/5/content/4/source/data: required, but missing
            /messages/5/content/5: a tool_use block cannot stand in a user message
            /messages/5/content/6/tool_use_id: required, but missing
            /messages/5/content/6/content/0: a thinking block cannot stand in a tool result
            /messages/6/content/0/id: required, but missing
            /messages/6/content/0/input: required, but missing
            /messages/6/content/1/input: expected an object, found a string
            /messages/6/content/2: a tool_result block cannot stand in an assistant message"#]],
    );
}

#[test]
fn words_that_the_dialect_does_not_have() {
    check(
        json!({ "messages": [], "thinking": { "type": "deep" }, "system": 1 }),
        expect![[r#"
        /system: expected a string or an array of blocks, found a number
        /messages: expected at least one message
        /thinking/type: expected "enabled", "disabled" or "adaptive", found "deep""#]],
    );
}

#[test]
fn a_request_needs_its_members() {
    let error = |body: Value| match read_request(body, Dialect::Messages) {
        Ok(_) => panic!("taken"),
        Err(invalid) => invalid.to_string(),
    };
    expect!["/max_tokens: required, but missing; /model: required, but missing; /messages: required, but missing"].assert_eq(&error(json!({})));
    expect!["expected an object, found an array"].assert_eq(&error(json!([])));
}

#[test]
fn counting_needs_no_limit() {
    let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "hi" }] });
    let invalid = read_request(body.clone(), Dialect::Messages).expect_err("needs a limit");
    assert_eq!(invalid.first_path(), "/max_tokens");
    let (prompt, changes) = read_count_tokens_request(body).expect("needs none");
    assert_eq!((prompt.max_tokens, prompt.turns.len(), changes.len()), (None, 1, 0));
    let invalid = read_count_tokens_request(json!({})).expect_err("needs a model");
    assert_eq!(invalid.problems.len(), 2);
}
