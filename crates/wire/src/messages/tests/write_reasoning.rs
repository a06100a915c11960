use super::placed;
use super::write_request::{check, check_for, prompt};
use super::write_tools::function;
use crate::Target;
use crate::part::{Body, Call, CallKind, Part, ToolResult};
use crate::pointer::Pointer;
use crate::prompt::{Prompt, Reasoning, ReasoningMode, Role, Sampling, ToolChoice, Turn};
use expect_test::{Expect, expect};

/// Reasoning as chat and responses ask for it.
fn effort(word: &str) -> Reasoning {
    Reasoning { effort: Some(placed(word.to_owned(), "/reasoning_effort")), ..Reasoning::default() }
}

fn budget(tokens: u64) -> Reasoning {
    Reasoning {
        mode: Some(placed(ReasoningMode::Enabled, "/thinking")),
        budget_tokens: Some(placed(tokens, "/thinking/budget_tokens")),
        ..Reasoning::default()
    }
}

fn reasoned(reasoning: Reasoning, max_tokens: Option<u64>, expected: Expect) {
    let max_tokens = max_tokens.map(|tokens| placed(tokens, "/max_tokens"));
    check(Prompt { reasoning, max_tokens, ..prompt() }, expected);
}

#[test]
fn an_effort_becomes_a_budget() {
    reasoned(
        effort("low"),
        Some(9000),
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":4000}}
            changed `/reasoning_effort`: goes on as a thinking budget of 4000 tokens
        "#]],
    );
    reasoned(
        effort("high"),
        Some(9000),
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":6750}}
            changed `/reasoning_effort`: goes on as a thinking budget of 6750 tokens
        "#]],
    );
    reasoned(
        effort("minimal"),
        Some(1366),
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":1024},"max_tokens":1366}
            changed `/reasoning_effort`: goes on as a thinking budget of 1024 tokens
        "#]],
    );
    reasoned(
        effort("low"),
        Some(1000),
        expect![[r#"
            {"max_tokens":1000}
            dropped `/reasoning_effort`: thinking takes at least 1024 tokens besides the answer
        "#]],
    );
    reasoned(
        effort("none"),
        Some(9000),
        expect![[r#"
        {}
    "#]],
    );
    reasoned(
        effort("huge"),
        Some(9000),
        expect![[r#"
        {}
        dropped `/reasoning_effort`: no such effort
    "#]],
    );
    // Where nobody sets a limit it leaves room for the answer.
    reasoned(
        effort("high"),
        None,
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":24000},"max_tokens":32192}
            changed `/reasoning_effort`: goes on as a thinking budget of 24000 tokens
            changed `/max_tokens`: the dialect demands a limit; set to 32192 tokens
        "#]],
    );
}

#[test]
fn a_budget_is_kept_as_far_as_it_can_be() {
    reasoned(
        budget(2000),
        Some(9000),
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":2000}}
        "#]],
    );
    reasoned(
        budget(9000),
        Some(9000),
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":8999}}
            changed `/thinking/budget_tokens`: goes on as a thinking budget of 8999 tokens
        "#]],
    );
    reasoned(
        budget(100),
        Some(9000),
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":1024}}
            changed `/thinking/budget_tokens`: goes on as a thinking budget of 1024 tokens
        "#]],
    );
    reasoned(
        budget(2000),
        Some(1024),
        expect![[r#"
            {"max_tokens":1024}
            dropped `/thinking/budget_tokens`: thinking takes at least 1024 tokens besides the answer
        "#]],
    );
    let mode = Some(placed(ReasoningMode::Enabled, "/thinking"));
    reasoned(
        Reasoning { mode, ..Reasoning::default() },
        Some(90_000),
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":10000},"max_tokens":90000}
            changed `/thinking`: goes on as a thinking budget of 10000 tokens
        "#]],
    );
}

#[test]
fn models_that_measure_their_thinking_themselves() {
    let target = Target { adaptive_thinking: true, ..Target::default() };
    for (reasoning, expected) in [
        (
            Reasoning::default(),
            expect![[r#"
            {}
        "#]],
        ),
        (
            effort("xhigh"),
            expect![[r#"
                {"output_config":{"effort":"xhigh"},"thinking":{"type":"adaptive"}}
            "#]],
        ),
        (
            effort("minimal"),
            expect![[r#"
                {"output_config":{"effort":"low"},"thinking":{"type":"adaptive"}}
                changed `/reasoning_effort`: the least effort is low
            "#]],
        ),
        (
            effort("none"),
            expect![[r#"
                {"thinking":{"type":"disabled"}}
            "#]],
        ),
        (
            effort("huge"),
            expect![[r#"
                {"thinking":{"type":"adaptive"}}
                dropped `/reasoning_effort`: no such effort
            "#]],
        ),
        (
            budget(8000),
            expect![[r#"
                {"output_config":{"effort":"medium"},"thinking":{"type":"adaptive"}}
                changed `/thinking/budget_tokens`: the budget goes on as effort medium
            "#]],
        ),
        (
            Reasoning { effort: effort("low").effort, ..budget(8000) },
            expect![[r#"
                {"output_config":{"effort":"low"},"thinking":{"type":"adaptive"}}
                dropped `/thinking/budget_tokens`: the model has an effort and no budget
            "#]],
        ),
    ] {
        check_for(Prompt { reasoning, ..prompt() }, &target, expected);
    }
}

#[test]
fn summaries() {
    let summary = |word: &str, reasoning: Reasoning| Reasoning {
        summary: Some(placed(word.to_owned(), "/reasoning/summary")),
        ..reasoning
    };
    for (reasoning, expected) in [
        (
            summary("auto", effort("low")),
            expect![[r#"
                {"thinking":{"type":"enabled","budget_tokens":4000}}
                changed `/reasoning_effort`: goes on as a thinking budget of 4000 tokens
            "#]],
        ),
        (
            summary("detailed", effort("low")),
            expect![[r#"
                {"thinking":{"type":"enabled","budget_tokens":4000}}
                changed `/reasoning_effort`: goes on as a thinking budget of 4000 tokens
                changed `/reasoning/summary`: thinking is shown summarized, in no other length
            "#]],
        ),
        (
            summary("none", effort("low")),
            expect![[r#"
                {"thinking":{"type":"enabled","budget_tokens":4000,"display":"omitted"}}
                changed `/reasoning_effort`: goes on as a thinking budget of 4000 tokens
            "#]],
        ),
        (
            summary("auto", effort("none")),
            expect![[r#"
            {}
        "#]],
        ),
        (
            summary("auto", Reasoning::default()),
            expect![[r#"
            {}
            dropped `/reasoning/summary`: no reasoning is asked for
        "#]],
        ),
    ] {
        reasoned(reasoning, Some(9000), expected);
    }
}

#[test]
fn thinking_bars_other_settings() {
    check(
        Prompt {
            reasoning: budget(2000),
            sampling: Sampling {
                temperature: Some(placed(0.2, "/temperature")),
                top_p: Some(placed(0.5, "/top_p")),
                top_k: Some(placed(3, "/top_k")),
                ..Sampling::default()
            },
            tools: vec![function()],
            tool_choice: Some(placed(ToolChoice::Any, "/tool_choice")),
            parallel_tools: Some(placed(false, "/parallel_tool_calls")),
            ..prompt()
        },
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":2000},"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}
            dropped `/tool_choice`: no call can be forced while the model thinks
            dropped `/temperature`: not to be set while the model thinks
            dropped `/top_k`: not to be set while the model thinks
            dropped `/top_p`: not to be set while the model thinks
        "#]],
    );
}

#[test]
fn a_tool_loop_without_sealed_thinking_goes_on_without_thinking() {
    let mut turns = prompt().turns;
    let call = Call {
        id: "c1".to_owned(),
        name: "f".to_owned(),
        arguments: "{}".to_owned(),
        kind: CallKind::Function,
    };
    let result = ToolResult {
        call_id: "c1".to_owned(),
        parts: Vec::new(),
        is_error: false,
        kind: CallKind::Function,
    };
    for (role, body) in [(Role::Assistant, Body::Call(call)), (Role::User, Body::Result(result))] {
        let parts = vec![Part::new(body, Pointer::root())];
        turns.push(Turn { role, name: None, parts, at: Pointer::root() });
    }
    let tools = vec![function()];
    check(
        Prompt { reasoning: effort("low"), turns: turns.clone(), tools: tools.clone(), ..prompt() },
        expect![[r#"
            {"tools":[{"name":"f","input_schema":{"type":"object"}}]}
            dropped `/reasoning_effort`: the turn under way has no sealed thinking, which Anthropic demands
        "#]],
    );
    turns.push(prompt().turns.remove(0));
    turns.push(Turn { role: Role::Assistant, ..prompt().turns.remove(0) });
    turns.push(prompt().turns.remove(0));
    check(
        Prompt { reasoning: effort("low"), turns, tools, ..prompt() },
        expect![[r#"
            {"thinking":{"type":"enabled","budget_tokens":4000},"tools":[{"name":"f","input_schema":{"type":"object"}}]}
            changed `/reasoning_effort`: goes on as a thinking budget of 4000 tokens
        "#]],
    );
}

#[test]
fn a_begun_reply_without_sealed_thinking_goes_on_without_thinking() {
    let mut turns = prompt().turns;
    turns.push(Turn { role: Role::Assistant, ..prompt().turns.remove(0) });
    check(
        Prompt { reasoning: effort("low"), turns, ..prompt() },
        expect![[r#"
        {}
        dropped `/reasoning_effort`: the turn under way has no sealed thinking, which Anthropic demands
    "#]],
    );
}

#[test]
fn summaries_of_models_that_may_hide_their_thinking() {
    let target = Target { adaptive_thinking: true, ..Target::default() };
    for (word, expected) in [
        (
            "auto",
            expect![[r#"
        {"output_config":{"effort":"low"},"thinking":{"type":"adaptive","display":"summarized"}}
    "#]],
        ),
        (
            "concise",
            expect![[r#"
        {"output_config":{"effort":"low"},"thinking":{"type":"adaptive","display":"summarized"}}
        changed `/reasoning/summary`: thinking is shown summarized, in no other length
    "#]],
        ),
    ] {
        let summary = Some(placed(word.to_owned(), "/reasoning/summary"));
        let reasoning = Reasoning { summary, ..effort("low") };
        check_for(Prompt { reasoning, ..prompt() }, &target, expected);
    }
}
