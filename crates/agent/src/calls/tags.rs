//! Calls whose parameters are tags.
//!
//! A value ends at its closing tag only where another parameter or the end of the call follows; so code that holds the
//! same tag is a value like any other.

use super::json_call;
use crate::engine::ToolSpec;
use serde_json::{Map, Value};

/// What stands behind an opening tag.
pub(super) enum Read {
    /// A call: how many bytes, and the arguments.
    Whole(usize, Value),
    /// It may become one.
    Cut,
    /// It will not.
    Never,
}

/// The parameter that a text begins with: its name, and how long its opening tag is. `Err`: it may become one.
type Opened = Result<Option<(String, usize)>, ()>;

/// How parameters are written.
pub(super) struct Form {
    /// Ends the call.
    close: String,
    /// Reads the opening tag of a parameter.
    open: fn(&str, &[String]) -> Opened,
    /// Ends the value of a parameter.
    end: fn(&str) -> String,
    /// The names that count; where there are none, all do.
    names: Vec<String>,
}

/// The names of a tool's parameters.
fn names(tool: &ToolSpec) -> Vec<String> {
    let known = tool.schema.get("properties").and_then(Value::as_object);
    known.map(|known| known.keys().cloned().collect()).unwrap_or_default()
}

/// `<path>…</path>`, ended by the tool's own closing tag.
pub(super) fn xml(tool: &ToolSpec) -> Form {
    Form {
        close: format!("</{}>", tool.name),
        open: |text, names| {
            for name in names {
                let tag = format!("<{name}>");
                if text.starts_with(&tag) {
                    return Ok(Some((name.clone(), tag.len())));
                }
            }
            let may_become = names.iter().any(|name| format!("<{name}>").starts_with(text));
            if may_become { Err(()) } else { Ok(None) }
        },
        end: |name| format!("</{name}>"),
        names: names(tool),
    }
}

/// `<parameter=path>…</parameter>`, ended by `</function>`.
pub(super) fn parameters(inner: &str, tool: Option<&ToolSpec>) -> Read {
    const OPEN: &str = "<parameter=";
    let form = Form {
        close: "</function>".to_owned(),
        open: |text, _| {
            let Some(rest) = text.strip_prefix(OPEN) else {
                return if OPEN.starts_with(text) { Err(()) } else { Ok(None) };
            };
            let Some(end) = rest.find(['>', '\n']) else { return Err(()) };
            let name = rest.get(..end).unwrap_or_default().trim_matches(['"', '\'', ' ']);
            let is_tag = rest.as_bytes().get(end) == Some(&b'>') && !name.is_empty();
            Ok(is_tag.then(|| (name.to_owned(), OPEN.len() + end + 1)))
        },
        end: |_| "</parameter>".to_owned(),
        names: Vec::new(),
    };
    let nothing = Value::Null;
    read(inner, &form, tool.map_or(&nothing, |tool| &tool.schema))
}

/// The parameters of `tool` in this form.
pub(super) fn children(inner: &str, tool: &ToolSpec, form: &Form) -> Read {
    read(inner, form, &tool.schema)
}

fn read(inner: &str, form: &Form, schema: &Value) -> Read {
    let mut arguments = Map::new();
    let mut at = 0;
    loop {
        let rest = inner.get(at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        at += blank;
        if rest.starts_with(&form.close) {
            return Read::Whole(at + form.close.len(), Value::Object(arguments));
        }
        let (name, head) = match (form.open)(rest, &form.names) {
            Ok(Some(opened)) => opened,
            Err(()) => return Read::Cut,
            Ok(None) if form.close.starts_with(rest) => return Read::Cut,
            Ok(None) => return Read::Never,
        };
        let value = rest.get(head..).unwrap_or_default();
        let close = (form.end)(&name);
        let Some(end) = end_of_value(value, &close, form) else { return Read::Cut };
        let text = value.get(..end).unwrap_or_default();
        arguments.insert(name.clone(), typed(text, &name, schema));
        at += head + end + close.len();
    }
}

/// Where a value ends: before its closing tag that another parameter or the end of the call follows.
fn end_of_value(value: &str, close: &str, form: &Form) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = value.get(from..)?.find(close) {
        let end = from + found;
        let after = value.get(end + close.len()..)?.trim_start();
        if after.starts_with(&form.close) {
            return Some(end);
        }
        match (form.open)(after, &form.names) {
            Ok(Some(_)) => return Some(end),
            // What follows is not all there.
            Err(()) => return None,
            Ok(None) if form.close.starts_with(after) => return None,
            Ok(None) => from = end + close.len(),
        }
    }
    None
}

/// The text of a value in the type its schema wants. A text loses the line end behind its opening tag and that before
/// its closing one, which are the tags' own; what is no text loses all white space around it.
fn typed(text: &str, name: &str, schema: &Value) -> Value {
    let wanted = schema.get("properties").and_then(|known| known.get(name));
    let kind = wanted.and_then(|wanted| wanted.get("type")).and_then(Value::as_str);
    let is_text = kind.is_none_or(|kind| kind == "string");
    if !is_text {
        return json_call::value(text).unwrap_or_else(|| Value::String(text.trim().to_owned()));
    }
    let inner = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n'));
    match inner {
        Some(inner) => {
            let inner = inner.strip_suffix('\n').unwrap_or(inner);
            Value::String(inner.strip_suffix('\r').unwrap_or(inner).to_owned())
        }
        None if text.contains('\n') => Value::String(text.to_owned()),
        None => Value::String(text.trim().to_owned()),
    }
}

/// `{…}` and then `close`, which may be missing at the end.
pub(super) fn json_body(inner: &str, close: &str, ended: bool) -> Read {
    let blank = inner.len() - inner.trim_start().len();
    let body = inner.get(blank..).unwrap_or_default();
    let Some((text, length)) = json_call::closed(body, close, ended) else { return Read::Cut };
    match json_call::value(text).filter(Value::is_object) {
        Some(arguments) => Read::Whole(blank + length, arguments),
        None => Read::Never,
    }
}
