//! Puts the tool calls of a stream together.
//!
//! OpenAI sends a call's `index` with every piece, its id and name with the first. Its imitators leave the index out,
//! repeat one index for several calls, send id or name late or empty, no id at all, or whole calls at once. A call
//! opens when id and name are known; its arguments wait until then. It closes with the reply, since the pieces of
//! parallel calls may interleave.

use crate::error::{ApiError, ErrorKind};
use crate::event::{Delta, Event, Opening};
use crate::part::CallKind;
use serde_json::Value;

/// The most tool calls of one reply.
pub(super) const CALLS_MAX: usize = 128;
/// The most bytes of a call's id, and of its name.
pub(super) const NAME_BYTES_MAX: usize = 16 * 1024;
/// The most bytes of arguments that wait for the ids and names of their calls.
pub(super) const PENDING_BYTES_MAX: usize = 1024 * 1024;

/// The calls of one reply.
#[derive(Debug, Default)]
pub(super) struct Calls {
    list: Vec<Assembly>,
    pending_bytes: usize,
}

#[derive(Debug)]
struct Assembly {
    place: Place,
    id: String,
    name: String,
    kind: CallKind,
    /// Its part once it has opened.
    part: Option<usize>,
    pending: String,
}

/// What a piece says of the call it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Index(u64),
    Unsaid,
    /// The `function_call` of the time before `tool_calls`: one call, without an id.
    Legacy,
}

/// One piece of a call.
#[derive(Debug)]
pub(super) struct Piece {
    place: Place,
    id: String,
    name: String,
    kind: CallKind,
    arguments: String,
    /// Whether it is the whole call, so that no id can follow.
    whole: bool,
}

impl Piece {
    /// Reads an element of `tool_calls`, of a delta or (`whole`) of a message.
    pub(super) fn of_tool_call(value: &Value, whole: bool) -> Self {
        let text = |value: Option<&Value>| {
            value.and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
        };
        let index = value.get("index").and_then(Value::as_u64);
        let custom = value.get("custom").filter(|custom| custom.is_object());
        let (called, kind, key) = match custom {
            Some(custom) => (Some(custom), CallKind::Custom, "input"),
            None => (value.get("function"), CallKind::Function, "arguments"),
        };
        Piece {
            place: index.map_or(Place::Unsaid, Place::Index),
            id: text(value.get("id")),
            name: text(called.and_then(|called| called.get("name"))),
            kind,
            arguments: arguments(called.and_then(|called| called.get(key))),
            whole,
        }
    }

    /// Reads a `function_call`.
    pub(super) fn of_function_call(value: &Value) -> Self {
        let mut piece = Piece::of_tool_call(&serde_json::json!({"function": value}), true);
        piece.place = Place::Legacy;
        piece
    }
}

/// The arguments as text; some servers send them as an object.
fn arguments(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

impl Calls {
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes one piece. `parts` is the number of the next part; a call that opens takes it.
    ///
    /// # Errors
    /// When the piece belongs to no call, renames an open one, or a limit is exceeded.
    pub(super) fn piece(
        &mut self,
        piece: Piece,
        reply_id: &str,
        parts: &mut usize,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        if piece.id.len() > NAME_BYTES_MAX || piece.name.len() > NAME_BYTES_MAX {
            return Err(nonsense(format!(
                "sends a tool call with an id or name over {NAME_BYTES_MAX} bytes"
            )));
        }
        let at = match self.locate(&piece) {
            Some(at) => at,
            None => self.begin(&piece, reply_id, *parts)?,
        };
        let Some(call) = self.list.get_mut(at) else { return Ok(()) };
        call.identify(piece.id, &piece.name)?;
        match call.part {
            Some(part) if !piece.arguments.is_empty() => {
                out.push(Event::Delta { part, delta: Delta::Arguments(piece.arguments) });
            }
            Some(_) => {}
            None => {
                self.pending_bytes += piece.arguments.len();
                if self.pending_bytes > PENDING_BYTES_MAX {
                    return Err(nonsense(format!(
                        "sends over {PENDING_BYTES_MAX} bytes of arguments before the id of their tool call"
                    )));
                }
                call.pending.push_str(&piece.arguments);
                if !call.id.is_empty() && !call.name.is_empty() {
                    self.pending_bytes -= call.pending.len();
                    call.open(parts, out);
                }
            }
        }
        Ok(())
    }

    /// The call that a piece continues; `None` for a new one.
    fn locate(&self, piece: &Piece) -> Option<usize> {
        let last = self.list.len().checked_sub(1);
        match piece.place {
            Place::Index(_) | Place::Legacy => {
                let at = self.list.iter().rposition(|call| call.place == piece.place)?;
                // Gemini's endpoint numbers every parallel call 0, each whole and with an id of its own.
                let another = self.list.get(at).is_some_and(|call| {
                    !piece.id.is_empty()
                        && !piece.name.is_empty()
                        && !call.id.is_empty()
                        && call.id != piece.id
                });
                (!another).then_some(at)
            }
            Place::Unsaid if !piece.id.is_empty() => {
                let same = self.list.iter().rposition(|call| call.id == piece.id);
                let late = |at: &usize| {
                    piece.name.is_empty()
                        && self.list.get(*at).is_some_and(|call| call.id.is_empty())
                };
                same.or_else(|| last.filter(late))
            }
            Place::Unsaid if !piece.name.is_empty() => None,
            Place::Unsaid => last,
        }
    }

    fn begin(&mut self, piece: &Piece, reply_id: &str, part: usize) -> Result<usize, ApiError> {
        if self.list.len() >= CALLS_MAX {
            return Err(nonsense(format!("makes over {CALLS_MAX} tool calls")));
        }
        if piece.place == Place::Unsaid && piece.id.is_empty() && piece.name.is_empty() {
            return Err(nonsense("sends arguments of a tool call that was never begun"));
        }
        let never = piece.whole && piece.id.is_empty();
        let id = if never { made_id(reply_id, part) } else { String::new() };
        self.list.push(Assembly {
            place: piece.place,
            id,
            name: String::new(),
            kind: piece.kind,
            part: None,
            pending: String::new(),
        });
        Ok(self.list.len() - 1)
    }

    /// The reply is over: opens what waited for an id that never came, and closes all in the order of opening.
    ///
    /// # Errors
    /// When a call has no name.
    pub(super) fn finish(
        &mut self,
        reply_id: &str,
        parts: &mut usize,
        out: &mut Vec<Event>,
    ) -> Result<(), ApiError> {
        for call in &mut self.list {
            if call.part.is_some() {
                continue;
            }
            if call.name.is_empty() {
                return Err(nonsense("makes a tool call without a name"));
            }
            if call.id.is_empty() {
                call.id = made_id(reply_id, *parts);
            }
            call.open(parts, out);
        }
        let mut open: Vec<usize> = self.list.iter().filter_map(|call| call.part).collect();
        open.sort_unstable();
        out.extend(open.into_iter().map(|part| Event::Close { part }));
        Ok(())
    }
}

impl Assembly {
    fn identify(&mut self, id: String, name: &str) -> Result<(), ApiError> {
        // Some servers make a new id up for every piece; the first one counts.
        if self.id.is_empty() {
            self.id = id;
        }
        if name.is_empty() || name == self.name {
            return Ok(());
        }
        if self.part.is_some() {
            return Err(nonsense(format!("renames the tool call {:?} to {name:?}", self.name)));
        }
        self.name.push_str(name);
        if self.name.len() > NAME_BYTES_MAX {
            return Err(nonsense(format!("names a tool in over {NAME_BYTES_MAX} bytes")));
        }
        Ok(())
    }

    fn open(&mut self, parts: &mut usize, out: &mut Vec<Event>) {
        let part = *parts;
        *parts += 1;
        self.part = Some(part);
        let opening =
            Opening::Call { id: self.id.clone(), name: self.name.clone(), kind: self.kind };
        out.push(Event::Open { part, opening });
        let waited = std::mem::take(&mut self.pending);
        if !waited.is_empty() {
            out.push(Event::Delta { part, delta: Delta::Arguments(waited) });
        }
    }
}

/// An id for a call that came without one. It holds the end of the reply's id, since a conversation may not have the
/// same one twice.
fn made_id(reply_id: &str, part: usize) -> String {
    const KEPT_CHARS: usize = 24;
    let plain: Vec<char> = reply_id.chars().filter(char::is_ascii_alphanumeric).collect();
    let kept: String = plain.iter().skip(plain.len().saturating_sub(KEPT_CHARS)).collect();
    if kept.is_empty() { format!("call_{part}") } else { format!("call_{kept}_{part}") }
}

/// The upstream's stream makes no sense.
pub(super) fn nonsense(what: impl std::fmt::Display) -> ApiError {
    ApiError::new(ErrorKind::BadGateway, format!("the upstream {what}"))
}
