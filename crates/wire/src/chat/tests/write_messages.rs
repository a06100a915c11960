//! The conversation on its way to a server.

use crate::dialect::Dialect;
use crate::part::{Body, Call, CallKind, Media, Part, ToolResult};
use crate::pointer::Pointer;
use crate::prompt::{Prompt, Role, Turn};
use crate::seal::Seal;
use crate::writing::{Target, Writing};
use expect_test::{Expect, expect};
use serde_json::json;

fn check(turns: Vec<(Role, Vec<Body>)>, expected: &Expect) {
    let turn = |(index, (role, bodies)): (usize, (Role, Vec<Body>))| {
        let at = Pointer::root().index(index);
        let part = |(part, body)| Part::new(body, at.index(part));
        Turn {
            role,
            name: None,
            parts: bodies.into_iter().enumerate().map(part).collect(),
            at: at.clone(),
        }
    };
    check_turns(turns.into_iter().enumerate().map(turn).collect(), expected);
}

fn check_turns(turns: Vec<Turn>, expected: &Expect) {
    let mut writing = Writing::default();
    let body = super::chat::write_request(Prompt { turns, ..Prompt::default() }, &mut writing);
    let mut actual = String::new();
    for message in body["messages"].as_array().expect("an array") {
        actual += &format!("{message}\n");
    }
    actual += &super::listed(&writing.changes);
    expected.assert_eq(&actual);
}

fn text(text: &str) -> Body {
    Body::Text { text: text.to_owned(), citations: None }
}

fn png() -> Body {
    let source = Media::Base64 { mime: "image/png".to_owned(), data: "AAAA".to_owned() };
    Body::Image { source, detail: None }
}

fn document(source: Media) -> Body {
    let title = Some("a.pdf".to_owned());
    Body::Document { source, title, context: None, citations: None }
}

fn call(id: &str, kind: CallKind, arguments: &str) -> Body {
    let (id, name, arguments) = (id.to_owned(), "f".to_owned(), arguments.to_owned());
    Body::Call(Call { id, name, arguments, kind })
}

fn result(id: &str, is_error: bool, bodies: Vec<Body>) -> Body {
    let inner = Pointer::root().key("inner");
    let parts = bodies.into_iter().map(|body| Part::new(body, inner.clone())).collect();
    let (call_id, kind) = (id.to_owned(), CallKind::Function);
    Body::Result(ToolResult { call_id, parts, is_error, kind })
}

fn thinking(text: &str, seal: Option<Seal>) -> Body {
    Body::Thinking { text: text.to_owned(), seal }
}

#[test]
fn roles() {
    check(
        vec![
            (Role::System, vec![text("one"), text("two")]),
            (Role::Developer, vec![text("dev")]),
            (Role::User, vec![text("a"), text(""), text("b")]),
            (Role::User, Vec::new()),
            (Role::Assistant, vec![text("c")]),
            (Role::System, vec![text("later"), png()]),
        ],
        &expect![[r#"
            {"role":"system","content":"one\n\ntwo"}
            {"role":"system","content":"dev"}
            {"role":"user","content":"a\n\nb"}
            {"role":"user","content":""}
            {"role":"assistant","content":"c"}
            {"role":"system","content":"later"}
            dropped /5/1: chat takes text only in system messages and tool results
        "#]],
    );
}

#[test]
fn the_developers_word_goes_where_it_is_known() {
    let turn = Turn {
        role: Role::Developer,
        name: None,
        parts: vec![Part::text("dev", Pointer::root())],
        at: Pointer::root(),
    };
    let roles = [true, false].map(|max_completion_tokens| {
        let target = Target { max_completion_tokens, ..Target::default() };
        let mut writing = Writing { target, ..Writing::default() };
        let prompt = Prompt { turns: vec![turn.clone()], ..Prompt::default() };
        super::chat::write_request(prompt, &mut writing)["messages"][0]["role"].clone()
    });
    assert_eq!(roles, ["developer", "system"]);
}

#[test]
fn names_and_marks() {
    let mut part = Part::text("hi", Pointer::root().key("part"));
    part.cache = Some(json!({"type": "ephemeral"}));
    let turn = |role| Turn {
        role,
        name: Some("ann".to_owned()),
        parts: vec![part.clone()],
        at: Pointer::root(),
    };
    check_turns(
        vec![turn(Role::User), turn(Role::Assistant), turn(Role::System)],
        &expect![[r#"
        {"role":"user","name":"ann","content":"hi"}
        {"role":"assistant","name":"ann","content":"hi"}
        {"role":"system","name":"ann","content":"hi"}
        dropped /part/cache_control: chat has no cache marks
        dropped /part/cache_control: chat has no cache marks
        dropped /part/cache_control: chat has no cache marks
    "#]],
    );
}

#[test]
fn media() {
    let detailed = Body::Image {
        source: Media::Url("https://example.com/a.png".to_owned()),
        detail: Some("low".to_owned()),
    };
    let pdf = Media::Base64 { mime: "application/pdf".to_owned(), data: "AAAA".to_owned() };
    check(
        vec![(
            Role::User,
            vec![
                text("see"),
                png(),
                detailed,
                Body::Image { source: Media::File("file_1".to_owned()), detail: None },
                Body::Audio { format: "wav".to_owned(), data: "AAAA".to_owned() },
                document(pdf.clone()),
                Body::Document {
                    source: pdf,
                    title: None,
                    context: Some("c".to_owned()),
                    citations: Some(json!({"enabled": true})),
                },
                document(Media::File("file-1".to_owned())),
                document(Media::File("file_1".to_owned())),
                document(Media::Url("https://example.com/a.pdf".to_owned())),
                document(Media::Text("plain".to_owned())),
                Body::Document {
                    source: Media::Text("untitled".to_owned()),
                    title: None,
                    context: None,
                    citations: Some(json!({"enabled": false})),
                },
                Body::Native { dialect: Dialect::Chat, value: json!({"type": "video_url"}) },
                Body::Native {
                    dialect: Dialect::Messages,
                    value: json!({"type": "container_upload"}),
                },
            ],
        )],
        &expect![[r#"
            {"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://example.com/a.png","detail":"low"}},{"type":"input_audio","input_audio":{"format":"wav","data":"AAAA"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}},{"type":"file","file":{"filename":"document","file_data":"data:application/pdf;base64,AAAA"}},{"type":"file","file":{"file_id":"file-1"}},{"type":"text","text":"a.pdf\n\nplain"},{"type":"text","text":"untitled"},{"type":"video_url"}]}
            dropped /0/3: the picture lies in another provider's store
            dropped /0/6/context: chat files have no context
            dropped /0/6/citations: chat does not cite files
            dropped /0/8: chat takes files as bytes or by OpenAI's own id
            dropped /0/9: chat takes files as bytes or by OpenAI's own id
            changed /0/10: chat has no plain-text documents; sent as text
            changed /0/11: chat has no plain-text documents; sent as text
            dropped /0/13: no counterpart in chat
        "#]],
    );
}

#[test]
fn the_models_own_turns_become_one() {
    let cited =
        |text: &str, citations| Body::Text { text: text.to_owned(), citations: Some(citations) };
    check(
        vec![
            (
                Role::Assistant,
                vec![
                    thinking("why", None),
                    cited("first", json!([])),
                    cited(" cited", json!([{}])),
                ],
            ),
            (Role::Assistant, vec![call("c1", CallKind::Function, ""), text("second")]),
            (Role::Assistant, vec![call("c2", CallKind::Custom, "free \"text\"")]),
        ],
        &expect![[r#"
            {"role":"assistant","content":"first cited\n\nsecond","reasoning_content":"why","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{\"input\":\"free \\\"text\\\"\"}"}}]}
            dropped /0/2: chat takes no citations back
            changed /2/0: a custom tool's call goes on as a function's
        "#]],
    );
}

#[test]
fn assistant_without_text() {
    check(
        vec![
            (Role::Assistant, vec![call("c1", CallKind::Function, "{\"a\":1}")]),
            (Role::User, vec![result("c1", false, vec![text("done")])]),
            (Role::Assistant, vec![thinking("only", None)]),
            (Role::User, vec![text("and?")]),
            (Role::Assistant, vec![Body::Refusal("no".to_owned())]),
        ],
        &expect![[r#"
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}
            {"role":"tool","tool_call_id":"c1","content":"done"}
            {"role":"assistant","content":"","reasoning_content":"only"}
            {"role":"user","content":"and?"}
            {"role":"assistant","content":null,"refusal":"no"}
        "#]],
    );
}

#[test]
fn seals() {
    let detail = r#"{"type":"reasoning.text","signature":"s"}"#;
    let summary = r#"{"type":"reasoning.summary","data":"d"}"#;
    check(
        vec![
            (
                Role::Assistant,
                vec![
                    thinking("claude", Some(Seal::Signature("s".to_owned()))),
                    thinking("", Some(Seal::Redacted("d".to_owned()))),
                    thinking(
                        "gpt",
                        Some(Seal::Encrypted { id: "rs_1".to_owned(), content: "e".to_owned() }),
                    ),
                    text("a"),
                ],
            ),
            (Role::User, vec![text("b")]),
            (
                Role::Assistant,
                vec![
                    thinking("copilot", Some(Seal::Opaque("one".to_owned()))),
                    thinking("more", Some(Seal::Opaque("two".to_owned()))),
                ],
            ),
            (Role::User, vec![text("c")]),
            (
                Role::Assistant,
                vec![
                    thinking("router", Some(Seal::Opaque(detail.to_owned()))),
                    thinking("sum", Some(Seal::Opaque(summary.to_owned()))),
                ],
            ),
        ],
        &expect![[r#"
            {"role":"assistant","content":"a","reasoning_content":"claude\n\ngpt"}
            {"role":"user","content":"b"}
            {"role":"assistant","content":"","reasoning_content":"copilot\n\nmore","reasoning_opaque":"one"}
            {"role":"user","content":"c"}
            {"role":"assistant","content":"","reasoning_content":"router\n\nsum","reasoning_details":[{"type":"reasoning.text","signature":"s","text":"router"},{"type":"reasoning.summary","data":"d","summary":"sum"}]}
            dropped /0/0: the seal of the reasoning is worth nothing to another provider
            dropped /0/1: the seal of the reasoning is worth nothing to another provider
            dropped /0/2: the seal of the reasoning is worth nothing to another provider
            dropped /2/1: chat has one seal for all reasoning
        "#]],
    );
}

#[test]
fn tool_results_come_first() {
    check(
        vec![
            (
                Role::Assistant,
                vec![call("c1", CallKind::Function, "{}"), call("c2", CallKind::Function, "{}")],
            ),
            (Role::User, vec![result("c1", true, vec![text("bad")]), text("meanwhile")]),
            (Role::User, vec![result("c2", true, vec![text("Error: worse"), text("still")])]),
            (Role::User, vec![text("go on")]),
        ],
        &expect![[r#"
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]}
            {"role":"tool","tool_call_id":"c1","content":"Error: bad"}
            {"role":"tool","tool_call_id":"c2","content":"Error: worse\n\nstill"}
            {"role":"user","content":"meanwhile"}
            {"role":"user","content":"go on"}
            changed /1/0/is_error: said in the text of the tool result
            changed /2/0: tool results stand before other content
            changed /2/0/is_error: said in the text of the tool result
        "#]],
    );
}

#[test]
fn media_of_tool_results_follow() {
    check(
        vec![
            (
                Role::User,
                vec![
                    result("c1", false, vec![png()]),
                    result(
                        "c2",
                        false,
                        vec![text("see"), png(), document(Media::Text("plain".to_owned()))],
                    ),
                    result(
                        "c3",
                        false,
                        vec![document(Media::Base64 {
                            mime: "application/pdf".to_owned(),
                            data: "AAAA".to_owned(),
                        })],
                    ),
                    result(
                        "c4",
                        false,
                        vec![Body::Audio { format: "wav".to_owned(), data: "A".to_owned() }],
                    ),
                    result("c5", false, Vec::new()),
                ],
            ),
            (Role::User, vec![text("well?")]),
        ],
        &expect![[r#"
            {"role":"tool","tool_call_id":"c1","content":"[image of tool result c1]"}
            {"role":"tool","tool_call_id":"c2","content":"see\n\na.pdf\n\nplain"}
            {"role":"tool","tool_call_id":"c3","content":"[document of tool result c3]"}
            {"role":"tool","tool_call_id":"c4","content":"[audio of tool result c4]"}
            {"role":"tool","tool_call_id":"c5","content":""}
            {"role":"user","content":[{"type":"text","text":"[image of tool result c1]"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"text","text":"[image of tool result c2]"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"text","text":"[document of tool result c3]"},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}},{"type":"text","text":"[audio of tool result c4]"},{"type":"input_audio","input_audio":{"format":"wav","data":"A"}}]}
            {"role":"user","content":"well?"}
            changed /inner: chat tool results are text; sent in a user message
            changed /inner: chat tool results are text; sent in a user message
            changed /inner: chat has no plain-text documents; sent as text
            changed /inner: chat tool results are text; sent in a user message
            changed /inner: chat tool results are text; sent in a user message
        "#]],
    );
}

#[test]
fn long_ids_are_cut_alike() {
    let long = "x".repeat(41);
    check(
        vec![
            (Role::Assistant, vec![call(&long, CallKind::Function, "{}")]),
            (Role::User, vec![result(&long, false, vec![text("done")])]),
        ],
        &expect![[r#"
            {"role":"assistant","content":null,"tool_calls":[{"id":"call_3164596df4fdd018b2c567ec8c03e79b","type":"function","function":{"name":"f","arguments":"{}"}}]}
            {"role":"tool","tool_call_id":"call_3164596df4fdd018b2c567ec8c03e79b","content":"done"}
        "#]],
    );
}

#[test]
fn what_stands_in_the_wrong_place() {
    let native = || Body::Native { dialect: Dialect::Chat, value: json!({"type": "own"}) };
    let foreign = || Body::Native { dialect: Dialect::Responses, value: json!({"type": "other"}) };
    let result = || result("c1", false, vec![thinking("deep", None)]);
    check(
        vec![
            (
                Role::User,
                vec![
                    thinking("t", None),
                    call("c1", CallKind::Function, "{}"),
                    Body::Refusal("r".to_owned()),
                ],
            ),
            (Role::Assistant, vec![result(), png(), native(), foreign(), text("a")]),
            (Role::System, vec![result(), text("s"), native()]),
            (Role::User, vec![result()]),
        ],
        &expect![[r#"
            {"role":"user","content":""}
            {"role":"assistant","content":[{"type":"text","text":"a"},{"type":"own"}]}
            {"role":"system","content":[{"type":"text","text":"s"},{"type":"own"}]}
            {"role":"tool","tool_call_id":"c1","content":""}
            dropped /0/0: chat has this only in assistant messages
            dropped /0/1: chat has this only in assistant messages
            dropped /0/2: chat has this only in assistant messages
            dropped /1/0: a tool result is not the assistant's to give
            dropped /1/1: chat takes no media in assistant messages
            dropped /1/3: no counterpart in chat
            dropped /2/0: chat has this only as a message of its own
            dropped /inner: chat has this only in assistant messages
        "#]],
    );
}
