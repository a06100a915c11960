//! Requests and whole replies from one dialect to another.

use crate::changes::Changes;
use crate::dialect::Dialect;
use crate::error::{ApiError, ErrorKind};
use crate::fields::Reading;
use crate::invalid::Invalid;
use crate::memo::Memo;
use crate::prompt::{Prompt, Reasoning, ReasoningMode, Tool, ToolKind};
use crate::reply::Reply;
use crate::tally::Tally;
use crate::unknown::Unknown;
use crate::writing::{Target, Writing};
use crate::{chat, json, messages, responses};
use serde_json::Value;
use std::collections::HashSet;

/// A request in another dialect.
#[derive(Debug)]
pub struct TranslatedRequest {
    /// The document to send.
    pub body: Value,
    /// What was not carried as it was.
    pub changes: Changes,
    /// What the reply needs to be put back.
    pub memo: Memo,
}

/// Refuses a request that leans on what only a server of `dialect` has stored (`previous_response_id`, `thread`): no other
/// can answer it.
///
/// # Errors
/// Every such member at once, each with its pointer.
pub fn refuse_what_only_the_server_knows(
    document: &Value,
    dialect: Dialect,
) -> Result<(), Invalid> {
    match dialect {
        Dialect::Chat => Ok(()),
        Dialect::Responses => responses::refuse_what_only_the_server_knows(document),
        Dialect::Messages => messages::refuse_what_only_the_server_knows(document),
    }
}

/// Reads a request into the neutral model, with the members that have no place in it.
///
/// # Errors
/// All mistakes of the document at once, each with its pointer.
pub fn read_request(body: Value, dialect: Dialect) -> Result<(Prompt, Changes), Invalid> {
    let reading = Reading::default();
    let prompt = match dialect {
        Dialect::Chat => chat::read_request(body, &reading),
        Dialect::Responses => responses::read_request(body, &reading),
        Dialect::Messages => messages::read_request(body, &reading),
    };
    reading.finish(prompt)
}

/// Reads the body of `POST /v1/messages/count_tokens`: a messages request that need not limit the reply.
///
/// # Errors
/// All mistakes of the document at once, each with its pointer.
pub fn read_count_tokens_request(body: Value) -> Result<(Prompt, Changes), Invalid> {
    let reading = Reading::default();
    let prompt = messages::read_count_request(body, &reading);
    reading.finish(prompt)
}

/// Writes a neutral request in a dialect.
///
/// # Errors
/// When the dialect has no way at all to say it (`previous_response_id` towards another dialect); the pointers are
/// those of the client's document.
pub fn write_request(
    prompt: Prompt,
    dialect: Dialect,
    target: &Target,
) -> Result<TranslatedRequest, Invalid> {
    let mut writing = Writing { target: target.clone(), ..Writing::default() };
    let mut prompt = prompt;
    if target.never_reasons {
        leave_reasoning(&mut prompt, &mut writing.changes);
    }
    writing.memo.include_usage = prompt.include_usage;
    let functions = offered_functions(&prompt);
    let body = match dialect {
        Dialect::Chat => chat::write_request(prompt, &mut writing),
        Dialect::Responses => responses::write_request(prompt, &mut writing),
        Dialect::Messages => messages::write_request(prompt, &mut writing),
    };
    // The history may hold a call of a custom tool whose name is a function's by now.
    functions.iter().for_each(|name| writing.memo.stays_function(name));
    Ok(TranslatedRequest { body, changes: writing.changes, memo: writing.memo })
}

/// The names that are offered as functions, and not as custom tools too.
fn offered_functions(prompt: &Prompt) -> Vec<String> {
    let is_custom = |tool: &&Tool| matches!(tool.kind, ToolKind::Custom { .. });
    let customs: HashSet<&str> =
        prompt.tools.iter().filter(is_custom).map(|tool| tool.name.as_str()).collect();
    let functions =
        prompt.tools.iter().filter(|tool| matches!(tool.kind, ToolKind::Function { .. }));
    functions
        .map(|tool| tool.name.clone())
        .filter(|name| !customs.contains(name.as_str()))
        .collect()
}

/// Takes the wish to reason out of a prompt for a model that cannot.
fn leave_reasoning(prompt: &mut Prompt, changes: &mut Changes) {
    const WHY: &str = "the model does not reason";
    let Reasoning { mode, budget_tokens, effort, summary, encrypted: _ } =
        std::mem::take(&mut prompt.reasoning);
    let wished = [
        mode.filter(|mode| mode.value != ReasoningMode::Disabled).map(|found| found.at),
        budget_tokens.map(|found| found.at),
        effort.filter(|effort| effort.value != "none").map(|found| found.at),
        summary.map(|found| found.at),
    ];
    for at in wished.iter().flatten() {
        changes.dropped(at, WHY);
    }
}

/// Translates a request.
///
/// # Errors
/// As [`json::parse`], [`read_request`] and [`write_request`].
pub fn translate_request(
    body: &[u8],
    from: Dialect,
    to: Dialect,
    target: &Target,
) -> Result<TranslatedRequest, Invalid> {
    let document = json::parse(body)?;
    if from != to {
        refuse_what_only_the_server_knows(&document, from)?;
    }
    let (prompt, mut changes) = read_request(document, from)?;
    let mut translated = write_request(prompt, to, target)?;
    changes.extend(translated.changes);
    translated.changes = changes;
    Ok(translated)
}

/// A whole reply in another dialect.
#[derive(Debug)]
pub struct TranslatedReply {
    /// The document for the client.
    pub body: Value,
    /// What was not carried as it was; pointers are into the upstream's document.
    pub changes: Changes,
    /// What it amounts to.
    pub tally: Tally,
}

/// Reads a whole reply.
///
/// # Errors
/// When the document is not a reply of that dialect, or says that the reply failed.
pub fn read_reply(body: Value, dialect: Dialect) -> Result<Reply, ApiError> {
    match dialect {
        Dialect::Chat => chat::read_reply(body),
        Dialect::Responses => responses::read_reply(body),
        Dialect::Messages => messages::read_reply(body),
    }
}

/// Writes a whole reply.
#[must_use]
pub fn write_reply(reply: Reply, dialect: Dialect, changes: &mut Changes) -> Value {
    match dialect {
        Dialect::Chat => chat::write_reply(reply, changes),
        Dialect::Responses => responses::write_reply(reply, changes),
        Dialect::Messages => messages::write_reply(reply, changes),
    }
}

/// Translates a whole reply to a request whose translation left `memo`.
///
/// # Errors
/// As [`read_reply`], and when the body is not JSON.
pub fn translate_reply(
    body: &[u8],
    from: Dialect,
    to: Dialect,
    memo: &Memo,
) -> Result<TranslatedReply, ApiError> {
    let document: Value = serde_json::from_slice(body).map_err(|error| {
        ApiError::new(ErrorKind::BadGateway, format!("the upstream's reply is not JSON: {error}"))
    })?;
    let mut unknown = Unknown::default();
    if from != to {
        unknown.listen();
    }
    unknown.note(
        &document,
        match from {
            Dialect::Chat => &chat::REPLY,
            Dialect::Responses => &responses::REPLY,
            Dialect::Messages => &messages::REPLY,
        },
    );
    let mut reply = read_reply(document, from)?;
    memo.restore(&mut reply);
    let tally = Tally::of_reply(&reply);
    let mut changes = Changes::new();
    unknown.list(&mut changes);
    let body = write_reply(reply, to, &mut changes);
    Ok(TranslatedReply { body, changes, tally })
}
