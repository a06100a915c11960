//! Reasoning in chat messages.
//!
//! OpenAI's own chat has none. Its imitators do, as one text beside the content (`reasoning_content` with DeepSeek and
//! most others, `reasoning` with Groq and OpenRouter, `reasoning_text` with Copilot), perhaps with a seal
//! (`reasoning_opaque`, Copilot), or as a list of pieces (`reasoning_details`, OpenRouter). One text cannot hold
//! several thinking blocks with a seal each; towards a client the seals then travel as a list that remembers how long
//! each block's text is, so that the blocks come back as they were.

use crate::part::{Body, Part};
use crate::pointer::Pointer;
use crate::seal::Seal;
use serde_json::{Map, Value};

/// The members that hold reasoning as text, the most usual first.
pub(super) const TEXT_KEYS: [&str; 3] = ["reasoning_content", "reasoning", "reasoning_text"];

/// Stands between the texts of two thinking blocks.
pub(super) const BETWEEN: &str = "\n\n";

const LIST_MARK: &str = "ironbridge:list:";

/// Notes what reasoning is written to a client as one text, for its `reasoning_opaque`.
#[derive(Debug, Default)]
pub(super) struct Seals {
    /// Bytes of text and packed seal of each block.
    blocks: Vec<(usize, Option<String>)>,
    text_bytes: usize,
}

impl Seals {
    /// A block begins.
    pub(super) fn open(&mut self) {
        self.blocks.push((0, None));
    }

    /// Its text grows. Gives what must be written before `text`: a blank line at the start of a later block.
    pub(super) fn grow(&mut self, text: &str) -> &'static str {
        let Some((bytes, _)) = self.blocks.last_mut() else { return "" };
        let before =
            if *bytes == 0 && self.text_bytes > 0 && !text.is_empty() { BETWEEN } else { "" };
        *bytes += text.len();
        self.text_bytes += text.len();
        before
    }

    /// It ends with a seal.
    pub(super) fn seal(&mut self, seal: &Seal) {
        let packed = match seal {
            Seal::Opaque(data) => data.clone(),
            Seal::Signature(_) | Seal::Redacted(_) | Seal::Encrypted { .. } => seal.pack(),
        };
        if let Some(block) = self.blocks.last_mut() {
            block.1 = Some(packed);
        }
    }

    /// The `reasoning_opaque` of the whole message; `None` where nothing was sealed.
    pub(super) fn opaque(&self) -> Option<String> {
        if self.blocks.iter().all(|(_, seal)| seal.is_none()) {
            return None;
        }
        match self.blocks.as_slice() {
            [(_, seal)] => seal.clone(),
            blocks => Some(format!("{LIST_MARK}{}", serde_json::json!(blocks))),
        }
    }
}

/// The reasoning of a message that a client sends back.
#[derive(Debug, Default)]
pub(super) struct Returned {
    /// The text, under any of [`TEXT_KEYS`].
    pub(super) text: String,
    /// `reasoning_opaque`.
    pub(super) opaque: Option<String>,
    /// `reasoning_details`.
    pub(super) details: Vec<Value>,
}

impl Returned {
    /// The thinking blocks as they were, and whether the seals still fit: they do not where the client has changed
    /// the text.
    pub(super) fn into_parts(self, at: &Pointer) -> (Vec<Part>, bool) {
        let blocks = blocks_of_details(&self.details);
        if !blocks.is_empty() {
            return (parts(blocks, at), true);
        }
        let Some(opaque) = self.opaque else {
            let block = (!self.text.is_empty()).then_some((self.text, None));
            return (parts(block.into_iter().collect(), at), true);
        };
        let Some(list) = opaque.strip_prefix(LIST_MARK) else {
            let seal = Seal::unpack(&opaque).unwrap_or(Seal::Opaque(opaque));
            return (parts(vec![(self.text, Some(seal))], at), true);
        };
        match split(&self.text, list) {
            Some(blocks) => (parts(blocks, at), true),
            None => (parts(vec![(self.text, None)], at), false),
        }
    }
}

type Block = (String, Option<Seal>);

fn parts(blocks: Vec<Block>, at: &Pointer) -> Vec<Part> {
    let part = |(text, seal)| Part::new(Body::Thinking { text, seal }, at.clone());
    blocks.into_iter().map(part).collect()
}

fn split(text: &str, list: &str) -> Option<Vec<Block>> {
    let blocks: Vec<(usize, Option<String>)> = serde_json::from_str(list).ok()?;
    let mut rest = text;
    let mut found = Vec::with_capacity(blocks.len());
    for (bytes, packed) in blocks {
        if bytes > 0 && rest.len() < text.len() {
            rest = rest.strip_prefix(BETWEEN)?;
        }
        let (block, more) = rest.split_at_checked(bytes)?;
        rest = more;
        let seal = packed.map(|packed| Seal::unpack(&packed).unwrap_or(Seal::Opaque(packed)));
        found.push((block.to_owned(), seal));
    }
    rest.is_empty().then_some(found)
}

/// The text of a piece of `reasoning_details`.
pub(super) fn detail_text(detail: &Value) -> &str {
    let text = detail.get("text").or_else(|| detail.get("summary"));
    text.and_then(Value::as_str).unwrap_or("")
}

/// The seal of a piece of `reasoning_details`: one of ours, or the piece itself without its text, so that
/// [`detail_of`] can give it back.
pub(super) fn detail_seal(detail: &Value) -> Option<Seal> {
    let token = ["signature", "data"].iter().find_map(|key| detail.get(key)?.as_str())?;
    if token.is_empty() {
        return None;
    }
    if let Some(seal) = Seal::unpack(token) {
        return Some(seal);
    }
    let mut kept = detail.as_object()?.clone();
    kept.shift_remove("text");
    kept.shift_remove("summary");
    Some(Seal::Opaque(Value::Object(kept).to_string()))
}

/// The piece of `reasoning_details` that an own seal came from, with its text again; `None` for a seal of another kind.
pub(super) fn detail_of(opaque: &str, text: &str) -> Option<Value> {
    let mut detail: Map<String, Value> = serde_json::from_str(opaque).ok()?;
    let kind = detail.get("type")?.as_str()?;
    if !kind.starts_with("reasoning.") {
        return None;
    }
    let key = if kind == "reasoning.summary" { "summary" } else { "text" };
    if !text.is_empty() {
        detail.insert(key.to_owned(), text.into());
    }
    Some(Value::Object(detail))
}

/// Pieces that follow one another make one block, which a seal ends.
fn blocks_of_details(details: &[Value]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for detail in details {
        let (text, seal) = (detail_text(detail), detail_seal(detail));
        if text.is_empty() && seal.is_none() {
            continue;
        }
        match blocks.last_mut() {
            Some(open) if open.1.is_none() => {
                open.0.push_str(text);
                open.1 = seal;
            }
            _ => blocks.push((text.to_owned(), seal)),
        }
    }
    blocks
}
