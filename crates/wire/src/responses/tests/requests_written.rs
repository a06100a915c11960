use super::super::{read_request, write_request};
use super::{show_changes, show_members};
use crate::dialect::Dialect;
use crate::fields::Reading;
use crate::part::{Body, Call, CallKind, Media, Part, ToolResult};
use crate::pointer::{At, Pointer};
use crate::prompt::{Prompt, Role, Tool, ToolChoice, ToolKind, Turn};
use crate::seal::Seal;
use crate::writing::Writing;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

/// Writes a request; the model and `store` are left out where they are the usual ones.
pub(super) fn check(prompt: Prompt, expected: Expect) {
    let mut writing = Writing::default();
    let mut body = write_request(prompt, &mut writing);
    let members = body.as_object_mut().expect("an object");
    members.retain(|key, value| key != "model" && !(key == "store" && *value == json!(false)));
    expected.assert_eq(&(show_members(&body) + &show_changes(&writing.changes)));
}

fn place(key: &str) -> Pointer {
    Pointer::root().key(key)
}

pub(super) fn at<T>(key: &str, value: T) -> Option<At<T>> {
    Some(At { value, at: place(key) })
}

fn turn(role: Role, bodies: Vec<Body>) -> Turn {
    let spot = place("messages");
    let parts = bodies.into_iter().enumerate().map(|(n, body)| Part::new(body, spot.index(n)));
    Turn { role, name: None, parts: parts.collect(), at: spot.clone() }
}

fn text(text: &str) -> Body {
    Body::Text { text: text.to_owned(), citations: None }
}

fn says(role: Role, said: &str) -> Turn {
    turn(role, vec![text(said)])
}

fn prompt(turns: Vec<Turn>) -> Prompt {
    Prompt { model: "m".to_owned(), turns, ..Prompt::default() }
}

pub(super) fn asks() -> Prompt {
    prompt(vec![says(Role::User, "hi")])
}

fn result(call_id: &str, bodies: Vec<Body>, is_error: bool, kind: CallKind) -> Body {
    let spot = place("result");
    let parts = bodies.into_iter().enumerate().map(|(n, body)| Part::new(body, spot.index(n)));
    Body::Result(ToolResult { call_id: call_id.to_owned(), parts: parts.collect(), is_error, kind })
}

fn call(id: &str, name: &str, arguments: &str, kind: CallKind) -> Body {
    Body::Call(Call {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        kind,
    })
}

fn tool(name: &str, kind: ToolKind) -> Tool {
    let at = place("tools").key(name);
    Tool { name: name.to_owned(), description: None, kind, strict: None, cache: None, at }
}

fn function(name: &str, schema: Option<Value>) -> Tool {
    tool(name, ToolKind::Function { schema })
}

#[test]
fn its_own_requests_come_back_as_they_were() {
    let document = json!({
        "model": "m", "instructions": "Be brief.",
        "input": [
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "look"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "low"},
                {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,BBBB"},
            ]},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "a"}], "encrypted_content": "xyz"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok", "annotations": []}]},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{\"a\":1}"},
            {"type": "custom_tool_call", "call_id": "c2", "name": "p", "input": "patch"},
            {"type": "web_search_call", "id": "ws_1", "status": "completed"},
            {"type": "function_call_output", "call_id": "c1", "output": "done"},
            {"type": "custom_tool_call_output", "call_id": "c2", "output": [
                {"type": "input_text", "text": "x"}, {"type": "input_text", "text": "y"}]},
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "mind"}]},
            {"type": "message", "role": "user", "content": [{"type": "input_hologram", "data": 1}]},
        ],
        "tool_choice": {"type": "custom", "name": "p"},
        "parallel_tool_calls": false,
        "tools": [
            {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": true, "description": "d"},
            {"type": "custom", "name": "p", "format": {"type": "text"}},
            {"type": "web_search"},
        ],
        "max_output_tokens": 64, "temperature": 0.5, "top_p": 0.9,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "high", "summary": "auto"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": true, "description": "d"}, "verbosity": "low"},
        "user": "u", "safety_identifier": "s", "metadata": {"a": "b"}, "service_tier": "flex",
        "prompt_cache_key": "k", "prompt_cache_retention": "24h", "store": true, "stream": true,
    });
    let reading = Reading::default();
    let prompt = read_request(document.clone(), &reading);
    let (prompt, unknown) = reading.finish(prompt).expect("a sound request");
    let mut writing = Writing::default();
    let written = write_request(prompt, &mut writing);
    assert_eq!(show_members(&written), show_members(&document));
    assert_eq!(show_changes(&unknown) + &show_changes(&writing.changes), "");
}

#[test]
fn system_texts_lead_as_instructions() {
    check(
        prompt(vec![
            says(Role::System, "one"),
            turn(Role::Developer, vec![text("two"), text(""), text("three")]),
            says(Role::User, "hi"),
            says(Role::System, "later"),
            says(Role::Developer, "and later"),
        ]),
        expect![[r#"
            instructions: "one\n\ntwo\n\nthree"
            input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]},{"type":"message","role":"system","content":[{"type":"input_text","text":"later"}]},{"type":"message","role":"developer","content":[{"type":"input_text","text":"and later"}]}]
        "#]],
    );
    // Alone, or with more than text, they stay where they are.
    check(
        prompt(vec![says(Role::System, "alone")]),
        expect![[r#"
        input: [{"type":"message","role":"system","content":[{"type":"input_text","text":"alone"}]}]
    "#]],
    );
    let image = Body::Image { source: Media::Url("https://i".to_owned()), detail: None };
    check(
        prompt(vec![turn(Role::System, vec![text("see"), image]), says(Role::User, "hi")]),
        expect![[r#"
            input: [{"type":"message","role":"system","content":[{"type":"input_text","text":"see"},{"type":"input_image","image_url":"https://i","detail":"auto"}]},{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        "#]],
    );
}

#[test]
fn names_and_cache_marks_have_no_place() {
    let mut prompt = prompt(vec![
        says(Role::System, "s"),
        says(Role::User, "u"),
        turn(Role::User, vec![result("c", vec![text("r")], false, CallKind::Function)]),
    ]);
    for turn in &mut prompt.turns {
        turn.name = Some("n".to_owned());
        turn.parts[0].cache = Some(json!({"type": "ephemeral"}));
        if let Body::Result(result) = &mut turn.parts[0].body {
            result.parts[0].cache = Some(json!({"type": "ephemeral"}));
        }
    }
    prompt.tools = vec![Tool { cache: Some(json!({})), ..function("f", None) }];
    check(
        prompt,
        expect![[r#"
        instructions: "s"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"u"}]},{"type":"function_call_output","call_id":"c","output":"r"}]
        tools: [{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false}]
        ! dropped /messages/name: messages have no names in the responses dialect
        ! dropped /messages/0/cache_control: the server caches prompts by itself
        ! dropped /messages/name: messages have no names in the responses dialect
        ! dropped /messages/0/cache_control: the server caches prompts by itself
        ! dropped /messages/name: messages have no names in the responses dialect
        ! dropped /messages/0/cache_control: the server caches prompts by itself
        ! dropped /result/0/cache_control: the server caches prompts by itself
        ! dropped /tools/f/cache_control: the server caches prompts by itself
    "#]],
    );
}

#[test]
fn turns_become_items() {
    let encrypted = Seal::Encrypted { id: "rs_1".to_owned(), content: "xyz".to_owned() };
    let nameless = Seal::Encrypted { id: String::new(), content: "xyz".to_owned() };
    check(
        prompt(vec![
            says(Role::User, "hi"),
            turn(
                Role::Assistant,
                vec![
                    Body::Thinking { text: "hm".to_owned(), seal: Some(encrypted) },
                    Body::Thinking { text: String::new(), seal: Some(nameless) },
                    text("a"),
                    Body::Refusal("no".to_owned()),
                    call("c1", "f", "", CallKind::Function),
                    text("b"),
                    call("c2", "p", "patch", CallKind::Custom),
                ],
            ),
            turn(
                Role::User,
                vec![
                    result("c1", vec![], false, CallKind::Function),
                    result("c2", vec![text("x"), text("y")], false, CallKind::Custom),
                    text("now"),
                ],
            ),
        ]),
        expect![[r#"
            input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"xyz"},{"type":"reasoning","summary":[],"encrypted_content":"xyz"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]},{"type":"refusal","refusal":"no"}]},{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"b","annotations":[]}]},{"type":"custom_tool_call","call_id":"c2","name":"p","input":"patch"},{"type":"function_call_output","call_id":"c1","output":""},{"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"x"},{"type":"input_text","text":"y"}]},{"type":"message","role":"user","content":[{"type":"input_text","text":"now"}]}]
        "#]],
    );
}

#[test]
fn reasoning_of_others_is_left_out() {
    let seals = [
        None,
        Some(Seal::Signature("s".to_owned())),
        Some(Seal::Redacted("r".to_owned())),
        Some(Seal::Opaque("o".to_owned())),
        Some(Seal::Encrypted { id: "rs_1".to_owned(), content: String::new() }),
    ];
    let thoughts = seals.map(|seal| Body::Thinking { text: "hm".to_owned(), seal });
    check(
        prompt(vec![turn(Role::Assistant, thoughts.into())]),
        expect![[r#"
        input: []
        ! dropped /messages/0: reasoning goes back to a responses server only with its encrypted content
        ! dropped /messages/1: the reasoning is sealed by another provider
        ! dropped /messages/2: the reasoning is sealed by another provider
        ! dropped /messages/3: the reasoning is sealed by another provider
        ! dropped /messages/4: reasoning goes back to a responses server only with its encrypted content
    "#]],
    );
}

#[test]
fn results_that_failed_or_show_pictures() {
    let image = Body::Image {
        source: Media::Base64 { mime: "image/png".to_owned(), data: "AAAA".to_owned() },
        detail: None,
    };
    let results = vec![
        result("c1", vec![text("boom")], true, CallKind::Function),
        result("c2", vec![text("Error: boom")], true, CallKind::Function),
        result("c3", vec![image.clone()], true, CallKind::Function),
        result("c4", vec![text("shot"), image.clone()], false, CallKind::Function),
        result("c5", vec![image], false, CallKind::Function),
        result("c6", vec![call("x", "f", "{}", CallKind::Function)], false, CallKind::Function),
    ];
    check(
        prompt(vec![turn(Role::User, results)]),
        expect![[r#"
        input: [{"type":"function_call_output","call_id":"c1","output":"Error: boom"},{"type":"function_call_output","call_id":"c2","output":"Error: boom"},{"type":"function_call_output","call_id":"c3","output":[{"type":"input_text","text":"Error"},{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"}]},{"type":"function_call_output","call_id":"c4","output":[{"type":"input_text","text":"shot"},{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"}]},{"type":"function_call_output","call_id":"c5","output":[{"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"auto"}]},{"type":"function_call_output","call_id":"c6","output":""}]
        ! changed /messages/0/is_error: says so in the text of the output
        ! changed /messages/1/is_error: says so in the text of the output
        ! changed /messages/2/is_error: says so in the text of the output
        ! dropped /result/0: has no place inside a tool's output
    "#]],
    );
}

#[test]
fn media() {
    let document = |source, title: Option<&str>| Body::Document {
        source,
        title: title.map(str::to_owned),
        context: None,
        citations: None,
    };
    let bytes = |mime: &str| Media::Base64 { mime: mime.to_owned(), data: "AAAA".to_owned() };
    check(
        prompt(vec![turn(
            Role::User,
            vec![
                Body::Image {
                    source: Media::File("file-1".to_owned()),
                    detail: Some("low".to_owned()),
                },
                Body::Image { source: Media::Text("no".to_owned()), detail: None },
                document(bytes("application/pdf"), None),
                document(bytes("text/plain"), None),
                document(bytes("application/pdf"), Some("a.pdf")),
                document(Media::Url("https://d".to_owned()), None),
                document(Media::File("file-2".to_owned()), None),
                document(Media::Text("plain".to_owned()), Some("Title")),
                document(Media::Text("plain".to_owned()), None),
                Body::Document {
                    source: Media::Url("https://e".to_owned()),
                    title: None,
                    context: Some("c".to_owned()),
                    citations: Some(json!({"enabled": true})),
                },
                Body::Audio { format: "wav".to_owned(), data: "AAAA".to_owned() },
                Body::Refusal("no".to_owned()),
                Body::Native {
                    dialect: Dialect::Messages,
                    value: json!({"type": "container_upload"}),
                },
                Body::Native { dialect: Dialect::Chat, value: json!({"type": "x"}) },
            ],
        )]),
        expect![[r#"
            input: [{"type":"message","role":"user","content":[{"type":"input_image","file_id":"file-1","detail":"low"},{"type":"input_file","filename":"document.pdf","file_data":"data:application/pdf;base64,AAAA"},{"type":"input_file","filename":"document.txt","file_data":"data:text/plain;base64,AAAA"},{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"},{"type":"input_file","file_url":"https://d"},{"type":"input_file","file_id":"file-2"},{"type":"input_text","text":"Title\n\nplain"},{"type":"input_text","text":"plain"},{"type":"input_file","file_url":"https://e"}]}]
            ! dropped /messages/1: a text is not an image
            ! changed /messages/7: a document of plain text goes on as a text
            ! changed /messages/8: a document of plain text goes on as a text
            ! dropped /messages/9/context: documents have no context in the responses dialect
            ! dropped /messages/9/citations: citations cannot be asked for in the responses dialect
            ! dropped /messages/10: the responses dialect takes no sound
            ! dropped /messages/11: only the model refuses
            ! dropped /messages/12: a responses server has no such block
            ! dropped /messages/13: a responses server has no such block
        "#]],
    );
    let image = Body::Image { source: Media::Url("https://i".to_owned()), detail: None };
    check(
        prompt(vec![turn(Role::Assistant, vec![image])]),
        expect![[r#"
        input: []
        ! dropped /messages/0: the model's messages hold text only in the responses dialect
    "#]],
    );
}

#[test]
fn citations_convert_where_both_have_them() {
    let cited = |citations: Value| Body::Text { text: "t".to_owned(), citations: Some(citations) };
    check(
        prompt(vec![turn(
            Role::Assistant,
            vec![
                cited(
                    json!([{"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 1, "end_index": 2}}]),
                ),
                cited(
                    json!([{"type": "file_citation", "file_id": "f", "filename": "n", "index": 0}]),
                ),
                cited(json!([{"type": "char_location", "cited_text": "x"}, 5])),
            ],
        )]),
        expect![[r#"
            input: [{"type":"message","role":"assistant","content":[{"type":"output_text","text":"t","annotations":[{"type":"url_citation","start_index":1,"end_index":2,"url":"u","title":"t"}]},{"type":"output_text","text":"t","annotations":[{"type":"file_citation","file_id":"f","filename":"n","index":0}]},{"type":"output_text","text":"t","annotations":[]}]}]
            ! dropped /messages/2: its citations have no counterpart in the responses dialect
        "#]],
    );
}

#[test]
fn tools_and_choices() {
    let long = "a".repeat(70);
    let mut prompt = asks();
    prompt.tools = vec![
        Tool {
            strict: Some(true),
            description: Some("d".to_owned()),
            ..function("f", Some(json!({"type": "object"})))
        },
        function("bare", None),
        function("odd", Some(json!(true))),
        function(&long, Some(json!({"anyOf": []}))),
        tool("p", ToolKind::Custom { format: None }),
        tool(
            "q",
            ToolKind::Custom {
                format: Some(
                    json!({"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}),
                ),
            },
        ),
        tool(
            "w",
            ToolKind::Native {
                dialect: Dialect::Messages,
                value: json!({"type": "web_search_20250305"}),
            },
        ),
    ];
    prompt.parallel_tools = at("parallel", true);
    prompt.tool_choice = at("choice", ToolChoice::Tool { name: long, custom: false });
    check(
        prompt,
        expect![[r#"
        input: [{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]
        tool_choice: {"type":"function","name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_6bd5e503"}
        parallel_tool_calls: true
        tools: [{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":true,"description":"d"},{"type":"function","name":"bare","parameters":{"type":"object","properties":{}},"strict":false},{"type":"function","name":"odd","parameters":true,"strict":false},{"type":"function","name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_6bd5e503","parameters":{"anyOf":[]},"strict":false},{"type":"custom","name":"p"},{"type":"custom","name":"q","format":{"type":"grammar","syntax":"lark","definition":"x"}}]
        ! dropped /tools/w: a responses server has no such tool
    "#]],
    );
}

/// What becomes of a choice among `tools`.
fn choose(choice: ToolChoice, tools: Vec<Tool>, expected: Expect) {
    let prompt = Prompt { tools, tool_choice: at("choice", choice), ..asks() };
    let mut writing = Writing::default();
    let body = write_request(prompt, &mut writing);
    let chosen = body.get("tool_choice").unwrap_or(&Value::Null);
    expected.assert_eq(format!("{chosen} {}", show_changes(&writing.changes)).trim());
}

fn named(name: &str) -> ToolChoice {
    ToolChoice::Tool { name: name.to_owned(), custom: false }
}

#[test]
fn choices() {
    let offered = || vec![tool("p", ToolKind::Custom { format: None })];
    choose(ToolChoice::Auto, offered(), expect![[r#""auto""#]]);
    choose(ToolChoice::Any, offered(), expect![[r#""required""#]]);
    choose(ToolChoice::None, offered(), expect![[r#""none""#]]);
    choose(named("p"), offered(), expect![[r#"{"type":"custom","name":"p"}"#]]);
    choose(
        named("gone"),
        offered(),
        expect!["null ! dropped /choice: the tool is not among those that are offered"],
    );
    choose(
        ToolChoice::Native(json!({})),
        offered(),
        expect!["null ! dropped /choice: the responses dialect has no such choice"],
    );
    choose(
        ToolChoice::Any,
        vec![],
        expect!["null ! dropped /choice: no tool is left to be called"],
    );
    choose(ToolChoice::Auto, vec![], expect!["null"]);
}

#[test]
fn long_call_ids_stay_paired() {
    let id = "toolu_".to_owned() + &"x".repeat(60);
    check(
        prompt(vec![
            turn(Role::Assistant, vec![call(&id, "f", "{}", CallKind::Function)]),
            turn(Role::User, vec![result(&id, vec![text("r")], false, CallKind::Function)]),
        ]),
        expect![[r#"
            input: [{"type":"function_call","call_id":"call_dc4d3bd4f64075942bcf4d7af94b016f","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"call_dc4d3bd4f64075942bcf4d7af94b016f","output":"r"}]
        "#]],
    );
}
