use super::{ModelEntry, next_page, read_list, read_model, write_list};
use crate::dialect::Dialect;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn check(body: Value, expected: &Expect) {
    let actual = match read_list(&body) {
        Ok(models) => models.iter().map(|model| format!("{model:?}\n")).collect(),
        Err(error) => format!("{:?}: {error}\n", error.kind),
    };
    expected.assert_eq(&actual);
}

#[test]
fn openai() {
    check(
        json!({"object": "list", "data": [
            {"id": "gpt-5", "object": "model", "created": 1_754_425_777, "owned_by": "system"},
            {"object": "model"},
        ]}),
        &expect![[r#"
            ModelEntry { id: "gpt-5", display_name: "", owned_by: "system", created: 1754425777, context_tokens_max: None, input_tokens_max: None, output_tokens_max: None, dialects: [] }
        "#]],
    );
}

#[test]
fn anthropic() {
    let list = json!({"data": [
        {"type": "model", "id": "claude-opus-4-6", "display_name": "Claude Opus 4.6",
         "created_at": "2026-02-04T12:30:15Z", "max_input_tokens": 200_000, "max_tokens": 128_000},
    ], "has_more": true, "first_id": "claude-opus-4-6", "last_id": "claude-opus-4-6"});
    assert_eq!(next_page(&list), Some("claude-opus-4-6"));
    check(
        list,
        &expect![[r#"
        ModelEntry { id: "claude-opus-4-6", display_name: "Claude Opus 4.6", owned_by: "", created: 1770208215, context_tokens_max: None, input_tokens_max: Some(200000), output_tokens_max: Some(128000), dialects: [] }
    "#]],
    );
}

#[test]
fn servers_that_say_more() {
    check(
        json!({"data": [
            {"id": "copilot", "vendor": "OpenAI", "name": "GPT-5",
             "capabilities": {"limits": {"max_context_window_tokens": 264_000, "max_prompt_tokens": 128_000,
                                         "max_output_tokens": 64_000}},
             "supported_endpoints": ["/chat/completions", "/v1/messages"]},
            {"id": "openrouter", "context_length": 131_072, "top_provider": {"max_completion_tokens": 8192}},
            {"id": "groq", "context_window": 131_072, "max_completion_tokens": 32_768},
            {"id": "vllm", "max_model_len": 4096},
            {"id": "lmstudio", "max_context_length": 8192, "max_tokens": 0},
        ]}),
        &expect![[r#"
            ModelEntry { id: "copilot", display_name: "GPT-5", owned_by: "OpenAI", created: 0, context_tokens_max: Some(264000), input_tokens_max: Some(128000), output_tokens_max: Some(64000), dialects: [Chat, Messages] }
            ModelEntry { id: "openrouter", display_name: "", owned_by: "", created: 0, context_tokens_max: Some(131072), input_tokens_max: None, output_tokens_max: Some(8192), dialects: [] }
            ModelEntry { id: "groq", display_name: "", owned_by: "", created: 0, context_tokens_max: Some(131072), input_tokens_max: None, output_tokens_max: Some(32768), dialects: [] }
            ModelEntry { id: "vllm", display_name: "", owned_by: "", created: 0, context_tokens_max: Some(4096), input_tokens_max: None, output_tokens_max: None, dialects: [] }
            ModelEntry { id: "lmstudio", display_name: "", owned_by: "", created: 0, context_tokens_max: Some(8192), input_tokens_max: None, output_tokens_max: None, dialects: [] }
        "#]],
    );
    check(
        json!([{"id": "together", "organization": "Meta"}]),
        &expect![[r#"
        ModelEntry { id: "together", display_name: "", owned_by: "Meta", created: 0, context_tokens_max: None, input_tokens_max: None, output_tokens_max: None, dialects: [] }
    "#]],
    );
}

#[test]
fn what_is_no_list() {
    check(
        json!({"error": {"type": "authentication_error", "message": "bad key"}}),
        &expect![[r#"
        Authentication: bad key
    "#]],
    );
    check(
        json!({"models": []}),
        &expect![[r#"
        BadGateway: the upstream answered with no list of models
    "#]],
    );
    check(json!({"data": []}), &expect![[""]]);
}

fn models() -> Vec<ModelEntry> {
    vec![
        ModelEntry {
            display_name: "Claude Opus".to_owned(),
            owned_by: "anthropic".to_owned(),
            created: 1_770_208_215,
            context_tokens_max: Some(264_000),
            input_tokens_max: Some(200_000),
            output_tokens_max: Some(64_000),
            ..ModelEntry::new("claude-opus")
        },
        ModelEntry::new("offline"),
    ]
}

#[test]
fn the_union_of_both_shapes() {
    expect![[r#"
        {
          "object": "list",
          "data": [
            {
              "id": "claude-opus",
              "object": "model",
              "type": "model",
              "created": 1770208215,
              "created_at": "2026-02-04T12:30:15Z",
              "owned_by": "anthropic",
              "display_name": "Claude Opus",
              "max_input_tokens": 200000,
              "max_tokens": 64000,
              "limits": {
                "max_context_window_tokens": 264000,
                "max_prompt_tokens": 200000,
                "max_output_tokens": 64000
              }
            },
            {
              "id": "offline",
              "object": "model",
              "type": "model",
              "created": 0,
              "created_at": "1970-01-01T00:00:00Z",
              "owned_by": "",
              "display_name": "offline"
            }
          ],
          "has_more": false,
          "first_id": "claude-opus",
          "last_id": "offline"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&write_list(&models())).expect("a value"));
    expect![[r#"{"object":"list","data":[],"has_more":false,"first_id":null,"last_id":null}"#]]
        .assert_eq(&write_list(&[]).to_string());
}

#[test]
fn what_is_written_is_read() {
    let mut expected = models();
    // The name for people is the id where there is none.
    expected[1].display_name = "offline".to_owned();
    assert_eq!(read_list(&write_list(&models())), Ok(expected));
}

#[test]
fn dialects_come_from_endpoints() {
    let dialects = |endpoints: Value| {
        read_model(&json!({"id": "m", "supported_endpoints": endpoints}))
            .map(|model| model.dialects)
    };
    assert_eq!(dialects(json!(["/v1/responses", "ws:/responses"])), Some(vec![Dialect::Responses]));
    assert_eq!(dialects(json!(null)), Some(vec![]));
}
