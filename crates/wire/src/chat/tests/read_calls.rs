//! Tool calls in streams of servers.

use super::read_stream::{call, check, delta, finish};
use expect_test::expect;
use serde_json::json;

#[test]
fn interleaved_calls() {
    check(
        &[
            delta(json!({"content": "I look."})),
            call(
                json!({"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}),
            ),
            call(
                json!({"index": 1, "id": "c2", "type": "function", "function": {"name": "g", "arguments": "{"}}),
            ),
            call(json!({"index": 0, "function": {"arguments": "{\"a\":"}})),
            call(json!({"index": 1, "id": "", "function": {"name": "", "arguments": "}"}})),
            call(json!({"index": 0, "function": {"arguments": "1}"}})),
            delta(json!({"content": "Text after."})),
            finish("tool_calls"),
        ],
        &expect![[r#"
            0 text
            0 + "I look."
            0 closed
            1 Function c1 f
            2 Function c2 g
            2 + "{"
            1 + "{\"a\":"
            2 + "}"
            1 + "1}"
            3 text
            3 + "Text after."
            3 closed
            1 closed
            2 closed
            finish ToolCalls
            end
        "#]],
    );
}

#[test]
fn late_ids_and_names() {
    check(
        &[
            call(json!({"index": 0, "function": {"name": "f", "arguments": "{\"a\""}})),
            call(json!({"index": 1, "id": "c2", "function": {"arguments": "{"}})),
            call(json!({"index": 0, "id": "c1", "function": {"arguments": ":1}"}})),
            call(json!({"index": 1, "function": {"name": "g", "arguments": "}"}})),
            call(json!({"index": 0, "id": "another", "function": {"name": "f"}})),
            finish("tool_calls"),
        ],
        &expect![[r#"
            0 Function c1 f
            0 + "{\"a\":1}"
            1 Function c2 g
            1 + "{}"
            2 Function another f
            0 closed
            1 closed
            2 closed
            finish ToolCalls
            end
        "#]],
    );
    check(
        &[
            call(json!({"function": {"name": "f"}})),
            call(json!({"id": "c1", "function": {"arguments": "{}"}})),
            finish("tool_calls"),
        ],
        &expect![[r#"
            0 Function c1 f
            0 + "{}"
            0 closed
            finish ToolCalls
            end
        "#]],
    );
}

#[test]
fn calls_without_ids() {
    check(
        &[
            call(json!({"index": 0, "function": {"name": "get_", "arguments": "{"}})),
            call(json!({"index": 0, "function": {"name": "weather", "arguments": "}"}})),
            call(json!({"index": 1, "function": {"name": "g", "arguments": {"b": 2}}})),
            finish("stop"),
        ],
        &expect![[r#"
            0 Function call_r1_0 get_weather
            0 + "{}"
            1 Function call_r1_1 g
            1 + "{\"b\":2}"
            0 closed
            1 closed
            finish ToolCalls
            end
        "#]],
    );
}

#[test]
fn calls_without_an_index() {
    check(
        &[
            delta(json!({"tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "c2", "type": "function", "function": {"name": "f", "arguments": "{"}}]})),
            call(json!({"function": {"arguments": "\"a\":1"}})),
            call(json!({"id": "c2", "function": {"arguments": "}"}})),
            call(json!({"function": {"name": "whole", "arguments": "{}"}})),
            finish("tool_calls"),
        ],
        &expect![[r#"
            0 Function c1 f
            0 + "{}"
            1 Function c2 f
            1 + "{"
            1 + "\"a\":1"
            1 + "}"
            2 Function call_r1_2 whole
            2 + "{}"
            0 closed
            1 closed
            2 closed
            finish ToolCalls
            end
        "#]],
    );
}

/// Gemini's compatible endpoint.
#[test]
fn one_index_for_several_calls() {
    check(
        &[
            call(json!({"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}})),
            call(
                json!({"index": 0, "id": "c2", "function": {"name": "f", "arguments": "{\"b\":2}"}}),
            ),
            finish("tool_calls"),
        ],
        &expect![[r#"
            0 Function c1 f
            0 + "{}"
            1 Function c2 f
            1 + "{\"b\":2}"
            0 closed
            1 closed
            finish ToolCalls
            end
        "#]],
    );
}

#[test]
fn other_kinds_of_calls() {
    check(
        &[
            call(
                json!({"index": 0, "id": "c1", "type": "custom", "custom": {"name": "patch", "input": "*** "}}),
            ),
            call(json!({"index": 0, "custom": {"input": "Begin"}})),
            finish("tool_calls"),
        ],
        &expect![[r#"
            0 Custom c1 patch
            0 + "*** "
            0 + "Begin"
            0 closed
            finish ToolCalls
            end
        "#]],
    );
    check(
        &[
            delta(json!({"function_call": {"name": "f", "arguments": ""}})),
            delta(json!({"function_call": {"arguments": "{}"}})),
            finish("function_call"),
        ],
        &expect![[r#"
            0 Function call_r1_0 f
            0 + "{}"
            0 closed
            finish ToolCalls
            end
        "#]],
    );
}
