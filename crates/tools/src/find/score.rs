//! How well a path fits a query.
//!
//! Thousandths: 1000 is a match without gaps at the start of a word anywhere in the path. A match within the name is
//! worth more than one in the folders, the more the nearer it comes to the whole name. What the score may reach at most
//! is known from the letters alone, so that most candidates are never compared; and a match without gaps at the start
//! of a word needs no alignment, which is what costs (about 100 ns a path; a look for the word about 20 ns).

use neo_frizbee::Matcher;

use super::arena::Item;
use super::letters::Letters;
use super::query::{Part, Query};

/// A match without gaps at the start of a word.
pub(super) const WHOLE: u32 = 1000;
/// On top, in thousandths of the match: it lies within the name.
const IN_NAME: u32 = 100;
/// On top: a whole match at the start of a word of the name, …
const NAME_WORD: u32 = 200;
/// … of the name itself, …
const NAME_START: u32 = 250;
/// … being the name but for its extension, …
const STEM: u32 = 350;
/// … the name, …
const NAME: u32 = 400;
/// … the path.
const PATH: u32 = 500;
/// What is worth less with typos than this is no match.
const TYPOS_MIN: u32 = 550;
/// Once something fits this well, typos are not looked for.
pub(super) const GOOD: u32 = 800;

/// A name that begins with the query has at least this, and no other match has as much.
pub(super) const BEGINNING: u32 = WHOLE + NAME_START;

/// Compares paths with one query; one for each thread.
pub(super) struct Scorer<'q> {
    parts: Vec<PartScorer<'q>>,
}

struct PartScorer<'q> {
    part: &'q Part,
    matcher: Matcher,
    /// How many are forgiven this time.
    typos: u32,
    /// The folder looked at last and whether it has the part; neighbours in the index mostly share theirs.
    folder: (String, Option<usize>),
}

/// Where a part was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Without gaps, from this byte of the path on.
    At(usize),
    /// With gaps, in the name alone.
    Name,
    /// With gaps, in the path.
    Path,
}

impl<'q> Scorer<'q> {
    /// `typos`: those of the query are forgiven.
    pub(super) fn new(query: &'q Query, typos: bool) -> Self {
        let parts = query.parts.iter().map(|part| PartScorer {
            part,
            matcher: part.matcher(typos),
            typos: if typos { part.typos.into() } else { 0 },
            folder: (String::new(), None),
        });
        Self { parts: parts.collect() }
    }

    /// Whether all of the query can lie within a name with these letters. Where it cannot, [`WHOLE`] is the most.
    pub(super) fn can_lie_in_name(&self, name: Letters) -> bool {
        self.parts
            .iter()
            .all(|scorer| scorer.part.has_slash || name.lacks(scorer.part.letters) <= scorer.typos)
    }

    /// What `item` can reach at most, known without comparing.
    pub(super) fn bound(&self, item: &Item<'_>) -> u32 {
        self.mean(self.parts.iter().map(|scorer| scorer.part.bound(item, scorer.typos)).sum())
    }

    /// What `item` reaches; `None`: it does not fit.
    pub(super) fn score(&mut self, item: &Item<'_>) -> Option<u32> {
        let mut sum = 0;
        for scorer in &mut self.parts {
            let (score, _) = scorer.score(item)?;
            if scorer.typos > 0 && score < TYPOS_MIN {
                return None;
            }
            sum += score;
        }
        Some(self.mean(sum))
    }

    /// The bytes of `item` that matched, in order.
    pub(super) fn matched(&mut self, item: &Item<'_>) -> Vec<usize> {
        let mut bytes = Vec::new();
        for scorer in &mut self.parts {
            let (start, text) = match scorer.score(item) {
                None => continue,
                Some((_, Place::At(start))) => {
                    bytes.extend(start..start + scorer.part.text.len());
                    continue;
                }
                Some((_, Place::Name)) => (item.name_start, item.name()),
                Some((_, Place::Path)) => (0, item.text),
            };
            let indices = scorer.matcher.match_one_indices(text, 0);
            bytes.extend(indices.into_iter().flat_map(|found| found.indices).map(|index| {
                // The index is one of `text`.
                start + usize::try_from(index).unwrap_or(usize::MAX)
            }));
        }
        bytes.sort_unstable();
        bytes.dedup();
        bytes
    }

    fn mean(&self, sum: u32) -> u32 {
        sum / u32::try_from(self.parts.len().max(1)).unwrap_or(1)
    }
}

impl Part {
    /// What `item` can reach at most.
    fn bound(&self, item: &Item<'_>, typos: u32) -> u32 {
        let same_length = |length: usize| length == self.text.len();
        let path = if same_length(item.text.len()) { WHOLE + PATH } else { 0 };
        let path = path.max(self.share_lacking(item.letters.lacks(self.letters)));
        let lacking = item.name_letters.lacks(self.letters);
        if self.has_slash || lacking > typos {
            return path;
        }
        let name = item.name().as_bytes();
        let first = |bytes: &[u8]| bytes.first().map(u8::to_ascii_lowercase);
        let name = if lacking > 0 {
            with(self.share_lacking(lacking), IN_NAME)
        } else if same_length(name.len()) {
            WHOLE + NAME
        } else if first(name) == first(self.text.as_bytes()) {
            WHOLE + STEM
        } else {
            WHOLE + NAME_WORD
        };
        path.max(name)
    }

    /// Where it stands in `text` without gaps at the start of a word.
    fn whole(&self, text: &str) -> Option<usize> {
        let (text, wanted) = (text.as_bytes(), self.text.as_bytes());
        let first = *wanted.first()?;
        let last_start = text.len().checked_sub(wanted.len())?;
        let starts = text.get(..=last_start)?;
        let is_here = |at: usize| {
            is_word_start(text, at)
                && text.get(at..at + wanted.len()).is_some_and(|here| {
                    if self.cased { here == wanted } else { here.eq_ignore_ascii_case(wanted) }
                })
        };
        if self.cased {
            memchr::memchr_iter(first, starts).find(|&at| is_here(at))
        } else {
            let capital = first.to_ascii_uppercase();
            memchr::memchr2_iter(first, capital, starts).find(|&at| is_here(at))
        }
    }
}

impl PartScorer<'_> {
    fn score(&mut self, item: &Item<'_>) -> Option<(u32, Place)> {
        let part = self.part;
        if part.has_slash {
            return match part.whole(item.text) {
                Some(0) if item.text.len() == part.text.len() => Some((WHOLE + PATH, Place::At(0))),
                Some(at) => Some((WHOLE, Place::At(at))),
                None => self.aligned(item.text).map(|score| (score, Place::Path)),
            };
        }
        let name_can = item.name_letters.lacks(part.letters) <= self.typos;
        if name_can && let Some(at) = part.whole(item.name()) {
            return Some((WHOLE + part.name_bonus(item, at), Place::At(item.name_start + at)));
        }
        let in_name = if name_can { self.aligned(item.name()) } else { None };
        let in_name = in_name.map(|score| (with(score, IN_NAME), Place::Name));
        if in_name.is_some_and(|(score, _)| score >= WHOLE) {
            return in_name;
        }
        if let Some(at) = self.whole_in_folder(item) {
            return Some((WHOLE, Place::At(at)));
        }
        let in_path = self.aligned(item.text).map(|score| (score, Place::Path));
        // Of two that are worth the same, the name: the first argument wins only when it is greater.
        match (in_path, in_name) {
            (Some(path), Some(name)) => Some(if path.0 > name.0 { path } else { name }),
            (path, name) => path.or(name),
        }
    }

    fn aligned(&mut self, text: &str) -> Option<u32> {
        let found = self.matcher.match_one(text, 0)?;
        // No points: a haystack so long that the matcher gave up, or one that only seemed to fit.
        (found.score > 0).then(|| self.part.share(found.score.into()))
    }

    fn whole_in_folder(&mut self, item: &Item<'_>) -> Option<usize> {
        let folder = item.text.get(..item.name_start).filter(|folder| !folder.is_empty())?;
        if self.folder.0 != folder {
            self.folder.0.clear();
            self.folder.0.push_str(folder);
            self.folder.1 = self.part.whole(folder);
        }
        self.folder.1
    }
}

impl Part {
    /// For a whole match at `at` of the name.
    fn name_bonus(&self, item: &Item<'_>, at: usize) -> u32 {
        let name = item.name();
        let rest = name.get(at + self.text.len()..).unwrap_or_default();
        match (at, rest.bytes().next()) {
            (0, None) if item.name_start == 0 => PATH,
            (0, None) => NAME,
            (0, Some(b'.')) => STEM,
            (0, Some(_)) => NAME_START,
            _ => NAME_WORD,
        }
    }
}

/// `score` and so many thousandths of it.
fn with(score: u32, thousandths: u32) -> u32 {
    score + score * thousandths / 1000
}

/// The first letter after what is no letter or digit, or a capital after a small letter.
fn is_word_start(text: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| text.get(before)) else { return true };
    let here = text.get(at).copied().unwrap_or_default();
    (before.is_ascii() && !before.is_ascii_alphanumeric())
        || (before.is_ascii_lowercase() && here.is_ascii_uppercase())
}
