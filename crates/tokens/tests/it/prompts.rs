//! Requests as `wire` reads them: the same conversation counts the same in every dialect.

use ironbridge_tokens::{Count, Counter, Exactness, Request};
use ironbridge_wire::{Dialect, json, read_request};

fn count(dialect: Dialect, model: &str, body: &str) -> Count {
    let document = json::parse(body.as_bytes()).expect("JSON");
    let (prompt, _) = read_request(document, dialect).expect("a request");
    Counter::for_model(None, model).count(&Request::of_prompt(&prompt))
}

#[test]
fn a_conversation_counts_the_same_in_every_dialect() {
    let chat = r#"{"model":"m","messages":[
        {"role":"system","content":"Be brief."},
        {"role":"user","content":"Hello, world!"},
        {"role":"assistant","content":"Hello!"},
        {"role":"user","content":[{"type":"text","text":"And "},{"type":"text","text":"now?"}]}]}"#;
    let messages = r#"{"model":"m","max_tokens":9,"system":"Be brief.","messages":[
        {"role":"user","content":"Hello, world!"},
        {"role":"assistant","content":"Hello!"},
        {"role":"user","content":[{"type":"text","text":"And "},{"type":"text","text":"now?"}]}]}"#;
    let responses = r#"{"model":"m","instructions":"Be brief.","input":[
        {"role":"user","content":"Hello, world!"},
        {"role":"assistant","content":"Hello!"},
        {"role":"user","content":[{"type":"input_text","text":"And "},{"type":"input_text","text":"now?"}]}]}"#;
    let counted = count(Dialect::Chat, "gpt-5", chat);
    // Texts 3 + 4 + 2 + 2 + 2, four roles of one each, 3 round each message, 3 before each of the two groups.
    assert_eq!((counted.tokens, counted.exactness), (35, Exactness::Exact));
    assert_eq!(count(Dialect::Messages, "gpt-5", messages), counted);
    assert_eq!(count(Dialect::Responses, "gpt-5", responses), counted);
}

#[test]
fn calls_results_and_media_are_counted_and_seals_are_not() {
    let of = |content: &str| {
        let body = format!(
            r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"q"}},
                {{"role":"assistant","content":[{content}]}}]}}"#
        );
        count(Dialect::Messages, "claude-sonnet-4.5", &body).tokens
    };
    let text = of(r#"{"type":"text","text":"a"}"#);
    let call =
        r#"{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"f","input":{"x":1}}"#;
    assert!(of(call) > text);
    let sealed = r#"{"type":"thinking","thinking":"a long, long thought","signature":"c2VhbA=="},{"type":"text","text":"a"}"#;
    assert_eq!(of(sealed), text);
}
