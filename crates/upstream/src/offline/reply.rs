//! A decision as a reply in the client's dialect, whole or streamed.

use super::decide::{Decision, decide};
use super::{CREATED, Ids, Made, count};
use crate::call::Call as Request;
use bytes::Bytes;
use http::StatusCode;
use ironbridge_wire::{
    Body, Call, Changes, Delta, Dialect, Event, EventWriter, Finish, Invalid, Memo, Opening, Part,
    Pointer, Prompt, Reply, Usage, json, read_request, refuse_what_only_the_server_knows,
    write_reply,
};

/// Reads the request, decides, writes the reply.
pub(super) fn make(request: &Request, dialect: Dialect, ids: &Ids) -> Result<Made, Invalid> {
    let document = json::parse(&request.body)?;
    if document.get("previous_response_id").is_some_and(|id| !id.is_null()) {
        let at = Pointer::root().key("previous_response_id");
        return Err(Invalid::one(at, "the built-in model keeps no replies"));
    }
    if dialect == Dialect::Messages {
        refuse_what_only_the_server_knows(&document, dialect)?;
    }
    let (prompt, _) = read_request(document, dialect)?;
    let mut reply = within_limits(decide(&prompt), &prompt);
    reply.id = ids.whole(match dialect {
        Dialect::Chat => "chatcmpl-",
        Dialect::Responses => "resp_",
        Dialect::Messages => "msg_",
    });
    let prefix = if dialect == Dialect::Messages { "toolu_" } else { "call_" };
    for (number, part) in reply.parts.iter_mut().enumerate() {
        if let Body::Call(call) = &mut part.body {
            call.id = ids.part(prefix, number);
        }
    }
    if prompt.stream {
        let memo = Memo::new(prompt.include_usage);
        return Ok(Made {
            status: StatusCode::OK,
            content_type: "text/event-stream",
            chunks: streamed(reply, dialect, &memo),
        });
    }
    let document = write_reply(reply, dialect, &mut Changes::new());
    Ok(Made::json(StatusCode::OK, &document))
}

/// The reply as far as stop texts and `max_tokens` let it go.
fn within_limits(decision: Decision, prompt: &Prompt) -> Reply {
    let tokens_max = prompt.max_tokens.as_ref().map_or(u64::MAX, |most| most.value);
    let (parts, finish, output) = match decision {
        Decision::Text(text) => limited_text(&text, prompt, tokens_max),
        Decision::Calls(calls) => limited_calls(calls, tokens_max),
    };
    let usage = Usage { input: count::input(prompt), output, ..Usage::default() };
    Reply {
        model: prompt.model.clone(),
        created: CREATED,
        parts: parts.into_iter().map(|body| Part::new(body, Pointer::root())).collect(),
        finish,
        usage: Some(usage),
        ..Reply::default()
    }
}

fn limited_text(text: &str, prompt: &Prompt, tokens_max: u64) -> (Vec<Body>, Finish, u64) {
    let (said, mut finish) = match first_stop(text, prompt) {
        Some((before, stop)) => (before, Finish::StopSequence(Some(stop.to_owned()))),
        None => (text, Finish::Stop),
    };
    let kept = count::cut(said, tokens_max);
    if kept.len() < said.len() {
        finish = Finish::Length;
    }
    let body = Body::Text { text: kept.to_owned(), citations: None };
    let parts = if kept.is_empty() { Vec::new() } else { vec![body] };
    (parts, finish, count::text(kept))
}

/// The text before the stop text that comes first, and that stop text.
fn first_stop<'a>(text: &'a str, prompt: &'a Prompt) -> Option<(&'a str, &'a str)> {
    let stops = &prompt.stop.as_ref()?.value;
    let found = stops.iter().filter(|stop| !stop.is_empty());
    let (at, stop) = found.filter_map(|stop| Some((text.find(stop.as_str())?, stop))).min()?;
    Some((text.get(..at)?, stop))
}

/// A call that does not fit is left out with those after it: half of its JSON would be of use to nobody.
fn limited_calls(calls: Vec<Call>, tokens_max: u64) -> (Vec<Body>, Finish, u64) {
    let (mut parts, mut output) = (Vec::new(), 0);
    for call in calls {
        let tokens = count::text(&call.name) + count::text(&call.arguments);
        if output + tokens > tokens_max {
            return (parts, Finish::Length, output);
        }
        output += tokens;
        parts.push(Body::Call(call));
    }
    (parts, Finish::ToolCalls, output)
}

/// The reply as a stream, a chunk for each event.
fn streamed(reply: Reply, dialect: Dialect, memo: &Memo) -> Vec<Bytes> {
    let mut writer = EventWriter::new(dialect, memo);
    let mut chunks = Vec::new();
    for event in events(reply, dialect) {
        let mut frames = Vec::new();
        writer.write(event, &mut frames);
        if !frames.is_empty() {
            chunks.push(Bytes::from(frames));
        }
    }
    chunks
}

fn events(reply: Reply, dialect: Dialect) -> Vec<Event> {
    let usage = reply.usage.unwrap_or_default();
    let mut events = Vec::new();
    if dialect == Dialect::Messages {
        // Anthropic tells the input at once: its `message_start` bears what is known by then.
        events.push(Event::Usage(Usage { output: 0, ..usage }));
    }
    events.push(Event::Start { id: reply.id, model: reply.model, created: reply.created });
    for (part, body) in reply.parts.into_iter().map(|part| part.body).enumerate() {
        let (opening, deltas) = match body {
            Body::Text { text, .. } => {
                (Opening::Text, words(&text).map(|word| Delta::Text(word.to_owned())).collect())
            }
            Body::Call(Call { id, name, arguments, kind }) => {
                let deltas: Vec<Delta> =
                    words(&arguments).map(|word| Delta::Arguments(word.to_owned())).collect();
                (Opening::Call { id, name, kind }, deltas)
            }
            // Nothing else is ever decided.
            _ => continue,
        };
        events.push(Event::Open { part, opening });
        events.extend(deltas.into_iter().map(|delta| Event::Delta { part, delta }));
        events.push(Event::Close { part });
    }
    events.extend([Event::Finish(reply.finish), Event::Usage(usage), Event::End]);
    events
}

/// The words of a text, each with the white space before it; together they are the text.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let word = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
        let tail = rest.get(word..).unwrap_or_default();
        let end = word + tail.find(char::is_whitespace).unwrap_or(tail.len());
        let (head, tail) = rest.split_at(end);
        rest = tail;
        Some(head)
    })
}
