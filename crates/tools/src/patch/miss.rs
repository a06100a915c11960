//! What is said of lines that were not found: which, why, and what comes nearest.

use std::collections::HashMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::equal::Pass;
use super::lines::FileLines;

/// A chunk whose lines were not found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Miss {
    /// Which chunk of its hunk, from 1.
    pub chunk: usize,
    /// Where it begins in the patch, from 1.
    pub line: usize,
    /// From which line of the file on it was sought, from 1.
    pub from: usize,
    /// Why it was not applied.
    pub why: Why,
    /// The lines that were sought.
    pub sought: Vec<String>,
    /// The place in the file that has most of them.
    pub nearest: Option<Nearest>,
}

/// Why lines were not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "reason")]
pub enum Why {
    /// The line behind `@@` does not stand in the file, from there on.
    NoContext,
    /// The lines do not stand there together.
    NoLines,
    /// They stand before the end of the chunk before, or of its context: chunks come in the order of the file.
    Earlier {
        /// Where, from 1.
        line: usize,
    },
    /// They stand there, but not at the end of the file, as `*** End of File` says.
    NotLast {
        /// Where, from 1.
        line: usize,
        /// How many lines the file has.
        lines: usize,
    },
}

/// The place in a file that is most like the lines sought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Nearest {
    /// Its first line, from 1.
    pub line: usize,
    /// How many of the lines are the same there.
    pub equal: usize,
    /// The first line that is not.
    pub differs: Option<Differs>,
}

/// Two lines that should be the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Differs {
    /// The line of the file, from 1.
    pub line: usize,
    /// The first character that differs, from 1.
    pub column: usize,
    /// As the patch has it.
    pub sought: String,
    /// As the file has it; `None`: the file ends before.
    pub found: Option<String>,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chunk, line, from, .. } = self;
        write!(f, "chunk {chunk} (line {line} of the patch): ")?;
        let lines = match self.sought.as_slice() {
            [one] => quoted(one),
            lines => {
                let first = lines.iter().find(|line| !line.trim().is_empty());
                format!("the {} lines from {}", lines.len(), quoted(first.map_or("", |line| line)))
            }
        };
        let what = if self.why == Why::NoContext { "the line behind `@@`, " } else { "" };
        match self.why {
            Why::NoContext | Why::NoLines => {
                write!(f, "{what}{lines}, not found from line {from} of the file on")?;
            }
            Why::Earlier { line } => write!(
                f,
                "{lines}, found only at line {line} of the file, where the chunk before has been already; order the \
                 chunks as the file has them, and join those that overlap"
            )?,
            Why::NotLast { line, lines: last } => write!(
                f,
                "{lines}, found at line {line} of the file, not at its end (line {last}); leave out `*** End of File`"
            )?,
        }
        match (&self.nearest, self.why) {
            (Some(nearest), Why::NoContext | Why::NoLines) => {
                write!(f, "; nearest: {}", nearest.in_words(self.sought.len()))
            }
            _ => Ok(()),
        }
    }
}

impl Nearest {
    fn in_words(&self, of: usize) -> String {
        let place = format!("line {} ({} of {of} lines the same)", self.line, self.equal);
        match &self.differs {
            None => place,
            Some(Differs { line, column, sought, found: Some(found) }) => format!(
                "{place}; line {line} differs at column {column}: the patch has {}, the file {}",
                quoted(sought),
                quoted(found)
            ),
            Some(Differs { sought, found: None, .. }) => {
                format!("{place}; the file ends before {}", quoted(sought))
            }
        }
    }
}

/// How often a line may repeat among those sought and still tell where they are.
const REPEATS_MAX: usize = 8;

/// The place where most of `sought` stand in their order; where none of them does, the line most like the first.
pub(super) fn nearest(file: &FileLines<'_>, sought: &[String]) -> Option<Nearest> {
    let mut offsets: HashMap<&str, Vec<usize>> = HashMap::new();
    for (offset, line) in sought.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let offsets = offsets.entry(line.trim()).or_default();
        if offsets.len() < REPEATS_MAX {
            offsets.push(offset);
        }
    }
    let mut votes: HashMap<usize, usize> = HashMap::new();
    for index in 0..file.len() {
        for offset in offsets.get(file.content(index).trim()).into_iter().flatten() {
            if let Some(start) = index.checked_sub(*offset) {
                *votes.entry(start).or_default() += 1;
            }
        }
    }
    let best = votes.into_iter().max_by_key(|(start, votes)| (*votes, std::cmp::Reverse(*start)));
    let start = match best {
        Some((start, _)) => start,
        None => most_alike(file, sought)?,
    };
    let same = |offset: &usize| {
        start + offset < file.len()
            && sought
                .get(*offset)
                .is_some_and(|line| Pass::Typography.equal(file.content(start + offset), line))
    };
    let equal = (0..sought.len()).filter(same).count();
    let differs = (0..sought.len()).find(|offset| !same(offset)).and_then(|offset| {
        let line = start + offset;
        let found = (line < file.len()).then(|| file.content(line).to_owned());
        let sought = sought.get(offset)?.clone();
        let column = first_difference(&sought, found.as_deref().unwrap_or_default());
        Some(Differs { line: line + 1, column, sought, found })
    });
    Some(Nearest { line: start + 1, equal, differs })
}

/// Where the first line that says something would stand, going by its beginning and its end: of a line half of which
/// is the same, no more is known, and the work stays one look at each line.
fn most_alike(file: &FileLines<'_>, sought: &[String]) -> Option<usize> {
    let (offset, wanted) = sought.iter().enumerate().find(|(_, line)| !line.trim().is_empty())?;
    let wanted = wanted.trim();
    let mut best: Option<(usize, usize, usize)> = None;
    for index in 0..file.len() {
        let line = file.content(index).trim();
        let longest = wanted.len().max(line.len());
        let shared = shared_ends(wanted, line);
        let better = best.is_none_or(|(_, most, of)| shared * of > most * longest);
        if shared * 2 >= longest && better && index >= offset {
            best = Some((index, shared, longest));
        }
    }
    best.map(|(index, ..)| index - offset)
}

/// Bytes at the beginning and at the end that two lines share.
fn shared_ends(left: &str, right: &str) -> usize {
    let shorter = left.len().min(right.len());
    let pairs = || left.bytes().zip(right.bytes());
    let front = pairs().take_while(|(a, b)| a == b).count();
    let back = left.bytes().rev().zip(right.bytes().rev()).take_while(|(a, b)| a == b).count();
    front + back.min(shorter - front)
}

fn first_difference(left: &str, right: &str) -> usize {
    left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count() + 1
}

/// How much of a line is shown in a message.
const SHOWN_CHARACTERS: usize = 80;

fn quoted(line: &str) -> String {
    match line.char_indices().nth(SHOWN_CHARACTERS) {
        Some((cut, _)) => format!("`{}…`", line.get(..cut).unwrap_or(line)),
        None => format!("`{line}`"),
    }
}
