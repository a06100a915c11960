//! What the built-in model has to say to a conversation.

use ironbridge_wire::{
    Body, CUSTOM_ARGUMENT, Call, CallKind, Dialect, Part, Prompt, Role, Tool, ToolChoice, ToolKind,
    ToolResult, Turn,
};
use serde_json::Value;

/// How many characters of a tool's result are repeated.
const RESULT_CHARS_MAX: usize = 200;

/// What it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// A text.
    Text(String),
    /// Calls of offered tools, at least one; their ids are still empty.
    Calls(Vec<Call>),
}

/// Follows DESIGN §6.1 to the letter.
pub(super) fn decide(prompt: &Prompt) -> Decision {
    let last = prompt.turns.iter().rposition(says_something);
    let text = last.and_then(|at| prompt.turns.get(at)).map(text_of).unwrap_or_default();
    let after = last.map_or(0, |at| at + 1);
    let results: Vec<String> =
        prompt.turns.iter().skip(after).flat_map(results).map(|r| told(r, prompt)).collect();
    if !results.is_empty() {
        return Decision::Text(results.join("\n"));
    }
    let mut calls: Vec<Call> = match &prompt.tool_choice {
        Some(choice) if choice.value == ToolChoice::None => Vec::new(),
        _ => text.lines().filter_map(|line| call(line, &prompt.tools)).collect(),
    };
    if prompt.parallel_tools.as_ref().is_some_and(|parallel| !parallel.value) {
        calls.truncate(1);
    }
    if calls.is_empty() {
        return Decision::Text(format!("You said: {text}"));
    }
    Decision::Calls(calls)
}

/// A user message that is not only tool results.
fn says_something(turn: &Turn) -> bool {
    let is_result = |part: &Part| matches!(part.body, Body::Result(_));
    turn.role == Role::User && (turn.parts.is_empty() || !turn.parts.iter().all(is_result))
}

fn text_of(turn: &Turn) -> String {
    texts(&turn.parts)
}

/// Texts joined by line ends; an image counts as `[image]`.
fn texts(parts: &[Part]) -> String {
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| match &part.body {
            Body::Text { text, .. } => Some(text.as_str()),
            Body::Image { .. } => Some("[image]"),
            Body::Document { .. }
            | Body::Audio { .. }
            | Body::Thinking { .. }
            | Body::Call(_)
            | Body::Result(_)
            | Body::Refusal(_)
            | Body::Native { .. } => None,
        })
        .collect();
    texts.join("\n")
}

fn results(turn: &Turn) -> impl Iterator<Item = &ToolResult> {
    turn.parts.iter().filter_map(|part| match &part.body {
        Body::Result(result) => Some(result),
        _ => None,
    })
}

fn told(result: &ToolResult, prompt: &Prompt) -> String {
    let text = texts(&result.parts);
    let begin: String = text.chars().take(RESULT_CHARS_MAX).collect();
    format!("Tool {} returned: {begin}", name_of(result, prompt))
}

/// The name of the tool whose call is answered; its id where the call is not in the conversation.
fn name_of<'a>(result: &'a ToolResult, prompt: &'a Prompt) -> &'a str {
    let mut calls = prompt.turns.iter().rev().flat_map(|turn| &turn.parts).filter_map(|part| {
        match &part.body {
            Body::Call(call) => Some(call),
            _ => None,
        }
    });
    calls
        .find(|call| call.id == result.call_id)
        .map_or(result.call_id.as_str(), |call| call.name.as_str())
}

/// The call that a line `call NAME {…}` asks for: `^call (\S+) (\{.*\})$` with valid JSON and a tool on offer.
fn call(line: &str, tools: &[Tool]) -> Option<Call> {
    let (name, arguments) = line.strip_prefix("call ")?.split_once(' ')?;
    let braces = arguments.starts_with('{') && arguments.ends_with('}');
    if name.is_empty() || name.contains(char::is_whitespace) || !braces {
        return None;
    }
    let parsed: Value = serde_json::from_str(arguments).ok().filter(Value::is_object)?;
    let tool = tools.iter().find(|tool| tool.name == name && is_the_clients(&tool.kind))?;
    let custom = matches!(tool.kind, ToolKind::Custom { .. });
    let free_text = parsed.get(CUSTOM_ARGUMENT).and_then(Value::as_str).filter(|_| custom);
    Some(Call {
        id: String::new(),
        name: name.to_owned(),
        arguments: free_text.unwrap_or(arguments).to_owned(),
        kind: if custom { CallKind::Custom } else { CallKind::Function },
    })
}

/// Whether the client runs the tool, so that it can be called: not web search and its like, which a provider runs.
fn is_the_clients(kind: &ToolKind) -> bool {
    /// Tools that Anthropic defines and the client runs, by the begin of their type.
    const DEFINED: [&str; 4] = ["bash_", "text_editor_", "computer_", "memory_"];
    match kind {
        ToolKind::Function { .. } | ToolKind::Custom { .. } => true,
        ToolKind::Native { dialect, value } => {
            let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
            *dialect == Dialect::Messages && DEFINED.iter().any(|begin| kind.starts_with(begin))
        }
    }
}
