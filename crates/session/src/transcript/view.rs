//! What a model is sent of a session.

use super::{Transcript, calls};
use crate::{Message, Origin, ReplyPart, ResultStatus, ToolResult, UserPart};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What stands in place of a result that never came: the process ended, or the turn was broken off.
const NO_RESULT: &str = "aborted: the call was not finished";
/// What stands in place of an output that was forgotten.
const PRUNED: &str = "[this old output was removed to save context; call the tool again if needed]";
/// What begins the summary.
const SUMMARY: &str = "Summary of the conversation so far, whose messages are no longer shown:\n\n";

/// The view; see [`Transcript::view`].
pub(super) fn of(transcript: &Transcript) -> Vec<Arc<Message>> {
    let all: Vec<&Arc<Message>> = transcript.kept().collect();
    let mut view = Vec::with_capacity(all.len());
    let mut from = 0;
    if let Some(compacted) = transcript.compacted().filter(|it| it.messages <= all.len()) {
        from = compacted.messages;
        let text = format!("{SUMMARY}{}", compacted.summary);
        let parts = vec![UserPart::text(text)];
        view.push(Arc::new(Message::User { parts, origin: Origin::Engine }));
    }
    let shown = all.get(from..).unwrap_or_default();
    let mut seen = HashSet::new();
    for (index, message) in shown.iter().enumerate() {
        match &***message {
            Message::Result(_) => {}
            Message::User { parts, .. } if is_empty_prompt(parts) => {}
            Message::User { .. } => view.push(Arc::clone(message)),
            Message::Assistant { parts } => {
                let Some(reply) = said(message, parts, &mut seen) else { continue };
                let rest = shown.get(index + 1..).unwrap_or_default();
                let results = results(transcript, &reply, rest);
                view.push(reply);
                view.extend(results);
            }
        }
    }
    view
}

fn is_empty_prompt(parts: &[UserPart]) -> bool {
    parts.iter().all(|part| matches!(part, UserPart::Text { text } if text.trim().is_empty()))
}

/// What of a reply is sent again: nothing, where it neither says nor calls anything; no call whose id was there before.
fn said(
    message: &Arc<Message>,
    parts: &[ReplyPart],
    seen: &mut HashSet<String>,
) -> Option<Arc<Message>> {
    let mut keeps = |part: &ReplyPart| match part {
        ReplyPart::Text { text } => !text.trim().is_empty(),
        ReplyPart::Thinking { text, seal } => !text.is_empty() || seal.is_some(),
        ReplyPart::Call { id, .. } => seen.insert(id.clone()),
    };
    let kept: Vec<bool> = parts.iter().map(&mut keeps).collect();
    let shown = || parts.iter().zip(&kept).filter(|(_, keep)| **keep).map(|(part, _)| part);
    if !shown().any(|part| !matches!(part, ReplyPart::Thinking { .. })) {
        return None;
    }
    if kept.iter().all(|keep| *keep) {
        return Some(Arc::clone(message));
    }
    Some(Arc::new(Message::Assistant { parts: shown().cloned().collect() }))
}

/// One result for each call of `reply`, in the order of the calls: the first that names it before the next reply.
fn results(transcript: &Transcript, reply: &Message, rest: &[&Arc<Message>]) -> Vec<Arc<Message>> {
    let mut found: HashMap<&str, (&ToolResult, &Arc<Message>)> = HashMap::new();
    for message in rest.iter().take_while(|m| !matches!(****m, Message::Assistant { .. })) {
        if let Message::Result(result) = &***message {
            found.entry(result.call.as_str()).or_insert((result, *message));
        }
    }
    let result_of = |(id, name): (&str, &str)| match found.get(id) {
        Some((result, _)) if transcript.is_pruned(id) => Arc::new(Message::Result(ToolResult {
            call: result.call.clone(),
            tool: result.tool.clone(),
            text: PRUNED.to_owned(),
            status: result.status,
            images: Vec::new(),
            usage: None,
        })),
        Some((_, message)) => Arc::clone(message),
        None => Arc::new(Message::Result(ToolResult {
            call: id.to_owned(),
            tool: name.to_owned(),
            text: NO_RESULT.to_owned(),
            status: ResultStatus::Aborted,
            images: Vec::new(),
            usage: None,
        })),
    };
    calls(reply).map(result_of).collect()
}

/// What is wrong with a view, if anything: the rules that every provider holds requests to.
///
/// # Errors
/// The first rule that is broken, with the place of the message.
pub fn check_view(view: &[Arc<Message>]) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    for (index, message) in view.iter().enumerate() {
        if !matches!(**message, Message::Result(_))
            && let Some(call) = open.first()
        {
            return Err(format!("message {index}: call {call} has no result before it"));
        }
        match &**message {
            Message::User { parts, .. } if is_empty_prompt(parts) => {
                return Err(format!("message {index}: the user says nothing"));
            }
            Message::User { .. } => {}
            Message::Assistant { .. } if index == 0 => {
                return Err("the model speaks first".to_owned());
            }
            Message::Assistant { parts } => {
                let says = |part: &ReplyPart| !matches!(part, ReplyPart::Thinking { .. });
                if !parts.iter().any(says) {
                    return Err(format!("message {index}: the reply says nothing"));
                }
                open = calls(message).map(|(id, _)| id).collect();
                if let Some(twice) = open.iter().find(|id| !seen.insert(**id)) {
                    return Err(format!("message {index}: call {twice} is there twice"));
                }
            }
            Message::Result(result) => {
                if open.first() != Some(&result.call.as_str()) {
                    return Err(format!("message {index}: nobody called {}", result.call));
                }
                open.remove(0);
            }
        }
    }
    open.first().map_or(Ok(()), |call| Err(format!("at the end: call {call} has no result")))
}
