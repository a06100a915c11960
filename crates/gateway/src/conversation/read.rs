//! A body's messages, read in place: as much of them as tells one conversation from another.
//!
//! The body was checked to be JSON when it was accepted. Nothing is built of it but the list of its parts; texts without
//! escapes are borrowed. What is not in the form of its dialect is left out: that is the upstream's to refuse.

use ironbridge_ledger::{Message, Part, Request, Role};
use ironbridge_wire::json::{elements, fields};
use ironbridge_wire::{Body, Call, Dialect, Reply};
use std::borrow::Cow;

/// The system prompt and messages of a request.
pub(super) fn request(body: &str, dialect: Dialect) -> Request<'_> {
    let mut request = Request::default();
    for (key, value) in fields(body) {
        match (dialect, key) {
            (Dialect::Messages, "system") | (Dialect::Responses, "instructions") => {
                request.system.extend(content(value).into_iter().filter_map(text_of));
            }
            (Dialect::Messages, "messages") => {
                request.messages.extend(elements(value).filter_map(message));
            }
            (Dialect::Chat, "messages") => {
                request.messages.extend(elements(value).filter_map(chat_message));
            }
            (Dialect::Responses, "input") if value.starts_with('"') => {
                request.messages.push(Message { role: Role::User, parts: content(value) });
            }
            (Dialect::Responses, "input") => {
                request.messages.extend(elements(value).filter_map(item));
            }
            _ => {}
        }
    }
    // OpenAI's dialects have the system prompt among the messages, before all others.
    let leading = request.messages.iter().take_while(|message| message.role == Role::System);
    let leading: Vec<Cow<'_, str>> =
        leading.flat_map(|message| message.parts.iter().cloned().filter_map(text_of)).collect();
    request.system.extend(leading);
    request
}

/// The parts of a reply in one piece.
pub(super) fn reply(body: &str, dialect: Dialect) -> Vec<Part<'_>> {
    match dialect {
        Dialect::Messages => message(body).map_or_else(Vec::new, |message| message.parts),
        Dialect::Chat => {
            let choice = member(body, "choices").and_then(|choices| elements(choices).next());
            let message = choice.and_then(|choice| member(choice, "message"));
            message.and_then(chat_message).map_or_else(Vec::new, |message| message.parts)
        }
        Dialect::Responses => {
            let items = elements(member(body, "output").unwrap_or_default());
            items.filter_map(item).flat_map(|message| message.parts).collect()
        }
    }
}

/// The parts of a streamed reply that count.
pub(super) fn of_reply(reply: &Reply) -> Vec<Part<'_>> {
    reply.parts.iter().filter_map(of_part).collect()
}

/// How much of a reply a model wrote, in bytes.
pub(super) fn text_bytes(reply: &Reply) -> u64 {
    let bytes = |part: &ironbridge_wire::Part| match &part.body {
        Body::Text { text, .. } | Body::Thinking { text, .. } | Body::Refusal(text) => text.len(),
        Body::Call(call) => call.name.len() + call.arguments.len(),
        Body::Native { value, .. } => value.to_string().len(),
        _ => 0,
    };
    reply.parts.iter().map(|part| bytes(part) as u64).sum()
}

fn of_part(part: &ironbridge_wire::Part) -> Option<Part<'_>> {
    match &part.body {
        Body::Text { text, .. } => Some(Part::Text(Cow::Borrowed(text))),
        Body::Call(Call { id, name, arguments, .. }) => {
            Some(Part::ToolUse(Cow::Borrowed(id), Cow::Borrowed(name), Cow::Borrowed(arguments)))
        }
        _ => None,
    }
}

fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    fields(object).find(|(name, _)| *name == key).map(|(_, value)| value)
}

/// A member that is a text.
fn text<'a>(object: &'a str, key: &str) -> Option<Cow<'a, str>> {
    unquoted(member(object, key)?)
}

/// The text that a JSON string stands for.
fn unquoted(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(json).ok().map(Cow::Owned)
}

fn role(name: &str) -> Option<Role> {
    Some(match name {
        r#""user""# | r#""tool""# | r#""function""# => Role::User,
        r#""assistant""# => Role::Assistant,
        r#""system""# | r#""developer""# => Role::System,
        _ => return None,
    })
}

/// A message whose parts are blocks, as in the messages dialect.
fn message(message: &str) -> Option<Message<'_>> {
    let role = role(member(message, "role")?)?;
    Some(Message { role, parts: content(member(message, "content").unwrap_or_default()) })
}

/// A message that has its calls beside its content.
fn chat_message(message: &str) -> Option<Message<'_>> {
    let name = member(message, "role")?;
    let role = role(name)?;
    let mut parts = content(member(message, "content").unwrap_or_default());
    if let Some(id) = text(message, "tool_call_id") {
        parts = vec![Part::ToolResult(id, joined(parts))];
    }
    for call in elements(member(message, "tool_calls").unwrap_or_default()) {
        let called = member(call, "function").or_else(|| member(call, "custom"));
        let called = called.unwrap_or_default();
        let arguments = text(called, "arguments").or_else(|| text(called, "input"));
        parts.push(Part::ToolUse(
            text(call, "id").unwrap_or_default(),
            text(called, "name").unwrap_or_default(),
            arguments.unwrap_or_default(),
        ));
    }
    Some(Message { role, parts })
}

/// An item of a responses request or reply, each a message of its own.
fn item(item: &str) -> Option<Message<'_>> {
    if member(item, "role").is_some() {
        return message(item);
    }
    let kind = text(item, "type")?;
    let id = || text(item, "call_id").or_else(|| text(item, "id")).unwrap_or_default();
    if kind == "reasoning" || kind == "item_reference" {
        return None;
    }
    if kind.ends_with("_output") {
        let output = content(member(item, "output").unwrap_or_default());
        let parts = vec![Part::ToolResult(id(), joined(output))];
        return Some(Message { role: Role::User, parts });
    }
    let part = match text(item, "name") {
        Some(name) => {
            let arguments = text(item, "arguments").or_else(|| text(item, "input"));
            Part::ToolUse(id(), name, arguments.unwrap_or_default())
        }
        None => Part::Other(kind),
    };
    Some(Message { role: Role::Assistant, parts: vec![part] })
}

/// The parts of a content member: one text, or blocks.
fn content(content: &str) -> Vec<Part<'_>> {
    if content.starts_with('"') {
        return unquoted(content).map(Part::Text).into_iter().collect();
    }
    elements(content).filter_map(block).collect()
}

fn block(block: &str) -> Option<Part<'_>> {
    if block.starts_with('"') {
        return unquoted(block).map(Part::Text);
    }
    let kind = text(block, "type")?;
    Some(match kind.as_ref() {
        "text" | "input_text" | "output_text" => Part::Text(text(block, "text")?),
        "refusal" => Part::Text(text(block, "refusal")?),
        // Clients leave out old thinking, and providers give it other seals.
        "thinking" | "redacted_thinking" | "reasoning" => return None,
        "tool_use" => Part::ToolUse(
            text(block, "id")?,
            text(block, "name")?,
            Cow::Borrowed(member(block, "input").unwrap_or_default()),
        ),
        "tool_result" => Part::ToolResult(
            text(block, "tool_use_id")?,
            joined(content(member(block, "content").unwrap_or_default())),
        ),
        "image" | "document" => {
            Part::Media(kind, Cow::Borrowed(member(block, "source").unwrap_or_default()))
        }
        "image_url" | "input_image" => {
            Part::Media(kind, Cow::Borrowed(member(block, "image_url").unwrap_or_default()))
        }
        "file" | "input_audio" => {
            let data = member(block, &kind).unwrap_or_default();
            Part::Media(kind, Cow::Borrowed(data))
        }
        _ => Part::Other(kind),
    })
}

fn text_of(part: Part<'_>) -> Option<Cow<'_, str>> {
    match part {
        Part::Text(text) => Some(text),
        _ => None,
    }
}

/// Parts as one text: that of a tool's result.
fn joined(mut parts: Vec<Part<'_>>) -> Cow<'_, str> {
    if let [Part::Text(_)] = parts.as_slice() {
        return parts.pop().and_then(text_of).unwrap_or_default();
    }
    let piece = |part: Part<'_>| match part {
        Part::Text(text) => text.into_owned(),
        Part::Media(kind, data) => format!("[{kind} {data}]"),
        Part::Other(kind) | Part::ToolUse(kind, ..) | Part::ToolResult(kind, _) => {
            format!("[{kind}]")
        }
    };
    Cow::Owned(parts.into_iter().map(piece).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::fmt::Write;

    fn shown(messages: &[Message<'_>]) -> String {
        let mut shown = String::new();
        for message in messages {
            writeln!(shown, "{:?} {:?}", message.role, message.parts).expect("writes");
        }
        shown
    }

    fn check(dialect: Dialect, body: &str, expected: &Expect) {
        let request = request(body, dialect);
        expected.assert_eq(&format!("system {:?}\n{}", request.system, shown(&request.messages)));
    }

    #[test]
    fn messages_are_read_in_place() {
        check(
            Dialect::Messages,
            r#"{"system":[{"type":"text","text":"be \"good\"","cache_control":{"type":"ephemeral"}}],"messages":[
                {"role":"user","content":"hi"},
                {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"yes"},
                    {"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"a"},
                    {"type":"image","source":{"type":"base64"}}],"cache_control":{"type":"ephemeral"}}]},
                {"role":"user","content":[{"type":"image","source":{"type":"url","url":"u"}},{"type":"newer"}]},
                {"role":"system","content":"agents"},{"role":"odd","content":"x"},7]}"#,
            &expect![[r#"
                system ["be \"good\""]
                User [Text("hi")]
                Assistant [Text("yes"), ToolUse("t1", "Bash", "{\"command\":\"ls\"}")]
                User [ToolResult("t1", "a\n[image {\"type\":\"base64\"}]")]
                User [Media("image", "{\"type\":\"url\",\"url\":\"u\"}"), Other("newer")]
                System [Text("agents")]
            "#]],
        );
    }

    #[test]
    fn chat_and_responses_too() {
        check(
            Dialect::Chat,
            r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"hi"},
                {"type":"image_url","image_url":{"url":"u"}}]},
                {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
                {"role":"tool","tool_call_id":"c1","content":"done"}]}"#,
            &expect![[r#"
                system ["s"]
                System [Text("s")]
                User [Text("hi"), Media("image_url", "{\"url\":\"u\"}")]
                Assistant [ToolUse("c1", "f", "{\"a\":1}")]
                User [ToolResult("c1", "done")]
            "#]],
        );
        check(
            Dialect::Responses,
            r#"{"instructions":"i","input":[{"role":"developer","content":"d"},
                {"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]},
                {"type":"reasoning","id":"rs_1","summary":[]},
                {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
                {"type":"function_call_output","call_id":"c1","output":"done"},
                {"type":"web_search_call","id":"ws_1"}]}"#,
            &expect![[r#"
                system ["i", "d"]
                System [Text("d")]
                User [Text("hi")]
                Assistant [ToolUse("c1", "f", "{}")]
                User [ToolResult("c1", "done")]
                Assistant [Other("web_search_call")]
            "#]],
        );
        check(
            Dialect::Responses,
            r#"{"input":"hi"}"#,
            &expect![[r#"
                system []
                User [Text("hi")]
            "#]],
        );
    }

    #[test]
    fn a_reply_is_read_as_a_message_of_its_dialect() {
        let check = |dialect, body, expected: &Expect| {
            expected.assert_eq(&format!("{:?}", reply(body, dialect)));
        };
        let call = expect![[r#"[Text("ok"), ToolUse("t1", "Task", "{\"prompt\":\"go\"}")]"#]];
        check(
            Dialect::Messages,
            r#"{"role":"assistant","content":[{"type":"text","text":"ok"},{"type":"tool_use","id":"t1","name":"Task","input":{"prompt":"go"}}]}"#,
            &call,
        );
        check(
            Dialect::Chat,
            r#"{"choices":[{"message":{"role":"assistant","content":"ok","tool_calls":[{"id":"t1","function":{"name":"Task","arguments":"{\"prompt\":\"go\"}"}}]}}]}"#,
            &call,
        );
        check(
            Dialect::Responses,
            r#"{"output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"ok"}]},{"type":"function_call","call_id":"t1","name":"Task","arguments":"{\"prompt\":\"go\"}"}]}"#,
            &call,
        );
        check(Dialect::Chat, "{}", &expect!["[]"]);
    }
}
