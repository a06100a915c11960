//! Replacing text that a model remembers not quite exactly: nine strategies behind guards.
//!
//! ```
//! use ironbridge_tools::edit::{Replace, Strategy, edit_text};
//! use ironbridge_tools::limits::EditLimits;
//!
//! let text = "fn main() {\r\n    greet( \"you\" );\r\n}\r\n";
//! let replace = Replace::new("greet(\"you\");", "greet(\"all\");");
//! assert!(edit_text(text, &replace, &EditLimits::default()).is_err());
//!
//! let replace = Replace::new("fn main() {\ngreet( \"you\" );\n}", "fn main() {\n}");
//! let edited = edit_text(text, &replace, &EditLimits::default())?;
//! assert_eq!(edited.strategy, Strategy::LineTrimmed);
//! assert_eq!(edited.content, "fn main() {\r\n}\r\n");
//! # Ok::<(), ironbridge_tools::edit::EditError>(())
//! ```
//!
//! [`edit_text`] unifies line ends, asks the [strategies](Strategy) in their order, judges what they find by
//! place, and splices `new` into the very bytes of the place. `docs/guide/edit.md` tells it with examples.
//!
//! Cost: linear in the text, but for comparing by similarity, which has a budget ([`EditLimits`]).

use crate::limits::EditLimits;
use crate::{Effect, Tool};

mod budget;
mod cascade;
mod distance;
mod error;
mod file;
mod file_error;
mod indent;
mod lines;
mod nearest;
mod omission;
mod search;
mod several;
mod splice;
mod strategies;
mod terminators;

pub use error::EditError;
pub use file::{EditInput, EditOutput, edit};
pub use file_error::EditFileError;
pub use nearest::Nearest;
pub use several::{EditedFile, MadeEdit, MultiEditInput, MultiEditOutput, PlannedEdit, multi_edit};
pub use splice::{Edited, Replacement, Span};
pub use strategies::Strategy;

use cascade::Miss;
use search::Search;
use terminators::Unified;

/// What to replace by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replace<'a> {
    /// The text to be replaced, as remembered. Its line ends need not be the text's.
    pub old: &'a str,
    /// What stands there afterwards, taken literally: no `$1`, no escapes. Its line ends become the text's, its
    /// indentation follows that of the place where the whole of `old` was found at another depth.
    pub new: &'a str,
    /// Every place instead of the only one.
    pub replace_all: bool,
    /// Take placeholders like `// ... existing code ...` in `new` literally.
    pub allow_omission: bool,
}

impl<'a> Replace<'a> {
    /// The only place of `old` by `new`.
    pub fn new(old: &'a str, new: &'a str) -> Self {
        Self { old, new, replace_all: false, allow_omission: false }
    }
}

/// Replaces `replace.old` in `content`.
///
/// Every byte outside [`Edited::replacements`] stays as it is, a byte-order mark too. Where `old` and `new` differ in
/// their line ends alone, `new`'s are written as they are.
///
/// # Errors
///
/// See [`EditError`]; none leaves anything half done.
pub fn edit_text(
    content: &str,
    replace: &Replace<'_>,
    limits: &EditLimits,
) -> Result<Edited, EditError> {
    if replace.old.is_empty() {
        return Err(EditError::EmptyOld);
    }
    if replace.old == replace.new {
        return Err(EditError::Identical);
    }
    if !replace.allow_omission {
        refuse_omission(replace)?;
    }
    let unified = Unified::new(content);
    let (old, new) = (unified.of_caller(replace.old), unified.of_caller(replace.new));
    if old.is_empty() {
        return Err(EditError::EmptyOld);
    }
    let search = Search::new(unified.text(), &old, replace.replace_all, limits);
    let hit = cascade::run(&search).map_err(|miss| explained(miss, &search, limits))?;
    let literal = (old == new).then_some(replace.new);
    let edited = splice::splice(&unified, &hit, &new, literal);
    if edited.content == content { Err(EditError::Identical) } else { Ok(edited) }
}

fn refuse_omission(replace: &Replace<'_>) -> Result<(), EditError> {
    match omission::placeholder(replace.old, replace.new) {
        None => Ok(()),
        Some((line, text)) => Err(EditError::Omission { line: count(line), text: text.to_owned() }),
    }
}

fn explained(miss: Miss, search: &Search<'_>, limits: &EditLimits) -> EditError {
    match miss {
        Miss::Nothing { exhausted } => {
            let nearest = nearest::nearest(search, limits).map(Box::new);
            EditError::NoMatch { nearest, exhausted }
        }
        Miss::Several { .. } if search.replace_all => {
            EditError::TooManyPlaces { places_max: limits.places }
        }
        Miss::Several { strategy, starts } => {
            let named = usize::try_from(limits.places_named).unwrap_or(usize::MAX);
            let line = |start: &usize| count(search.lines().line_at(*start) + 1);
            let lines = starts.iter().take(named).map(line).collect();
            EditError::SeveralMatches { strategy, count: count(starts.len()), lines }
        }
        Miss::Disproportionate { strategy, range } => {
            let (first, lines) = search.lines_of(&range);
            let (first_line, last_line) = (count(first + 1), count(first + lines));
            EditError::Disproportionate { strategy, first_line, last_line }
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The rows of the table.
pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::new("edit", Effect::Writes, edit),
        Tool::new("multi-edit", Effect::Writes, multi_edit),
    ]
}
