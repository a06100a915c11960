//! Reading a patch line by line, so that its hunks are known while the rest is still being written.

use super::hunk::{Action, Chunk, Hunk, Line, LineKind};
use super::marker::{Marker, chunk_header};

/// Where a patch stops being one, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the patch: expected {expected}, found {found}")]
pub struct SyntaxError {
    /// The line of the patch, from 1.
    pub line: usize,
    /// In words.
    pub expected: String,
    /// The line in quotes, cut where it is long, or words for the end.
    pub found: String,
}

/// The hunks of a whole patch.
///
/// # Errors
///
/// The first line that does not fit.
pub fn parse(patch: &str) -> Result<Vec<Hunk>, SyntaxError> {
    let mut parser = Parser::new();
    let mut hunks = parser.push(patch)?;
    hunks.extend(parser.finish()?);
    Ok(hunks)
}

/// Reads a patch in pieces of any size; the hunks do not depend on where it was cut.
///
/// It keeps the hunk being written and the piece of a line that has no end yet, nothing else.
#[derive(Debug, Default)]
pub struct Parser {
    /// The line that has no end yet.
    partial: String,
    /// Lines read.
    line: usize,
    state: State,
    open: Option<Hunk>,
    /// A padded marker inside a chunk, and blank lines after it: the next line tells whether it is one.
    held: Vec<String>,
    /// The first line, where it is not the beginning of a patch.
    first: Option<String>,
    finished: Vec<Hunk>,
    failed: Option<SyntaxError>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Prose, a shell's `<<'EOF'`, a fence: whatever stands before the patch.
    #[default]
    Before,
    /// After `*** Begin Patch`.
    Begun,
    /// A header is next.
    Between,
    /// In an added file; `blank`: after an empty line that has no `+`.
    Adding { blank: Option<usize> },
    /// In an updated file, in no chunk.
    Updating,
    /// In a chunk of it.
    InChunk,
    /// After `*** End Patch`.
    After,
}

const HEADER: &str =
    "`*** Add File: PATH`, `*** Delete File: PATH`, `*** Update File: PATH` or `*** End Patch`";
const CHUNK_LINE: &str =
    "a line that begins with ` ` (stays), `-` (goes) or `+` (comes), or a marker";

impl Parser {
    /// At the beginning of a patch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads on. Gives the hunks that are complete by now and were not given before.
    ///
    /// # Errors
    ///
    /// The first line that does not fit; from then on always that.
    pub fn push(&mut self, delta: &str) -> Result<Vec<Hunk>, SyntaxError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let mut rest = delta;
        while let Some((head, tail)) = rest.split_once('\n') {
            rest = tail;
            if self.partial.is_empty() {
                self.read(head)?;
            } else {
                let mut line = std::mem::take(&mut self.partial);
                line.push_str(head);
                self.read(&line)?;
            }
        }
        self.partial.push_str(rest);
        Ok(std::mem::take(&mut self.finished))
    }

    /// The hunk being written, as far as it is known.
    pub fn open(&self) -> Option<&Hunk> {
        self.open.as_ref()
    }

    /// The hunks not given yet.
    ///
    /// # Errors
    ///
    /// When the patch has no `*** End Patch`, or one of the lines left does not fit.
    pub fn finish(mut self) -> Result<Vec<Hunk>, SyntaxError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            self.read(&line)?;
        }
        if self.held.first().and_then(|held| Marker::of(held)) == Some(Marker::End) {
            self.close()?;
            self.state = State::After;
        }
        match self.state {
            State::After => Ok(self.finished),
            State::Before => {
                let found = self.first.as_deref().map_or_else(|| "nothing".to_owned(), quoted);
                Err(SyntaxError { line: 1, expected: "`*** Begin Patch`".to_owned(), found })
            }
            _ => Err(SyntaxError {
                line: self.line + 1,
                expected: "`*** End Patch`".to_owned(),
                found: "the end of the text: the patch is not complete".to_owned(),
            }),
        }
    }

    /// Takes one line, its `\n` and one `\r` before that taken off.
    fn read(&mut self, line: &str) -> Result<(), SyntaxError> {
        self.line += 1;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let read = match self.settle(line) {
            Ok(true) => Ok(()),
            Ok(false) => self.take(line),
            Err(error) => Err(error),
        };
        if let Err(error) = &read {
            self.failed = Some(error.clone());
        }
        read
    }

    fn take(&mut self, line: &str) -> Result<(), SyntaxError> {
        match self.state {
            State::Before => self.before(line),
            State::Begun => {
                self.state = State::Between;
                match Marker::of(line) {
                    Some(Marker::Environment("")) => Err(self.expected("an environment id", line)),
                    Some(Marker::Environment(_)) => Ok(()),
                    _ => self.between(line),
                }
            }
            State::Between => self.between(line),
            State::Adding { blank } => self.adding(line, blank),
            State::Updating => self.updating(line),
            State::InChunk => self.in_chunk(line),
            State::After => match Marker::of(line) {
                Some(_) => Err(self.expected("nothing more after `*** End Patch`", line)),
                None => Ok(()),
            },
        }
    }

    fn before(&mut self, line: &str) -> Result<(), SyntaxError> {
        match Marker::of(line) {
            Some(Marker::Begin) => self.state = State::Begun,
            // A hunk passed over in silence would be a change lost.
            Some(_) => return Err(self.expected("`*** Begin Patch`", line)),
            None if self.first.is_none() && !line.trim().is_empty() => {
                self.first = Some(line.to_owned());
            }
            None => {}
        }
        Ok(())
    }

    fn between(&mut self, line: &str) -> Result<(), SyntaxError> {
        self.close()?;
        let (path, action, next) = match Marker::of(line) {
            None if line.trim().is_empty() => return Ok(()),
            Some(Marker::End) => {
                self.state = State::After;
                return Ok(());
            }
            Some(Marker::Add(path)) => {
                (path, Action::Add { content: String::new() }, State::Adding { blank: None })
            }
            Some(Marker::Delete(path)) => (path, Action::Delete, State::Between),
            Some(Marker::Update(path)) => {
                (path, Action::Update { move_to: None, chunks: vec![] }, State::Updating)
            }
            _ => return Err(self.expected(HEADER, line)),
        };
        if path.is_empty() {
            return Err(self.expected("a path after the colon", line));
        }
        self.open = Some(Hunk { path: path.to_owned(), action, line: self.line });
        self.state = next;
        // Nothing can follow that belongs to it.
        if next == State::Between { self.close() } else { Ok(()) }
    }

    fn adding(&mut self, line: &str, blank: Option<usize>) -> Result<(), SyntaxError> {
        let Some(text) = line.strip_prefix('+') else {
            if line.trim().is_empty() {
                self.state = State::Adding { blank: Some(blank.unwrap_or(self.line)) };
                return Ok(());
            }
            return self.between(line);
        };
        if let Some(blank) = blank {
            let expected = "`+` at the beginning of each line of an added file, empty ones too";
            return Err(SyntaxError {
                line: blank,
                expected: expected.to_owned(),
                found: "an empty line".to_owned(),
            });
        }
        if let Some(Hunk { action: Action::Add { content }, .. }) = &mut self.open {
            content.push_str(text);
            content.push('\n');
        }
        Ok(())
    }

    fn updating(&mut self, line: &str) -> Result<(), SyntaxError> {
        let number = self.line;
        let Some(Hunk { action: Action::Update { move_to, chunks }, .. }) = &mut self.open else {
            return Ok(());
        };
        if let Some(context) = chunk_header(line) {
            let contexts = context.map(str::to_owned).into_iter().collect();
            chunks.push(Chunk { contexts, line: number, ..Chunk::default() });
            self.state = State::InChunk;
            return Ok(());
        }
        match Marker::of(line) {
            Some(Marker::MoveTo(path)) if chunks.is_empty() && move_to.is_none() => {
                if path.is_empty() {
                    return Err(self.expected("a path after the colon", line));
                }
                *move_to = Some(path.to_owned());
                Ok(())
            }
            Some(_) => self.between(line),
            None if line.trim().is_empty() => Ok(()),
            // The first chunk may do without its `@@`.
            None if chunks.is_empty() && line.starts_with([' ', '+', '-']) => {
                chunks.push(Chunk { line: number, ..Chunk::default() });
                self.state = State::InChunk;
                self.in_chunk(line)
            }
            None => Err(self.expected("`@@`, or `@@ ` and a line to go past", line)),
        }
    }

    fn in_chunk(&mut self, line: &str) -> Result<(), SyntaxError> {
        let marker = Marker::of(line);
        let begun = self.chunk().is_some_and(|chunk| !chunk.lines.is_empty());
        match line.chars().next() {
            None => self.add_line(LineKind::Context, ""),
            Some('+') => self.add_line(LineKind::Added, line.get(1..).unwrap_or_default()),
            Some('-') => self.add_line(LineKind::Removed, line.get(1..).unwrap_or_default()),
            Some(' ') => match marker {
                Some(Marker::End | Marker::Update(_) | Marker::Delete(_)) if begun => {
                    self.held.push(line.to_owned());
                }
                _ => self.add_line(LineKind::Context, line.get(1..).unwrap_or_default()),
            },
            // What `git diff` says of a last line without an end. That state is kept anyway.
            Some('\\') if line.starts_with("\\ No newline") && begun => {}
            Some('@') if chunk_header(line).is_some() => {
                if begun {
                    return self.updating(line);
                }
                // `@@ class A` and `@@ def b` below each other: past the one, then past the other.
                let context = chunk_header(line).flatten().map(str::to_owned);
                if let Some(chunk) = self.chunk() {
                    chunk.contexts.extend(context);
                }
            }
            Some(_) if !begun => return Err(self.expected(CHUNK_LINE, line)),
            Some(_) => match marker {
                Some(Marker::EndOfFile) => {
                    if let Some(chunk) = self.chunk() {
                        chunk.end_of_file = true;
                    }
                    self.state = State::Updating;
                }
                Some(_) => return self.between(line),
                None => return Err(self.expected(CHUNK_LINE, line)),
            },
        }
        Ok(())
    }

    /// Decides what the line held back is, now that `line` follows it. In a chunk a leading blank makes a context line,
    /// and files about patches have markers in them; so a padded marker counts as one only where what follows it could
    /// follow nothing else. `true`: `line` is held back as well.
    fn settle(&mut self, line: &str) -> Result<bool, SyntaxError> {
        let Some(held) = self.held.first() else { return Ok(false) };
        let trimmed = line.trim();
        let is_marker = match Marker::of(held) {
            Some(Marker::End) if trimmed.is_empty() => {
                self.held.push(line.to_owned());
                return Ok(true);
            }
            Some(Marker::End) => is_wrapping(trimmed),
            Some(Marker::Update(_)) => {
                chunk_header(line).is_some() || matches!(Marker::of(line), Some(Marker::MoveTo(_)))
            }
            _ => Marker::of(line).is_some(),
        };
        let held = std::mem::take(&mut self.held);
        if is_marker {
            let line = self.line;
            self.line -= held.len();
            let read = held.first().map_or(Ok(()), |marker| self.between(marker));
            self.line = line;
            read?;
        } else {
            for context in &held {
                self.add_line(LineKind::Context, context.get(1..).unwrap_or_default());
            }
        }
        Ok(false)
    }

    fn chunk(&mut self) -> Option<&mut Chunk> {
        match &mut self.open {
            Some(Hunk { action: Action::Update { chunks, .. }, .. }) => chunks.last_mut(),
            _ => None,
        }
    }

    fn add_line(&mut self, kind: LineKind, text: &str) {
        if let Some(chunk) = self.chunk() {
            chunk.lines.push(Line { kind, text: text.to_owned() });
        }
    }

    /// The open hunk is complete.
    fn close(&mut self) -> Result<(), SyntaxError> {
        let Some(hunk) = self.open.take() else { return Ok(()) };
        self.state = State::Between;
        match &hunk.action {
            Action::Update { move_to: None, chunks } if chunks.is_empty() => {
                return Err(SyntaxError {
                    line: hunk.line,
                    expected: format!("what to change in {}: `@@` and lines", hunk.path),
                    found: "no chunk".to_owned(),
                });
            }
            _ => {}
        }
        self.finished.push(hunk);
        Ok(())
    }

    fn expected(&self, expected: &str, found: &str) -> SyntaxError {
        SyntaxError { line: self.line, expected: expected.to_owned(), found: quoted(found) }
    }
}

/// What may stand around a patch: the end of a heredoc or a fence.
fn is_wrapping(line: &str) -> bool {
    line.starts_with("```") || (!line.is_empty() && line.chars().all(|c| c.is_ascii_uppercase()))
}

/// How much of a line is shown in a message.
const SHOWN_CHARACTERS: usize = 80;

fn quoted(line: &str) -> String {
    match line.char_indices().nth(SHOWN_CHARACTERS) {
        Some((cut, _)) => format!("`{}…`", line.get(..cut).unwrap_or(line)),
        None => format!("`{line}`"),
    }
}
