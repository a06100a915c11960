use super::placed;
use super::write_request::{check, prompt};
use crate::Dialect;
use crate::prompt::{Prompt, Tool, ToolChoice, ToolKind};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn tool(name: &str, kind: ToolKind) -> Tool {
    Tool {
        name: name.to_owned(),
        description: None,
        kind,
        strict: None,
        cache: None,
        at: super::at("/tools/0"),
    }
}

pub(super) fn function() -> Tool {
    tool("f", ToolKind::Function { schema: Some(json!({ "type": "object" })) })
}

fn tools(tool: Tool, expected: Expect) {
    check(Prompt { tools: vec![tool], ..prompt() }, expected);
}

#[test]
fn functions() {
    tools(
        Tool {
            description: Some("d".to_owned()),
            strict: Some(true),
            cache: Some(json!({ "type": "ephemeral" })),
            ..function()
        },
        expect![[r#"
            {"tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,"cache_control":{"type":"ephemeral"}}]}
        "#]],
    );
    tools(
        Tool { strict: Some(false), ..tool("f", ToolKind::Function { schema: None }) },
        expect![[r#"
            {"tools":[{"name":"f","input_schema":{"type":"object","properties":{}}}]}
        "#]],
    );
    let schema = |schema: Value| tool("f", ToolKind::Function { schema: Some(schema) });
    tools(
        schema(json!({})),
        expect![[r#"
            {"tools":[{"name":"f","input_schema":{"type":"object"}}]}
        "#]],
    );
    tools(
        schema(json!({ "properties": { "a": {} } })),
        expect![[r#"
            {"tools":[{"name":"f","input_schema":{"type":"object","properties":{"a":{}}}}]}
            changed `/tools/0`: a schema must say that it is of an object
        "#]],
    );
    tools(
        schema(json!(true)),
        expect![[r#"
            {"tools":[{"name":"f","input_schema":{"type":"object"}}]}
            changed `/tools/0`: a schema must be an object
        "#]],
    );
}

#[test]
fn names_that_do_not_fit() {
    tools(
        Tool { name: "x".repeat(128), ..function() },
        expect![[r#"
            {"tools":[{"name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","input_schema":{"type":"object"}}]}
        "#]],
    );
    tools(
        Tool { name: "x".repeat(129), ..function() },
        expect![[r#"
            {"tools":[{"name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_0ec9eb33","input_schema":{"type":"object"}}]}
        "#]],
    );
    tools(
        Tool { name: "fs.read".to_owned(), ..function() },
        expect![[r#"
            {"tools":[{"name":"fs_read_4074bc02","input_schema":{"type":"object"}}]}
        "#]],
    );
}

#[test]
fn custom_tools_become_functions() {
    tools(
        tool("patch", ToolKind::Custom { format: None }),
        expect![[r#"
            {"tools":[{"name":"patch","input_schema":{"type":"object","properties":{"input":{"type":"string","description":"The input of the tool."}},"required":["input"]}}]}
            changed `/tools/0`: a custom tool goes on as a function with one text
        "#]],
    );
    let flat = json!({ "type": "grammar", "syntax": "lark", "definition": "start: \"x\"" });
    let nested = json!({ "type": "grammar", "grammar": { "definition": "start: \"x\"" } });
    tools(
        tool("patch", ToolKind::Custom { format: Some(flat) }),
        expect![[r#"
            {"tools":[{"name":"patch","input_schema":{"type":"object","properties":{"input":{"type":"string","description":"The input of the tool. It must follow this lark grammar:\nstart: \"x\""}},"required":["input"]}}]}
            changed `/tools/0`: a custom tool goes on as a function with one text
        "#]],
    );
    tools(
        tool("patch", ToolKind::Custom { format: Some(nested) }),
        expect![[r#"
            {"tools":[{"name":"patch","input_schema":{"type":"object","properties":{"input":{"type":"string","description":"The input of the tool. It must follow this formal grammar:\nstart: \"x\""}},"required":["input"]}}]}
            changed `/tools/0`: a custom tool goes on as a function with one text
        "#]],
    );
}

#[test]
fn tools_of_one_provider() {
    let native = |dialect| tool("n", ToolKind::Native { dialect, value: json!({ "type": "web" }) });
    tools(
        native(Dialect::Messages),
        expect![[r#"
            {"tools":[{"type":"web"}]}
        "#]],
    );
    tools(
        native(Dialect::Chat),
        expect![[r#"
        {}
        dropped `/tools/0`: only the provider it came from knows it
    "#]],
    );
    tools(
        native(Dialect::Responses),
        expect![[r#"
        {}
        dropped `/tools/0`: only the provider it came from knows it
    "#]],
    );
}

/// A choice, whether calls may be parallel, and whether there is a tool.
fn choice(choice: Option<ToolChoice>, parallel: Option<bool>, offered: bool, expected: Expect) {
    let prompt = Prompt {
        tools: if offered { vec![function()] } else { Vec::new() },
        tool_choice: choice.map(|choice| placed(choice, "/tool_choice")),
        parallel_tools: parallel.map(|parallel| placed(parallel, "/parallel_tool_calls")),
        ..prompt()
    };
    check(prompt, expected);
}

#[test]
fn choices() {
    let named = ToolChoice::Tool { name: "f.g".to_owned(), custom: false };
    choice(
        Some(ToolChoice::Auto),
        None,
        true,
        expect![[r#"
        {"tool_choice":{"type":"auto"},"tools":[{"name":"f","input_schema":{"type":"object"}}]}
    "#]],
    );
    choice(
        Some(ToolChoice::Any),
        Some(false),
        true,
        expect![[r#"
        {"tool_choice":{"type":"any","disable_parallel_tool_use":true},"tools":[{"name":"f","input_schema":{"type":"object"}}]}
    "#]],
    );
    choice(
        Some(named),
        None,
        true,
        expect![[r#"
        {"tool_choice":{"type":"tool","name":"f_g_d2bb54fa"},"tools":[{"name":"f","input_schema":{"type":"object"}}]}
    "#]],
    );
    choice(
        Some(ToolChoice::None),
        Some(false),
        true,
        expect![[r#"
        {"tool_choice":{"type":"none"},"tools":[{"name":"f","input_schema":{"type":"object"}}]}
    "#]],
    );
    let native = ToolChoice::Native(json!({ "type": "allowed_tools" }));
    choice(
        Some(native),
        None,
        true,
        expect![[r#"
        {"tools":[{"name":"f","input_schema":{"type":"object"}}]}
        dropped `/tool_choice`: no such choice of tools
    "#]],
    );
}

#[test]
fn choices_that_are_only_about_parallel_calls_or_tools() {
    choice(
        None,
        Some(false),
        true,
        expect![[r#"
        {"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"tools":[{"name":"f","input_schema":{"type":"object"}}]}
    "#]],
    );
    choice(
        None,
        Some(true),
        true,
        expect![[r#"
        {"tools":[{"name":"f","input_schema":{"type":"object"}}]}
    "#]],
    );
    choice(
        Some(ToolChoice::Any),
        Some(false),
        false,
        expect![[r#"
        {}
        dropped `/tool_choice`: no tool is left to be called
    "#]],
    );
    choice(
        Some(ToolChoice::Auto),
        Some(false),
        false,
        expect![[r#"
        {}
    "#]],
    );
}
