//! Calls that a model writes into its text, because it has no native ones or forgets them.
//!
//! | Form | From |
//! |---|---|
//! | `<read_file><path>a</path></read_file>` | the XML that the prompt asks for |
//! | `<function=read_file><parameter=path>a</parameter></function>` | Qwen3-Coder |
//! | `<function=read_file>{"path": "a"}</function>` | Llama |
//! | `<tool_call>{"name": "read_file", "arguments": {…}}</tool_call>`, or any of the above in it | Hermes, Qwen |
//! | `[TOOL_CALLS] [{"name": …, "arguments": {…}}]`, `[TOOL_CALLS]read_file{…}` | Mistral |
//! | ```` ```json ```` and an object or several, or one of the above | many |
//! | `{"name": …, "arguments": {…}}` alone | many |
//!
//! **Only an envelope that stands by itself is a call**: it begins a line that is not indented like an example or quoted
//! (`>`), it is whole, and its name is a tool's; only where the envelope can mean nothing else (`<tool_call>`,
//! `<function=`, `[TOOL_CALLS]`) an unknown name is passed on, to be answered with the nearest ones. So prose about tools
//! runs nothing.
//!
//! Text is given out as soon as it cannot become a call. Any cut of the text gives the same pieces in sum, since each
//! decision depends only on the text from the begin of an envelope to its end.

mod envelope;
mod json_call;
mod tags;

use crate::engine::ToolSpec;
use envelope::Found;

/// The longest envelope, in bytes; a longer one is text.
pub(crate) const ENVELOPE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A part of a reply's text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// Words.
    Text(String),
    /// Reasoning that was written into the text.
    Thinking(String),
    /// A call: the tool's name, and its arguments as JSON text.
    Call { name: String, arguments: String },
    /// What began as a call and never became one; for the model.
    Broken(String),
}

/// Reads a reply's text as it comes.
#[derive(Debug, Default)]
pub(crate) struct CallReader {
    /// What is not decided yet.
    pending: String,
    /// Within a line that is no envelope.
    within_line: bool,
    /// How much of `pending` was looked at when nothing could be decided.
    looked_at: usize,
}

impl CallReader {
    /// Takes more text and gives what is decided.
    pub(crate) fn push(&mut self, text: &str, tools: &[ToolSpec], out: &mut Vec<Piece>) {
        self.pending.push_str(text);
        self.read(tools, false, out);
    }

    /// The text has ended: gives the rest.
    pub(crate) fn end(&mut self, tools: &[ToolSpec], out: &mut Vec<Piece>) {
        self.looked_at = 0;
        self.read(tools, true, out);
        self.within_line = false;
    }

    fn read(&mut self, tools: &[ToolSpec], ended: bool, out: &mut Vec<Piece>) {
        while !self.pending.is_empty() {
            if self.within_line {
                self.give_line(out);
                continue;
            }
            if !ended && !self.may_be_whole() {
                return;
            }
            match envelope::at_begin(&self.pending, tools, ended) {
                Found::Undecided if self.pending.len() > ENVELOPE_BYTES_MAX => {
                    self.within_line = true;
                }
                Found::Undecided => {
                    self.looked_at = self.pending.len();
                    return;
                }
                Found::Text => self.within_line = true,
                Found::Block(length) => {
                    let text = self.take(length);
                    give_text(text, out);
                }
                Found::Pieces(length, pieces) => {
                    self.take(length);
                    out.extend(pieces);
                }
            }
        }
    }

    /// Whether so much has come since the last look that another one is worth its cost: looking again at a long envelope
    /// for every byte would cost its square. Calls run when a reply is whole, so nobody waits for the look.
    fn may_be_whole(&self) -> bool {
        const SHORT_BYTES: usize = 4096;
        let length = self.pending.len();
        length < SHORT_BYTES || length >= self.looked_at + self.looked_at / 4
    }

    fn take(&mut self, length: usize) -> String {
        self.looked_at = 0;
        let rest = self.pending.split_off(length.min(self.pending.len()));
        std::mem::replace(&mut self.pending, rest)
    }

    /// Gives the rest of the line, as far as it is there.
    fn give_line(&mut self, out: &mut Vec<Piece>) {
        let length = match self.pending.find('\n') {
            Some(end) => {
                self.within_line = false;
                end + 1
            }
            None => self.pending.len(),
        };
        let text = self.take(length);
        give_text(text, out);
    }
}

fn give_text(text: String, out: &mut Vec<Piece>) {
    match out.last_mut() {
        Some(Piece::Text(before)) => before.push_str(&text),
        _ => out.push(Piece::Text(text)),
    }
}

/// All pieces of a whole text.
#[cfg(test)]
pub(crate) fn read_all(text: &str, tools: &[ToolSpec]) -> Vec<Piece> {
    let (mut reader, mut out) = (CallReader::default(), Vec::new());
    reader.push(text, tools, &mut out);
    reader.end(tools, &mut out);
    out
}

#[cfg(test)]
mod tests;
