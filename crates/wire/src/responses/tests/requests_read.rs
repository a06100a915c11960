use super::super::{read_request, refuse_what_only_the_server_knows};
use super::{show_changes, show_parts};
use crate::fields::Reading;
use crate::pointer::At;
use crate::prompt::Prompt;
use expect_test::{Expect, expect};
use serde_json::Value;
use std::fmt::{Debug, Write as _};

/// Reads a request of `members` beside a model and an input, unless they say otherwise.
fn check(members: &str, expected: Expect) {
    let mut document: Value = serde_json::from_str(members).expect("JSON");
    for (key, usual) in [("model", "m"), ("input", "hi")] {
        let members = document.as_object_mut().expect("an object");
        members.entry(key).or_insert_with(|| usual.into());
    }
    let reading = Reading::default();
    let prompt = read_request(document, &reading);
    expected.assert_eq(&match reading.finish(prompt) {
        Ok((prompt, changes)) => show(&prompt) + &show_changes(&changes),
        Err(invalid) => {
            invalid.problems.iter().map(|p| format!("{}: {}\n", p.path, p.message)).collect()
        }
    });
}

/// What a prompt holds beyond the usual model and input.
fn show(prompt: &Prompt) -> String {
    let mut lines = String::new();
    for turn in &prompt.turns {
        if turn.at.as_str() != "/input" {
            let _ = write!(lines, "{:?} {}\n{}", turn.role, turn.at, show_parts(&turn.parts));
        }
    }
    for tool in &prompt.tools {
        let _ = writeln!(
            lines,
            "tool {} `{}` {:?} strict {:?} {:?}",
            tool.at, tool.name, tool.description, tool.strict, tool.kind
        );
    }
    let mut set = |key: &str, found: Option<String>| {
        if let Some(found) = found {
            let _ = writeln!(lines, "{key} {found}");
        }
    };
    set("tool_choice", at(&prompt.tool_choice));
    set("parallel_tools", at(&prompt.parallel_tools));
    set("stream", prompt.stream.then(|| "true".to_owned()));
    set("max_tokens", at(&prompt.max_tokens));
    set("temperature", at(&prompt.sampling.temperature));
    set("top_p", at(&prompt.sampling.top_p));
    set("logprobs", at(&prompt.sampling.logprobs));
    set("top_logprobs", at(&prompt.sampling.top_logprobs));
    set("effort", at(&prompt.reasoning.effort));
    set("summary", at(&prompt.reasoning.summary));
    set("encrypted", prompt.reasoning.encrypted.then(|| "true".to_owned()));
    set("format", at(&prompt.format));
    set("verbosity", at(&prompt.verbosity));
    set("user", at(&prompt.user));
    set("safety_identifier", at(&prompt.safety_identifier));
    set("metadata", at(&prompt.metadata));
    set("service_tier", at(&prompt.service_tier));
    set("store", at(&prompt.store));
    set("cache_key", at(&prompt.cache_key));
    set("cache_retention", at(&prompt.cache_retention));
    lines
}

fn at<T: Debug>(found: &Option<At<T>>) -> Option<String> {
    found.as_ref().map(|found| format!("{} {:?}", found.at, found.value))
}

#[test]
fn settings() {
    check(
        r#"{"stream":true,"max_output_tokens":64,"temperature":0.5,"top_p":0.9,"top_logprobs":2,
            "parallel_tool_calls":false,"user":"u","safety_identifier":"s","metadata":{"a":"b"},
            "service_tier":"flex","store":false,"prompt_cache_key":"k","prompt_cache_retention":"24h",
            "truncation":"disabled","background":false,"stream_options":{"include_obfuscation":false},
            "previous_response_id":null}"#,
        expect![[r#"
            parallel_tools /parallel_tool_calls false
            stream true
            max_tokens /max_output_tokens 64
            temperature /temperature 0.5
            top_p /top_p 0.9
            top_logprobs /top_logprobs 2
            user /user "u"
            safety_identifier /safety_identifier "s"
            metadata /metadata {"a": String("b")}
            service_tier /service_tier "flex"
            store /store false
            cache_key /prompt_cache_key "k"
            cache_retention /prompt_cache_retention "24h"
        "#]],
    );
    check(
        r#"{"truncation":"auto","max_tool_calls":3,"client_metadata":{"x":1},"background":true,
            "stream_options":{"other":1},"metadata":{}}"#,
        expect![[r#"
            ! dropped /stream_options/other: no counterpart in the other dialect
            ! dropped /truncation: no counterpart in the other dialect
            ! dropped /max_tool_calls: no counterpart in the other dialect
            ! dropped /client_metadata: no counterpart in the other dialect
            ! dropped /background: no counterpart in the other dialect
        "#]],
    );
    check(
        r#"{"instructions":"Be brief."}"#,
        expect![[r#"
        System /instructions
          /instructions Text { text: "Be brief.", citations: None }
    "#]],
    );
    check(r#"{"instructions":""}"#, expect![[""]]);
}

#[test]
fn reasoning_and_include() {
    check(
        r#"{"reasoning":{"effort":"high","summary":"auto"},
            "include":["reasoning.encrypted_content","message.output_text.logprobs","file_search_call.results"]}"#,
        expect![[r#"
            logprobs /include/1 true
            effort /reasoning/effort "high"
            summary /reasoning/summary "auto"
            encrypted true
            ! dropped /include/2: no counterpart in the other dialect
        "#]],
    );
    check(
        r#"{"reasoning":{"effort":null,"generate_summary":"concise","mode":"pro"}}"#,
        expect![[r#"
            summary /reasoning/generate_summary "concise"
            ! dropped /reasoning/mode: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn formats() {
    check(
        r#"{"text":{"format":{"type":"text"},"verbosity":"low"}}"#,
        expect![[r#"
        format /text/format Text
        verbosity /text/verbosity "low"
    "#]],
    );
    check(
        r#"{"text":{"format":{"type":"json_object"}}}"#,
        expect![[r#"
        format /text/format JsonObject
    "#]],
    );
    check(
        r#"{"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true,"description":"d"},"other":1}}"#,
        expect![[r#"
            format /text/format Schema { name: Some("n"), description: Some("d"), schema: Object {"type": String("object")}, strict: Some(true) }
            ! dropped /text/other: no counterpart in the other dialect
        "#]],
    );
    check(
        r#"{"text":{"format":{"type":"grammar","definition":"x"}}}"#,
        expect![[r#"
        format /text/format Native(Object {"type": String("grammar"), "definition": String("x")})
    "#]],
    );
}

#[test]
fn tools_of_every_kind() {
    check(
        r#"{"tools":[
            {"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":false},
            {"type":"function","name":"bare","parameters":null,"defer_loading":true},
            {"type":"custom","name":"apply_patch","format":{"type":"grammar","syntax":"lark","definition":"x"}},
            {"type":"namespace","name":"multi_agent_v1","description":"d","tools":[]},
            {"type":"mcp","server_label":"deepwiki"},
            {"type":"web_search"},
            {"type":"local_shell"}]}"#,
        expect![[r#"
            tool /tools/0 `f` Some("d") strict Some(false) Function { schema: Some(Object {"type": String("object")}) }
            tool /tools/1 `bare` None strict None Function { schema: None }
            tool /tools/2 `apply_patch` None strict None Custom { format: Some(Object {"type": String("grammar"), "syntax": String("lark"), "definition": String("x")}) }
            tool /tools/3 `multi_agent_v1` Some("d") strict None Native { dialect: Responses, value: Object {"type": String("namespace"), "name": String("multi_agent_v1"), "description": String("d"), "tools": Array []} }
            tool /tools/4 `deepwiki` None strict None Native { dialect: Responses, value: Object {"type": String("mcp"), "server_label": String("deepwiki")} }
            tool /tools/5 `web_search` None strict None Native { dialect: Responses, value: Object {"type": String("web_search")} }
            tool /tools/6 `local_shell` None strict None Native { dialect: Responses, value: Object {"type": String("local_shell")} }
            ! dropped /tools/1/defer_loading: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn tool_choices() {
    check(
        r#"{"tool_choice":"auto"}"#,
        expect![[r#"
        tool_choice /tool_choice Auto
    "#]],
    );
    check(
        r#"{"tool_choice":"required"}"#,
        expect![[r#"
        tool_choice /tool_choice Any
    "#]],
    );
    check(
        r#"{"tool_choice":"none"}"#,
        expect![[r#"
        tool_choice /tool_choice None
    "#]],
    );
    check(
        r#"{"tool_choice":{"type":"function","name":"f"}}"#,
        expect![[r#"
        tool_choice /tool_choice Tool { name: "f", custom: false }
    "#]],
    );
    check(
        r#"{"tool_choice":{"type":"custom","name":"c"}}"#,
        expect![[r#"
        tool_choice /tool_choice Tool { name: "c", custom: true }
    "#]],
    );
    check(
        r#"{"tool_choice":{"type":"web_search"}}"#,
        expect![[r#"
        tool_choice /tool_choice Native(Object {"type": String("web_search")})
    "#]],
    );
}

#[test]
fn messages_and_contents() {
    check(
        r#"{"input":[
            {"role":"user","content":"plain"},
            {"type":"message","role":"developer","content":[{"type":"input_text","text":"rules"}]},
            {"type":"message","role":"system","content":"more rules","id":"msg_1","status":"completed"},
            {"role":"user","content":[
                {"type":"input_image","image_url":"data:image/png;base64,AAAA","detail":"high"},
                {"type":"input_image","image_url":"https://x/y.png"},
                {"type":"input_image","file_id":"file-1"},
                {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,BBBB"},
                {"type":"input_file","filename":"a.txt","file_data":"CCCC"},
                {"type":"input_file","file_data":"DDDD"},
                {"type":"input_file","file_url":"https://x/y.pdf"},
                {"type":"input_file","file_id":"file-2"},
                {"type":"input_audio","input_audio":{"format":"wav","data":"EEEE"}},
                {"type":"input_hologram","data":1},
                {"type":"input_text","text":"t","prompt_cache_breakpoint":{"mode":"explicit"}}]},
            {"role":"user","content":[]}]}"#,
        expect![[r#"
            User /input/0
              /input/0/content Text { text: "plain", citations: None }
            Developer /input/1
              /input/1/content/0 Text { text: "rules", citations: None }
            System /input/2
              /input/2/content Text { text: "more rules", citations: None }
            User /input/3
              /input/3/content/0 Image { source: Base64 { mime: "image/png", data: "AAAA" }, detail: Some("high") }
              /input/3/content/1 Image { source: Url("https://x/y.png"), detail: None }
              /input/3/content/2 Image { source: File("file-1"), detail: None }
              /input/3/content/3 Document { source: Base64 { mime: "application/pdf", data: "BBBB" }, title: Some("a.pdf"), context: None, citations: None }
              /input/3/content/4 Document { source: Base64 { mime: "text/plain", data: "CCCC" }, title: Some("a.txt"), context: None, citations: None }
              /input/3/content/5 Document { source: Base64 { mime: "application/pdf", data: "DDDD" }, title: None, context: None, citations: None }
              /input/3/content/6 Document { source: Url("https://x/y.pdf"), title: None, context: None, citations: None }
              /input/3/content/7 Document { source: File("file-2"), title: None, context: None, citations: None }
              /input/3/content/8 Audio { format: "wav", data: "EEEE" }
              /input/3/content/9 Native { dialect: Responses, value: Object {"type": String("input_hologram"), "data": Number(1)} }
              /input/3/content/10 Text { text: "t", citations: None }
            ! dropped /input/3/content/10/prompt_cache_breakpoint: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn items_of_one_side_become_one_turn() {
    check(
        r#"{"input":[
            {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"xyz"},
            {"type":"reasoning","id":"rs_2","summary":[]},
            {"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"raw"}],"encrypted_content":null},
            {"type":"reasoning","id":"rs_3","summary":[],"encrypted_content":"ironbridge:signature:sig"},
            {"type":"message","role":"assistant","phase":"commentary","content":[
                {"type":"output_text","text":"said","annotations":[{"type":"url_citation","url":"u","title":"t","start_index":0,"end_index":1}],"logprobs":[]},
                {"type":"refusal","refusal":"no"}]},
            {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}","status":"completed"},
            {"type":"custom_tool_call","call_id":"c2","name":"p","input":"patch"},
            {"type":"local_shell_call","call_id":"c3","action":{"type":"exec"}},
            {"type":"function_call_output","call_id":"c1","output":"done"},
            {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"https://i"}]},
            {"type":"local_shell_call_output","id":"c3","output":"{}"},
            {"role":"user","content":"next"},
            {"role":"assistant","content":"ok"},
            {"role":"user","content":"last"}]}"#,
        expect![[r#"
            Assistant /input/0
              /input/0 Thinking { text: "a\n\nb", seal: Some(Encrypted { id: "rs_1", content: "xyz" }) }
              /input/2 Thinking { text: "raw", seal: None }
              /input/3 Thinking { text: "", seal: Some(Signature("sig")) }
              /input/4/content/0 Text { text: "said", citations: Some(Array [Object {"type": String("url_citation"), "url": String("u"), "title": String("t"), "start_index": Number(0), "end_index": Number(1)}]) }
              /input/4/content/1 Refusal("no")
              /input/5 Call(Call { id: "c1", name: "f", arguments: "{}", kind: Function })
              /input/6 Call(Call { id: "c2", name: "p", arguments: "patch", kind: Custom })
              /input/7 Native { dialect: Responses, value: Object {"type": String("local_shell_call"), "call_id": String("c3"), "action": Object {"type": String("exec")}} }
            User /input/8
              /input/8 Result(ToolResult { call_id: "c1", parts: [Part { body: Text { text: "done", citations: None }, cache: None, at: Pointer("/input/8/output") }], is_error: false, kind: Function })
              /input/9 Result(ToolResult { call_id: "c2", parts: [Part { body: Text { text: "x", citations: None }, cache: None, at: Pointer("/input/9/output/0") }, Part { body: Image { source: Url("https://i"), detail: None }, cache: None, at: Pointer("/input/9/output/1") }], is_error: false, kind: Custom })
              /input/10 Native { dialect: Responses, value: Object {"type": String("local_shell_call_output"), "id": String("c3"), "output": String("{}")} }
            User /input/11
              /input/11/content Text { text: "next", citations: None }
            Assistant /input/12
              /input/12/content Text { text: "ok", citations: None }
            User /input/13
              /input/13/content Text { text: "last", citations: None }
            ! dropped /input/4/phase: no counterpart in the other dialect
        "#]],
    );
}

#[test]
fn every_mistake_at_once() {
    check(
        r#"{"model":null,"instructions":[1],"temperature":"hot","stream":1,"truncation":"later","include":[1,"x"],
            "metadata":{"a":1},"tool_choice":"maybe","tools":[{"name":"f"},{"type":"function"},3],
            "text":{"format":{"type":"json_schema"}},"reasoning":"high",
            "input":[{"role":"robot","content":"x"},{"role":"user"},{"type":"function_call"},{"call_id":"x"},5,
                {"type":"function_call_output","call_id":"c"},
                {"type":"function_call_output","call_id":"c","output":{"a":1}},
                {"type":"reasoning","summary":[{"type":"summary_text"}]},
                {"role":"user","content":[{"type":"input_image"},{"type":"input_file"},{"type":"input_audio"},{"text":"x"},7]}]}"#,
        expect![[r#"
            /model: required, but missing
            /instructions: expected a string, found an array
            /input/0/role: expected `user`, `assistant`, `system` or `developer`, found `robot`
            /input/1/content: required, but missing
            /input/2/call_id: required, but missing
            /input/2/name: required, but missing
            /input/2/arguments: required, but missing
            /input/3/type: required, but missing
            /input/4: expected an object, found a number
            /input/5/output: required, but missing
            /input/6/output: expected a string or an array, found an object
            /input/7/summary/0/text: required, but missing
            /input/8/content/0/image_url: required unless `file_id` is given
            /input/8/content/1/file_data: required unless `file_url` or `file_id` is given
            /input/8/content/2/input_audio: required, but missing
            /input/8/content/3/type: required, but missing
            /input/8/content/4: expected an object, found a number
            /tools/0/type: required, but missing
            /tools/1/name: required, but missing
            /tools/2: expected an object, found a number
            /tool_choice: expected `auto`, `required` or `none`, found `maybe`
            /stream: expected true or false, found a number
            /temperature: expected a number, found a string
            /reasoning: expected an object, found a string
            /include/0: expected a string, found a number
            /text/format/name: required, but missing
            /text/format/schema: required, but missing
            /metadata/a: expected a string, found a number
            /truncation: expected `auto` or `disabled`
        "#]],
    );
}

#[test]
fn odd_inputs_and_choices() {
    // Refused before a translation; a server of our own may read it.
    check(
        r#"{"input":[{"id":"msg_1"}]}"#,
        expect![[r#"
        Assistant /input/0
          /input/0 Native { dialect: Responses, value: Object {"id": String("msg_1")} }
    "#]],
    );
    check(
        r#"{"input":null}"#,
        expect![[r#"
        /input: required, but missing
    "#]],
    );
    check(
        r#"{"input":7,"tool_choice":7,"text":{"format":{}}}"#,
        expect![[r#"
        /input: expected a string or an array, found a number
        /tool_choice: expected a string or an object, found a number
        /text/format/type: required, but missing
    "#]],
    );
    check(
        r#"{"tool_choice":{"name":"f"}}"#,
        expect![[r#"
        /tool_choice/type: required, but missing
    "#]],
    );
    let reading = Reading::default();
    read_request(Value::from(1), &reading);
    let invalid = reading.finish(()).expect_err("no request");
    expect!["expected an object, found a number"].assert_eq(&invalid.to_string());
}

#[test]
fn what_only_the_server_knows() {
    let check = |document: &str, expected: Expect| {
        let document = serde_json::from_str(document).expect("JSON");
        expected.assert_eq(&match refuse_what_only_the_server_knows(&document) {
            Ok(()) => "may be translated".to_owned(),
            Err(invalid) => invalid.to_string(),
        });
    };
    check(
        r#"{"previous_response_id":"resp_1","conversation":{"id":"c"},"prompt":{"id":"p"},"background":true,
            "input":[{"role":"user","content":"x"},{"type":"item_reference","id":"msg_1"},{"id":"rs_1"}]}"#,
        expect![
            "/previous_response_id: is known to a responses server only; send the conversation itself as input; /conversation: is known to a responses server only; send the conversation itself as input; /prompt: is a template that only a responses server has; send its text as instructions; /background: only a responses server can answer later; ask again without it; /input/1: refers to an item that only a responses server has; send the item itself; /input/2: refers to an item that only a responses server has; send the item itself"
        ],
    );
    check(
        r#"{"previous_response_id":null,"background":false,"input":[{"role":"user","content":"x","id":"m"}]}"#,
        expect!["may be translated"],
    );
    check(r#"{"input":"text"}"#, expect!["may be translated"]);
}
