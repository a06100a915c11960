//! Applying chunks to a text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::equal::Pass;
use super::hunk::{Chunk, Line, LineKind};
use super::lines::FileLines;
use super::miss::{Miss, Why, nearest};
use super::seek::{Exhausted, Seeker};
use crate::limits::PatchLimits;
use crate::{Control, Stopped};

/// A text with all chunks applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The new text.
    pub text: String,
    /// Where each chunk ended up, in the order of the patch.
    pub placed: Vec<Placed>,
}

/// Where a chunk ended up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Placed {
    /// Its first line in the new text, from 1.
    pub start: usize,
    /// How many lines it has there, lines that stay included; 0: it only took lines away, before `start`.
    pub lines: usize,
    /// How exactly its lines were found.
    pub found: Pass,
}

/// Why chunks were not applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Chunks whose lines were not found: every one of them.
    #[error("{}", messages(.0))]
    Missed(Vec<Miss>),
    /// The call was stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Finding the lines would take too long.
    #[error(
        "comparing lines came to the limit of {limit} (patch.comparisons); split the patch, or copy the lines exactly"
    )]
    TooMuchWork {
        /// Comparisons of lines.
        limit: u64,
    },
}

/// Applies `chunks` to `text` in their order: each is sought after the one before.
///
/// Lines that stay keep every byte, their terminators included, also where the patch has them slightly otherwise. A new
/// line in the place of an old one ends as that did, any other as most lines of the text do. Whether the last line has
/// an end does not change.
///
/// # Errors
///
/// When lines are not found, the call is stopped, or it takes more than `patch.comparisons`.
pub fn apply(
    text: &str,
    chunks: &[Chunk],
    limits: &PatchLimits,
    control: &Control,
) -> Result<Applied, Refusal> {
    let file = FileLines::of(text);
    let placements =
        place_all(&file, chunks, limits, control).map_err(|refusal| match refusal {
            Ended::Missed(misses) => Refusal::Missed(misses),
            Ended::Exhausted(Exhausted::Stopped(stopped)) => Refusal::Stopped(stopped),
            Ended::Exhausted(Exhausted::Budget) => {
                Refusal::TooMuchWork { limit: limits.comparisons }
            }
        })?;
    Ok(splice(text, &file, &placements))
}

enum Ended {
    Missed(Vec<Miss>),
    Exhausted(Exhausted),
}

impl From<Exhausted> for Ended {
    fn from(exhausted: Exhausted) -> Self {
        Self::Exhausted(exhausted)
    }
}

/// A chunk and where its lines begin in the file.
struct Placement<'p> {
    /// From 0.
    start: usize,
    lines: Vec<&'p Line>,
    found: Pass,
}

impl Placement<'_> {
    fn end(&self) -> usize {
        self.start + self.lines.iter().filter(|line| line.kind != LineKind::Added).count()
    }
}

fn place_all<'p>(
    file: &FileLines<'_>,
    chunks: &'p [Chunk],
    limits: &PatchLimits,
    control: &Control,
) -> Result<Vec<Placement<'p>>, Ended> {
    let mut seeker = Seeker::new(file, limits.comparisons, control);
    let mut placements = Vec::with_capacity(chunks.len());
    let mut misses = Vec::new();
    let mut cursor = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        control.check().map_err(Exhausted::from)?;
        match place(&mut seeker, file, chunk, cursor)? {
            Ok((placement, next)) => {
                cursor = next;
                placements.push(placement);
            }
            // The others are tried as well, so that all that is wrong is said at once.
            Err((why, sought)) => {
                let nearest = nearest(file, &sought);
                let line = chunk.line;
                misses.push(Miss {
                    chunk: index + 1,
                    line,
                    from: cursor + 1,
                    why,
                    sought,
                    nearest,
                });
            }
        }
    }
    if misses.is_empty() { Ok(placements) } else { Err(Ended::Missed(misses)) }
}

/// The placement and where the next chunk is sought from, or why not, and which lines were sought.
type Outcome<'p> = Result<(Placement<'p>, usize), (Why, Vec<String>)>;

fn place<'p>(
    seeker: &mut Seeker<'_, '_>,
    file: &FileLines<'_>,
    chunk: &'p Chunk,
    cursor: usize,
) -> Result<Outcome<'p>, Exhausted> {
    let mut from = cursor;
    for context in &chunk.contexts {
        match seeker.first(&[context], from)? {
            Some((found, _)) => from = found + 1,
            None => return Ok(Err((Why::NoContext, vec![context.clone()]))),
        }
    }
    let mut lines: Vec<&Line> = chunk.lines.iter().collect();
    if chunk.old().next().is_none() {
        // Nothing says where, but for the line behind `@@`: after that, else at the end.
        let behind_context = !chunk.contexts.is_empty() && !chunk.end_of_file;
        let start = if behind_context { from } else { file.len() };
        let next = if behind_context { from } else { cursor };
        return Ok(Ok((Placement { start, lines, found: Pass::Exact }, next)));
    }
    let mut wanted: Vec<&str> = chunk.old().collect();
    let mut found = locate(seeker, file, chunk, &wanted, from)?;
    if found.is_none() && wanted.len() > 1 && wanted.last() == Some(&"") {
        // The blank line before the next header is not always meant.
        let last = lines.iter().rposition(|line| line.kind != LineKind::Added);
        let shorter = wanted.get(..wanted.len() - 1).unwrap_or_default();
        if let (Some(place), Some(last)) = (locate(seeker, file, chunk, shorter, from)?, last) {
            found = Some(place);
            lines.remove(last);
            wanted.pop();
        }
    }
    let Some((start, found)) = found else {
        let why = why_missed(seeker, file, chunk, &wanted, from)?;
        return Ok(Err((why, wanted.into_iter().map(str::to_owned).collect())));
    };
    Ok(Ok((Placement { start, lines, found }, start + wanted.len())))
}

fn locate(
    seeker: &mut Seeker<'_, '_>,
    file: &FileLines<'_>,
    chunk: &Chunk,
    wanted: &[&str],
    from: usize,
) -> Result<Option<(usize, Pass)>, Exhausted> {
    if chunk.end_of_file {
        // Before `from` it would overlap the chunk before it.
        let start = file.len().checked_sub(wanted.len()).filter(|start| *start >= from);
        let Some(start) = start else { return Ok(None) };
        return Ok(seeker.at(wanted, start)?.map(|pass| (start, pass)));
    }
    if let Some(found) = seeker.first(wanted, from)? {
        return Ok(Some(found));
    }
    // The line behind `@@` is often written again as the first line of the chunk.
    match from.checked_sub(1).filter(|_| !chunk.contexts.is_empty()) {
        Some(context) => Ok(seeker.at(wanted, context)?.map(|pass| (context, pass))),
        None => Ok(None),
    }
}

fn why_missed(
    seeker: &mut Seeker<'_, '_>,
    file: &FileLines<'_>,
    chunk: &Chunk,
    wanted: &[&str],
    from: usize,
) -> Result<Why, Exhausted> {
    if chunk.end_of_file {
        let at_end = match file.len().checked_sub(wanted.len()) {
            Some(start) => seeker.at(wanted, start)?.map(|_| start),
            None => None,
        };
        if let Some(start) = at_end {
            return Ok(Why::Earlier { line: start + 1 });
        }
        if let Some((found, _)) = seeker.first(wanted, from)? {
            return Ok(Why::NotLast { line: found + 1, lines: file.len() });
        }
    }
    Ok(match seeker.first(wanted, 0)? {
        Some((found, _)) if found < from => Why::Earlier { line: found + 1 },
        _ => Why::NoLines,
    })
}

fn splice(text: &str, file: &FileLines<'_>, placements: &[Placement<'_>]) -> Applied {
    let mut order: Vec<(usize, &Placement<'_>)> = placements.iter().enumerate().collect();
    // Additions at the end may come first in the patch. Equal places keep the order of the patch.
    order.sort_by_key(|(_, placement)| placement.start);
    let mut new = NewText::new(text.len(), file);
    let mut placed = vec![Placed { start: 0, lines: 0, found: Pass::Exact }; placements.len()];
    let mut cursor = 0;
    for (index, placement) in order {
        new.keep(cursor..placement.start);
        let start = new.lines;
        new.chunk(placement);
        cursor = placement.end();
        if let Some(slot) = placed.get_mut(index) {
            *slot = Placed { start: start + 1, lines: new.lines - start, found: placement.found };
        }
    }
    new.keep(cursor..file.len());
    Applied { text: new.finish(), placed }
}

/// The new text as it grows.
struct NewText<'f, 't> {
    file: &'f FileLines<'t>,
    text: String,
    /// How many lines it has.
    lines: usize,
    /// What ends its last line.
    terminator: &'t str,
}

impl<'f, 't> NewText<'f, 't> {
    fn new(capacity: usize, file: &'f FileLines<'t>) -> Self {
        Self { file, text: String::with_capacity(capacity), lines: 0, terminator: "\n" }
    }

    fn keep(&mut self, lines: std::ops::Range<usize>) {
        for index in lines {
            let (content, terminator) = self.file.get(index);
            self.push(content, terminator);
        }
    }

    fn chunk(&mut self, placement: &Placement<'_>) {
        let mut at = placement.start;
        let is_context = |line: &&Line| line.kind == LineKind::Context;
        for run in placement.lines.chunk_by(|a, b| is_context(a) == is_context(b)) {
            if run.first().is_some_and(is_context) {
                self.keep(at..at + run.len());
                at += run.len();
                continue;
            }
            let removed = run.iter().filter(|line| line.kind == LineKind::Removed).count();
            let mut terminators = (at..at + removed).map(|index| self.file.get(index).1);
            at += removed;
            for line in run.iter().filter(|line| line.kind == LineKind::Added) {
                let terminator = terminators.next().unwrap_or_default();
                let chosen = if terminator.is_empty() { self.file.terminator } else { terminator };
                self.push(&line.text, chosen);
            }
        }
    }

    fn push(&mut self, content: &str, terminator: &'t str) {
        // What was the last line of the file is not the last any more.
        if self.lines > 0 && self.terminator.is_empty() {
            self.text.push_str(self.file.terminator);
        }
        self.text.push_str(content);
        self.text.push_str(terminator);
        self.terminator = terminator;
        self.lines += 1;
    }

    fn finish(mut self) -> String {
        if self.lines > 0 && !self.terminator.is_empty() && !self.file.ends_in_terminator() {
            self.text.truncate(self.text.len() - self.terminator.len());
        }
        self.text
    }
}

fn messages(misses: &[Miss]) -> String {
    misses.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
