//! What stands at the begin of a line.

use super::json_call::{self, Object};
use super::{Piece, tags};
use crate::engine::ToolSpec;

/// What stands at the begin of a text.
pub(super) enum Found {
    /// Not to be said yet.
    Undecided,
    /// A line that is no envelope.
    Text,
    /// Several lines that are none: so many bytes.
    Block(usize),
    /// What so many bytes mean.
    Pieces(usize, Vec<Piece>),
}

/// The deepest a call may be indented; with more it is an example.
const INDENT_MAX: usize = 3;
/// The longest first tag that is waited for, in bytes.
const TAG_BYTES_MAX: usize = 200;

/// All that is there.
const WHOLE: usize = usize::MAX / 2;

/// What stands at the begin of `text`, which is at the begin of a line. `ended`: nothing follows.
pub(super) fn at_begin(text: &str, tools: &[ToolSpec], ended: bool) -> Found {
    let indent = text.len() - text.trim_start_matches(' ').len();
    let body = text.get(indent..).unwrap_or_default();
    if indent > INDENT_MAX {
        return Found::Text;
    }
    let found = match body.bytes().next() {
        None if ended => return Found::Text,
        None => return Found::Undecided,
        Some(b'<') => tag(body, tools, ended),
        Some(b'`') => fence(body, tools, ended),
        Some(b'{') => bare(body, tools, ended),
        Some(b'[') => bracket(body, tools, ended),
        Some(_) => return Found::Text,
    };
    match found {
        Found::Block(length) => Found::Block(length + indent),
        Found::Pieces(length, pieces) => Found::Pieces(length + indent, pieces),
        Found::Undecided if ended => Found::Text,
        other => other,
    }
}

/// A call as a piece.
fn called(object: Object) -> Piece {
    Piece::Call { name: object.name, arguments: object.arguments.to_string() }
}

fn all_called(objects: Vec<Object>) -> Vec<Piece> {
    objects.into_iter().map(called).collect()
}

/// `<…`.
fn tag(body: &str, tools: &[ToolSpec], ended: bool) -> Found {
    for (open, close) in [("<think>", "</think>"), ("<thinking>", "</thinking>")] {
        if let Some(inner) = body.strip_prefix(open) {
            return thinking(inner, open.len(), close, ended);
        }
    }
    if let Some(inner) = body.strip_prefix("<tool_call>") {
        return tool_call(inner, "<tool_call>".len(), tools, ended);
    }
    if body.starts_with("<function=") {
        return function(body, tools, ended);
    }
    let head = body.get(..body.floor_char_boundary(TAG_BYTES_MAX)).unwrap_or(body);
    let Some(close) = head.find(['>', '\n']) else {
        let is_name =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '=' | '<');
        let may_go_on = body.len() < TAG_BYTES_MAX && head.chars().all(is_name);
        return if may_go_on { Found::Undecided } else { Found::Text };
    };
    let name = body.get(1..close).unwrap_or_default();
    let Some(tool) = tools.iter().find(|tool| tool.name == name) else { return Found::Text };
    if body.as_bytes().get(close) != Some(&b'>') {
        return Found::Text;
    }
    let (inner, begin) = (body.get(close + 1..).unwrap_or_default(), close + 1);
    finished(tags::children(inner, tool, &tags::xml(tool)), begin, tool.name.clone(), ended, "</")
}

fn thinking(inner: &str, begin: usize, close: &str, ended: bool) -> Found {
    match inner.find(close) {
        Some(end) => {
            let text = inner.get(..end).unwrap_or_default().trim().to_owned();
            let rest = inner.get(end + close.len()..).unwrap_or_default();
            // The line ends behind it belong to it. They are waited for one by one, wherever the text is cut.
            let blank = rest.len() - rest.trim_start_matches(['\n', ' ']).len();
            if blank == rest.len() && !ended {
                return Found::Undecided;
            }
            Found::Pieces(begin + end + close.len() + blank, vec![Piece::Thinking(text)])
        }
        None if ended => {
            Found::Pieces(begin + inner.len(), vec![Piece::Thinking(inner.trim().to_owned())])
        }
        None => Found::Undecided,
    }
}

/// `<function=NAME>`, with parameters as tags or as JSON.
fn function(body: &str, tools: &[ToolSpec], ended: bool) -> Found {
    const OPEN: &str = "<function=";
    let Some(close) = body.find(['>', '\n']).filter(|at| *at < TAG_BYTES_MAX) else {
        return if body.len() < TAG_BYTES_MAX { Found::Undecided } else { Found::Text };
    };
    let name = body.get(OPEN.len()..close).unwrap_or_default().trim_matches(['"', '\'', ' ']);
    if body.as_bytes().get(close) != Some(&b'>') || name.is_empty() {
        return Found::Text;
    }
    let (inner, begin) = (body.get(close + 1..).unwrap_or_default(), close + 1);
    let first = inner.trim_start();
    if first.is_empty() && !ended {
        return Found::Undecided;
    }
    let tool = tools.iter().find(|tool| tool.name == name);
    let read = if first.starts_with('{') {
        tags::json_body(inner, "</function>", ended)
    } else {
        tags::parameters(inner, tool)
    };
    finished(read, begin, name.to_owned(), ended, "</function>")
}

/// What was read behind an opening tag, as a piece.
fn finished(read: tags::Read, begin: usize, name: String, ended: bool, close: &str) -> Found {
    match read {
        tags::Read::Whole(length, arguments) => {
            let arguments = arguments.to_string();
            Found::Pieces(begin + length, vec![Piece::Call { name, arguments }])
        }
        tags::Read::Cut if ended => {
            let why = format!(
                "the call of {name} was cut: {close}… is missing. Write the whole call again."
            );
            Found::Pieces(WHOLE, vec![Piece::Broken(why)])
        }
        tags::Read::Cut => Found::Undecided,
        tags::Read::Never => Found::Text,
    }
}

/// `<tool_call>` and what stands in it.
fn tool_call(inner: &str, begin: usize, tools: &[ToolSpec], ended: bool) -> Found {
    const CLOSE: &str = "</tool_call>";
    let blank = inner.len() - inner.trim_start().len();
    let body = inner.get(blank..).unwrap_or_default();
    let close = |from: usize| {
        let rest = body.get(from..).unwrap_or_default();
        let gap = rest.len() - rest.trim_start().len();
        rest.trim_start().starts_with(CLOSE).then_some(from + gap + CLOSE.len())
    };
    let may_close = |body: &str, from: usize| {
        body.get(from..).is_none_or(|rest| CLOSE.starts_with(rest.trim_start()))
    };
    match body.bytes().next() {
        Some(b'{' | b'[') => {
            let Some((value, length)) = json_call::closed(body, CLOSE, ended) else {
                return Found::Undecided;
            };
            let length = begin + blank + length;
            let objects = json_call::calls_of_text(value);
            match objects {
                Some(objects) => Found::Pieces(length, all_called(objects)),
                None => Found::Pieces(length, vec![Piece::Broken(
                    "the <tool_call> holds no JSON object with \"name\" and \"arguments\". Write it again.".to_owned(),
                )]),
            }
        }
        Some(b'<') => match tag(body, tools, ended) {
            Found::Pieces(length, pieces) => {
                let length = length.min(body.len());
                match close(length) {
                    Some(whole) => Found::Pieces(begin + blank + whole, pieces),
                    None if !ended && may_close(body, length) => Found::Undecided,
                    None => Found::Pieces(begin + blank + length, pieces),
                }
            }
            Found::Undecided => Found::Undecided,
            Found::Text | Found::Block(_) => Found::Text,
        },
        None if !ended => Found::Undecided,
        _ => Found::Text,
    }
}

/// A fence whose whole content is calls; any other is passed over whole, so that nothing in it is taken for a call.
fn fence(body: &str, tools: &[ToolSpec], ended: bool) -> Found {
    let ticks = body.len() - body.trim_start_matches('`').len();
    if ticks < 3 {
        return if ticks == body.len() && !ended { Found::Undecided } else { Found::Text };
    }
    let Some(head) = body.find('\n') else {
        return if ended { Found::Text } else { Found::Undecided };
    };
    let inner = body.get(head + 1..).unwrap_or_default();
    let marker = body.get(..ticks).unwrap_or_default();
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        if line.trim_start().starts_with(marker) && line.trim().trim_matches('`').is_empty() {
            if !line.ends_with('\n') && !ended {
                return Found::Undecided;
            }
            let content = inner.get(..at).unwrap_or_default();
            let length = head + 1 + at + line.len();
            return match fenced_calls(content, tools) {
                Some(pieces) => Found::Pieces(length, pieces),
                None => Found::Block(length),
            };
        }
        at += line.len();
    }
    if ended { Found::Block(body.len()) } else { Found::Undecided }
}

/// The calls that a fence consists of; `None`: it is something else.
fn fenced_calls(content: &str, tools: &[ToolSpec]) -> Option<Vec<Piece>> {
    let mut rest = content.trim();
    if rest.starts_with(['{', '[']) && !rest.starts_with(json_call::TOOL_CALLS) {
        let objects = json_call::calls_of_text(rest)?;
        let known = |object: &Object| tools.iter().any(|tool| tool.name == object.name);
        return objects.iter().all(known).then(|| all_called(objects));
    }
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let found =
            if rest.starts_with('<') { tag(rest, tools, true) } else { bracket(rest, tools, true) };
        let Found::Pieces(length, more) = found else { return None };
        if more.iter().any(|piece| matches!(piece, Piece::Broken(_))) {
            return None;
        }
        pieces.extend(more);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    (!pieces.is_empty()).then_some(pieces)
}

/// `{…}` that begins a line.
fn bare(body: &str, tools: &[ToolSpec], ended: bool) -> Found {
    let (value, length) = match json_call::end_of_value(body) {
        Some(end) => (body.get(..end).unwrap_or_default(), end),
        None if ended => (body, body.len()),
        None => return Found::Undecided,
    };
    let objects = json_call::calls_of_text(value).unwrap_or_default();
    let known = |object: &Object| tools.iter().any(|tool| tool.name == object.name);
    if objects.is_empty() || !objects.iter().all(known) {
        return Found::Text;
    }
    Found::Pieces(length, all_called(objects))
}

/// `[TOOL_CALLS]`, or an array of calls.
fn bracket(body: &str, tools: &[ToolSpec], ended: bool) -> Found {
    let Some(inner) = body.strip_prefix(json_call::TOOL_CALLS) else {
        if json_call::TOOL_CALLS.starts_with(body) && !ended {
            return Found::Undecided;
        }
        return bare(body, tools, ended);
    };
    let begin = json_call::TOOL_CALLS.len();
    let blank = inner.len() - inner.trim_start().len();
    let body = inner.get(blank..).unwrap_or_default();
    if body.starts_with(['[', '{']) {
        let end = json_call::end_of_value(body);
        let length = end.unwrap_or(body.len());
        if end.is_none() && !ended {
            return Found::Undecided;
        }
        let value = body.get(..length).unwrap_or_default();
        return match json_call::calls_of_text(value) {
            Some(objects) => Found::Pieces(begin + blank + length, all_called(objects)),
            None => Found::Text,
        };
    }
    // `name{…}` or `name[ARGS]{…}`
    let Some(brace) = body.find(['{', '\n']).filter(|at| *at < TAG_BYTES_MAX) else {
        return if body.len() < TAG_BYTES_MAX && !ended { Found::Undecided } else { Found::Text };
    };
    let name = body.get(..brace).unwrap_or_default().split('[').next().unwrap_or_default().trim();
    let arguments = body.get(brace..).unwrap_or_default();
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    if !is_name || !arguments.starts_with('{') {
        return Found::Text;
    }
    let length = match json_call::end_of_value(arguments) {
        Some(end) => end,
        None if ended => arguments.len(),
        None => return Found::Undecided,
    };
    match json_call::value(arguments.get(..length).unwrap_or_default()) {
        Some(arguments) => {
            let object = Object { name: name.to_owned(), arguments };
            Found::Pieces(begin + blank + brace + length, vec![called(object)])
        }
        None => Found::Text,
    }
}
