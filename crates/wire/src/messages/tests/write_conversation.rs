use super::{at, part, shown, text};
use crate::part::{Body, Call, CallKind, Media, Part, ToolResult};
use crate::prompt::{Prompt, Role, Turn};
use crate::seal::Seal;
use crate::translate::write_request;
use crate::{Dialect, Target};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn turn(role: Role, parts: Vec<Part>) -> Turn {
    let at = parts.first().map_or_else(|| at("/messages/9"), |part| part.at.clone());
    Turn { role, name: None, parts, at }
}

fn said(role: Role, words: &str, path: &str) -> Turn {
    turn(role, vec![text(words, path)])
}

fn call(id: &str, arguments: &str, kind: CallKind) -> Body {
    let (id, arguments) = (id.to_owned(), arguments.to_owned());
    Body::Call(Call { id, name: "f".to_owned(), arguments, kind })
}

fn result(id: &str, parts: Vec<Part>, is_error: bool) -> Body {
    Body::Result(ToolResult { call_id: id.to_owned(), parts, is_error, kind: CallKind::Function })
}

/// The system prompt, the messages and the stand-ins for tools.
fn check(turns: Vec<Turn>, expected: Expect) {
    let prompt =
        Prompt { turns, max_tokens: Some(super::placed(9, "/max_tokens")), ..Prompt::default() };
    let written =
        write_request(prompt, Dialect::Messages, &Target::default()).expect("can be written");
    let mut body = written.body;
    let members = body.as_object_mut().expect("an object");
    members.remove("model");
    members.remove("max_tokens");
    let mut lines = String::new();
    for (key, value) in members.iter() {
        match value {
            Value::Array(items) if key == "messages" => {
                items.iter().for_each(|item| lines.push_str(&format!("{item}\n")));
            }
            value => lines.push_str(&format!("{key}: {value}\n")),
        }
    }
    let changes = shown(&Value::Null, &written.changes);
    lines.push_str(changes.strip_prefix("null\n").expect("nothing but changes"));
    expected.assert_eq(&lines);
}

/// One part in a message of `role` that has nothing else.
fn one(role: Role, body: Body, expected: Expect) {
    check(vec![turn(role, vec![part(body, "/m/0")])], expected);
}

#[test]
fn leading_system_texts() {
    check(
        vec![
            said(Role::System, "a", "/messages/0"),
            said(Role::Developer, "b", "/messages/1"),
            said(Role::User, "hi", "/messages/2"),
        ],
        expect![[r#"
            {"role":"user","content":"hi"}
            system: [{"type":"text","text":"a"},{"type":"text","text":"b"}]
        "#]],
    );
    check(
        vec![said(Role::System, "a", "/messages/0"), said(Role::User, "hi", "/messages/1")],
        expect![[r#"
            {"role":"user","content":"hi"}
            system: "a"
        "#]],
    );
    let image = Body::Image { source: Media::Url("https://x".to_owned()), detail: None };
    check(
        vec![
            turn(
                Role::System,
                vec![part(image, "/messages/0/content/0"), text(" ", "/messages/0/content/1")],
            ),
            said(Role::User, "hi", "/messages/1"),
        ],
        expect![[r#"
            {"role":"user","content":"hi"}
            dropped `/messages/0/content/0`: a system text holds text only
            dropped `/messages/0/content/1`: a text block must hold a visible character
        "#]],
    );
}

#[test]
fn late_system_texts_are_marked() {
    check(
        vec![
            said(Role::User, "hi", "/messages/0"),
            said(Role::Developer, "be brief", "/messages/1"),
            said(Role::Assistant, "ok", "/messages/2"),
            said(Role::System, "more", "/messages/3"),
        ],
        expect![[r#"
            {"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"<system-reminder>\nbe brief\n</system-reminder>"}]}
            {"role":"assistant","content":"ok"}
            {"role":"user","content":"<system-reminder>\nmore\n</system-reminder>"}
            changed `/messages/1`: goes on as a marked user text
            changed `/messages/3`: goes on as a marked user text
        "#]],
    );
}

#[test]
fn a_conversation_of_system_texts_only() {
    check(
        vec![said(Role::System, "a", "/messages/0"), said(Role::System, "b", "/messages/1")],
        expect![[r#"
            {"role":"user","content":"b"}
            system: "a"
            changed `/messages/1`: goes on as a user text
        "#]],
    );
    check(
        vec![said(Role::System, "a", "/messages/0")],
        expect![[r#"
        {"role":"user","content":"a"}
        changed `/messages/0`: goes on as a user text
    "#]],
    );
}

#[test]
fn neighbours_of_one_role_are_merged() {
    check(
        vec![
            said(Role::User, "a", "/messages/0"),
            said(Role::User, "b", "/messages/1"),
            said(Role::Assistant, "c", "/messages/2"),
            said(Role::Assistant, "d", "/messages/3"),
            said(Role::User, "e", "/messages/4"),
        ],
        expect![[r#"
            {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}
            {"role":"assistant","content":[{"type":"text","text":"c"},{"type":"text","text":"d"}]}
            {"role":"user","content":"e"}
        "#]],
    );
}

#[test]
fn results_of_parallel_calls_stand_first() {
    check(
        vec![
            said(Role::User, "go", "/messages/0"),
            turn(
                Role::Assistant,
                vec![
                    part(call("c1", r#"{"a":1}"#, CallKind::Function), "/messages/1/tool_calls/0"),
                    part(call("c2", "", CallKind::Function), "/messages/1/tool_calls/1"),
                ],
            ),
            turn(Role::User, vec![part(result("c1", vec![text("1", "/x")], false), "/messages/2")]),
            said(Role::System, "hurry", "/messages/3"),
            said(Role::User, "and?", "/messages/4"),
            turn(Role::User, vec![part(result("c2", vec![text("2", "/x")], true), "/messages/5")]),
        ],
        expect![[r#"
            tool_choice: {"type":"none"}
            tools: [{"name":"f","input_schema":{"type":"object"}}]
            {"role":"user","content":"go"}
            {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"f","input":{"a":1}},{"type":"tool_use","id":"c2","name":"f","input":{}}]}
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"1"},{"type":"tool_result","tool_use_id":"c2","content":"2","is_error":true},{"type":"text","text":"<system-reminder>\nhurry\n</system-reminder>"},{"type":"text","text":"and?"}]}
            changed `/messages/3`: goes on as a marked user text
            changed `/messages/5`: tool results stand first in their message
            changed `/tools`: the tools called earlier are named, since calls need tools
        "#]],
    );
}

#[test]
fn results() {
    let image = Body::Image { source: Media::Url("https://x".to_owned()), detail: None };
    let audio = Body::Audio { format: "wav".to_owned(), data: "UklG".to_owned() };
    let pdf = Body::Document {
        source: Media::Base64 { mime: "application/pdf".to_owned(), data: "JVBE".to_owned() },
        title: None,
        context: None,
        citations: None,
    };
    let parts = vec![
        text("a", "/m/0/0"),
        part(image, "/m/0/1"),
        part(audio, "/m/0/2"),
        part(pdf, "/m/0/3"),
    ];
    one(
        Role::User,
        result("c", parts, false),
        expect![[r#"
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"url","url":"https://x"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}}]}]}
        dropped `/m/0/2`: no audio input
    "#]],
    );
    one(
        Role::User,
        result("c", vec![], true),
        expect![[r#"
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true}]}
    "#]],
    );
    one(
        Role::User,
        result("c", vec![text("", "/m/0")], false),
        expect![[r#"
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}
    "#]],
    );
    one(
        Role::User,
        result("c", vec![text("\n", "/m/0")], false),
        expect![[r#"
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}
        dropped `/m/0`: a text block must hold a visible character
    "#]],
    );
    let inner = vec![part(call("d", "{}", CallKind::Function), "/m/0/0")];
    one(
        Role::User,
        result("c", inner, false),
        expect![[r#"
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c"}]}
        dropped `/m/0/0`: calls and results do not stand inside a result
    "#]],
    );
}

#[test]
fn ids_that_do_not_fit_are_written_over_alike() {
    check(
        vec![
            turn(
                Role::Assistant,
                vec![part(call("functions.f:0", "{}", CallKind::Function), "/messages/0")],
            ),
            turn(Role::User, vec![part(result("functions.f:0", vec![], false), "/messages/1")]),
            turn(Role::User, vec![part(result("", vec![], false), "/messages/2")]),
        ],
        expect![[r#"
            tool_choice: {"type":"none"}
            tools: [{"name":"f","input_schema":{"type":"object"}}]
            {"role":"assistant","content":[{"type":"tool_use","id":"functions_f_0_d6bdd4de","name":"f","input":{}}]}
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"functions_f_0_d6bdd4de"},{"type":"tool_result","tool_use_id":"_e3b0c442"}]}
            changed `/tools`: the tools called earlier are named, since calls need tools
        "#]],
    );
}

#[test]
fn arguments() {
    for (arguments, expected) in [
        (
            r#"{"b":1,"a":2}"#,
            expect![[r#"
            tool_choice: {"type":"none"}
            tools: [{"name":"f","input_schema":{"type":"object"}}]
            {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"b":1,"a":2}}]}
            changed `/tools`: the tools called earlier are named, since calls need tools
        "#]],
        ),
        (
            "",
            expect![[r#"
            tool_choice: {"type":"none"}
            tools: [{"name":"f","input_schema":{"type":"object"}}]
            {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]}
            changed `/tools`: the tools called earlier are named, since calls need tools
        "#]],
        ),
        (
            " ",
            expect![[r#"
            tool_choice: {"type":"none"}
            tools: [{"name":"f","input_schema":{"type":"object"}}]
            {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]}
            changed `/tools`: the tools called earlier are named, since calls need tools
        "#]],
        ),
        (
            "null",
            expect![[r#"
            tool_choice: {"type":"none"}
            tools: [{"name":"f","input_schema":{"type":"object"}}]
            {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{}}]}
            changed `/tools`: the tools called earlier are named, since calls need tools
        "#]],
        ),
        (
            "[1]",
            expect![[r#"
            tool_choice: {"type":"none"}
            tools: [{"name":"f","input_schema":{"type":"object"}}]
            {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"arguments":[1]}}]}
            changed `/m/0`: the arguments are no object and go on as its one member
            changed `/tools`: the tools called earlier are named, since calls need tools
        "#]],
        ),
        (
            r#"{"a":"#,
            expect![[r#"
            tool_choice: {"type":"none"}
            tools: [{"name":"f","input_schema":{"type":"object"}}]
            {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"raw_arguments":"{\"a\":"}}]}
            changed `/m/0`: the arguments are not JSON and go on as text
            changed `/tools`: the tools called earlier are named, since calls need tools
        "#]],
        ),
    ] {
        one(Role::Assistant, call("c", arguments, CallKind::Function), expected);
    }
}

#[test]
fn calls_of_custom_tools() {
    one(
        Role::Assistant,
        call("c", "*** Begin \"x\"", CallKind::Custom),
        expect![[r#"
        tool_choice: {"type":"none"}
        tools: [{"name":"f","input_schema":{"type":"object"}}]
        {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"input":"*** Begin \"x\""}}]}
        changed `/m/0`: a custom tool's call goes on as a function's
        changed `/tools`: the tools called earlier are named, since calls need tools
    "#]],
    );
}

#[test]
fn thinking_needs_its_own_seal() {
    let thinking = |text: &str, seal| Body::Thinking { text: text.to_owned(), seal };
    let encrypted = Seal::Encrypted { id: "rs".to_owned(), content: "x".to_owned() };
    for (seal, expected) in [
        (
            Some(Seal::Signature("Eq".to_owned())),
            expect![[r#"
            {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"Eq"}]}
        "#]],
        ),
        (
            Some(Seal::Redacted("data".to_owned())),
            expect![[r#"
            {"role":"assistant","content":[{"type":"redacted_thinking","data":"data"}]}
        "#]],
        ),
        (
            Some(encrypted),
            expect![[r#"
            dropped `/m/0`: thinking without Anthropic's own signature is refused
        "#]],
        ),
        (
            Some(Seal::Opaque("o".to_owned())),
            expect![[r#"
            dropped `/m/0`: thinking without Anthropic's own signature is refused
        "#]],
        ),
        (
            None,
            expect![[r#"
            dropped `/m/0`: thinking without Anthropic's own signature is refused
        "#]],
        ),
    ] {
        one(Role::Assistant, thinking("hm", seal), expected);
    }
}

#[test]
fn texts() {
    let cited =
        |citation: Value| Body::Text { text: "x".to_owned(), citations: Some(json!([citation])) };
    one(
        Role::Assistant,
        cited(json!({ "type": "page_location" })),
        expect![[r#"
        {"role":"assistant","content":[{"type":"text","text":"x","citations":[{"type":"page_location"}]}]}
    "#]],
    );
    one(
        Role::Assistant,
        cited(json!({ "type": "url_citation" })),
        expect![[r#"
        {"role":"assistant","content":"x"}
        dropped `/m/0`: citations of another dialect
    "#]],
    );
    one(
        Role::Assistant,
        Body::Refusal("I cannot".to_owned()),
        expect![[r#"
        {"role":"assistant","content":"I cannot"}
        changed `/m/0`: a refusal goes on as text
    "#]],
    );
    one(
        Role::User,
        Body::Text { text: " \n".to_owned(), citations: None },
        expect![[r#"
        dropped `/m/0`: a text block must hold a visible character
    "#]],
    );
    // A begun reply may not end in white space.
    one(
        Role::Assistant,
        Body::Text { text: "So: ".to_owned(), citations: None },
        expect![[r#"
            {"role":"assistant","content":"So:"}
            changed `/m/0`: white space at the end of the assistant's last text is cut
        "#]],
    );
    check(
        vec![turn(Role::User, vec![])],
        expect![[r#"
        dropped `/messages/9`: a message must hold something
    "#]],
    );
}

#[test]
fn images() {
    let image =
        |source, detail: Option<&str>| Body::Image { source, detail: detail.map(str::to_owned) };
    let base64 = |mime: &str| Media::Base64 { mime: mime.to_owned(), data: "iVBO".to_owned() };
    one(
        Role::User,
        image(base64("image/jpg"), Some("auto")),
        expect![[r#"
        {"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"iVBO"}}]}
    "#]],
    );
    one(
        Role::User,
        image(base64("image/png"), Some("high")),
        expect![[r#"
        {"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBO"}}]}
        dropped `/m/0`: images have no detail setting
    "#]],
    );
    one(
        Role::User,
        image(Media::File("file-abc".to_owned()), None),
        expect![[r#"
        dropped `/m/0`: a file id is known only to the provider that issued it
    "#]],
    );
    one(
        Role::User,
        image(Media::Text("x".to_owned()), None),
        expect![[r#"
        dropped `/m/0`: an image cannot be given as text
    "#]],
    );
    one(
        Role::User,
        Body::Audio { format: "mp3".to_owned(), data: "SUQz".to_owned() },
        expect![[r#"
            dropped `/m/0`: no audio input
        "#]],
    );
}

#[test]
fn documents() {
    let document = |source| Body::Document {
        source,
        title: Some("t.md".to_owned()),
        context: None,
        citations: None,
    };
    let base64 =
        |mime: &str, data: &str| Media::Base64 { mime: mime.to_owned(), data: data.to_owned() };
    one(
        Role::User,
        document(base64("text/plain", "SGVsbG8=")),
        expect![[r#"
        {"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Hello"},"title":"t.md"}]}
    "#]],
    );
    one(
        Role::User,
        document(base64("text/markdown", "IyBI")),
        expect![[r##"
        {"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"# H"},"title":"t.md"}]}
        changed `/m/0`: text/markdown goes on as plain text
    "##]],
    );
    one(
        Role::User,
        document(base64("application/zip", "/w==")),
        expect![[r#"
        dropped `/m/0`: application/zip: only PDF and plain text can be sent
    "#]],
    );
    one(
        Role::User,
        document(base64("application/zip", "!")),
        expect![[r#"
        dropped `/m/0`: application/zip: only PDF and plain text can be sent
    "#]],
    );
    one(
        Role::User,
        document(Media::Url("https://x/y.pdf".to_owned())),
        expect![[r#"
        {"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://x/y.pdf"},"title":"t.md"}]}
    "#]],
    );
    one(
        Role::User,
        document(Media::File("file-abc".to_owned())),
        expect![[r#"
        dropped `/m/0`: a file id is known only to the provider that issued it
    "#]],
    );
}

#[test]
fn parts_of_another_provider() {
    let value = json!({ "type": "web_search_call", "id": "ws_1" });
    one(
        Role::Assistant,
        Body::Native { dialect: Dialect::Responses, value },
        expect![[r#"
        dropped `/m/0`: only the provider it came from knows it
    "#]],
    );
}

#[test]
fn names_of_speakers() {
    let named = Turn { name: Some("Ann".to_owned()), ..said(Role::User, "hi", "/messages/0") };
    check(
        vec![named],
        expect![[r#"
        {"role":"user","content":"hi"}
        dropped `/messages/0/name`: messages have no name of the speaker
    "#]],
    );
}
