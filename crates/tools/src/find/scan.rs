//! One query over one arena.
//!
//! A name that begins with the query is worth more than any other match, so those are looked for first, by four bytes of
//! each; where they are as many as are wanted, that is all. Otherwise three passes, each over what the one before left:
//! the letters (1 ns a path), the bound of the score (a few ns), the comparison. Only where nothing fits well without
//! typos is all this done again with them.

use std::sync::Mutex;

use super::arena::{Arena, Item};
use super::letters::{Beginning, Letters};
use super::narrow::{Left, Narrowing};
use super::query::Query;
use super::score::{BEGINNING, GOOD, Scorer, WHOLE};
use super::top::{Ranked, Top};
use crate::{Control, Stopped};

/// Entries between two looks at the caller's [`Control`].
const CHECK_EVERY: usize = 1024;
/// From so many candidates on several threads share the work. One is started in about 30 us, in which one thread
/// compares some thousand paths that the bound did not sort out.
const PARALLEL_MIN: usize = 100_000;
/// More threads than this gain nothing: the letters are read as fast as memory gives them.
const THREADS_MAX: usize = 8;

/// The best `limit` of `arena`, best first.
pub(super) fn search<'a>(
    arena: &'a Arena,
    query: &Query,
    limit: usize,
    narrowing: &Mutex<Narrowing>,
    control: &Control,
) -> Result<Vec<Ranked<'a>>, Stopped> {
    control.check()?;
    if limit == 0 {
        return Ok(Vec::new());
    }
    if query.is_empty() {
        let ranked = |(id, item): (u32, Item<'a>)| Ranked { score: 0, text: item.text, id };
        return Ok(arena.items().take(limit).map(ranked).collect());
    }
    let scan = Scan { arena, query, limit, typos: false, control };
    // Who searches at the same time as another does without, rather than wait.
    let mut alone = Narrowing::default();
    let mut shared = narrowing.try_lock();
    let narrowing = shared.as_deref_mut().unwrap_or(&mut alone);
    if let [part] = query.parts.as_slice()
        && !part.has_slash
    {
        let beginning = Beginning::of(&part.text);
        let (top, left) = match narrowing.candidates(query, Left::Beginning) {
            Some(ids) => scan.beginning_among(ids, beginning)?,
            None => scan.beginning_among_all(beginning)?,
        };
        narrowing.keep(query, Left::Beginning, left);
        // Whatever else there is would be worth less than the worst of them.
        if !top.has_room(BEGINNING - 1, 0) {
            return Ok(top.into_sorted());
        }
    }
    let (top, left) = match narrowing.candidates(query, Left::Letters) {
        Some(ids) => scan.among(ids)?,
        None => scan.among_all()?,
    };
    narrowing.keep(query, Left::Letters, left);
    let found = top.into_sorted();
    let fits_well = found.first().is_some_and(|best| best.score >= GOOD);
    if fits_well || query.typos() == 0 {
        return Ok(found);
    }
    // Not narrowed: what a shorter query left over has its letters, and a typo may be one that is missing.
    let (top, _) = Scan { typos: true, ..scan }.among_all()?;
    Ok(top.into_sorted())
}

#[derive(Clone, Copy)]
struct Scan<'a, 'q> {
    arena: &'a Arena,
    query: &'q Query,
    limit: usize,
    typos: bool,
    control: &'q Control,
}

/// The best, and all that were candidates.
type Outcome<'a> = Result<(Top<'a>, Vec<u32>), Stopped>;

impl<'a> Scan<'a, '_> {
    fn among_all(&self) -> Outcome<'a> {
        let letters = self.arena.letters();
        self.shared(letters.len(), |range| {
            let first = range.start;
            let among = letters.get(range).unwrap_or_default().iter().zip(first..);
            let among = among.filter(|(letters, _)| self.has_letters(**letters));
            // There are no more ids than fit, see `Arena::push`.
            among.map(|(_, id)| u32::try_from(id).unwrap_or(u32::MAX))
        })
    }

    fn among(&self, ids: &[u32]) -> Outcome<'a> {
        let letters = self.arena.letters();
        self.shared(ids.len(), |range| {
            let ids = ids.get(range).unwrap_or_default().iter().copied();
            ids.filter(|&id| letters.get(id as usize).is_some_and(|&set| self.has_letters(set)))
        })
    }

    fn beginning_among_all(&self, beginning: Beginning) -> Outcome<'a> {
        let heads = self.arena.heads();
        self.shared(heads.len(), |range| {
            let first = range.start;
            let among = heads.get(range).unwrap_or_default().iter().zip(first..);
            let among = among.filter(move |(head, _)| head.begins(beginning));
            among.map(|(_, id)| u32::try_from(id).unwrap_or(u32::MAX))
        })
    }

    fn beginning_among(&self, ids: &[u32], beginning: Beginning) -> Outcome<'a> {
        let heads = self.arena.heads();
        self.shared(ids.len(), |range| {
            let ids = ids.get(range).unwrap_or_default().iter().copied();
            ids.filter(move |&id| heads.get(id as usize).is_some_and(|head| head.begins(beginning)))
        })
    }

    fn has_letters(&self, letters: Letters) -> bool {
        letters.lacks(self.query.letters) <= if self.typos { self.query.typos() } else { 0 }
    }

    /// `candidates` gives those worth a closer look among a range of `0..count`.
    fn shared<I: Iterator<Item = u32>>(
        &self,
        count: usize,
        candidates: impl Fn(std::ops::Range<usize>) -> I + Sync,
    ) -> Outcome<'a> {
        let threads = if count < PARALLEL_MIN {
            1
        } else {
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(THREADS_MAX)
        };
        let part = count.div_ceil(threads).max(1);
        let run = |index: usize| {
            let start = (index * part).min(count);
            self.one_thread(
                |range: std::ops::Range<usize>| candidates(range),
                start..(start + part).min(count),
            )
        };
        std::thread::scope(|scope| {
            let helpers: Vec<_> =
                (1..threads).map(|index| scope.spawn(move || run(index))).collect();
            let (mut top, mut left) = run(0)?;
            for helper in helpers {
                let (more, ids) = match helper.join() {
                    Ok(outcome) => outcome?,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                top.merge(more);
                left.extend(ids);
            }
            Ok((top, left))
        })
    }

    fn one_thread<I: Iterator<Item = u32>>(
        &self,
        candidates: impl Fn(std::ops::Range<usize>) -> I,
        range: std::ops::Range<usize>,
    ) -> Outcome<'a> {
        let mut left = Vec::new();
        let mut top = Top::new(self.limit);
        let mut scorer = Scorer::new(self.query, self.typos);
        let names = self.arena.name_letters();
        // Of several parts one may be worth more than `WHOLE` where another is not in the name.
        let single = self.query.parts.len() == 1;
        let mut start = range.start;
        while start < range.end {
            self.control.check()?;
            let end = (start + CHECK_EVERY).min(range.end);
            let new = left.len();
            left.extend(candidates(start..end));
            for &id in left.get(new..).unwrap_or_default() {
                // Most end here once the best are names: two arrays are read of an entry, not seven.
                let name = names.get(id as usize).copied().unwrap_or_default();
                if single && !scorer.can_lie_in_name(name) && !top.has_room(WHOLE, 0) {
                    continue;
                }
                let Some(item) = self.arena.item(id) else { continue };
                if top.has_room(scorer.bound(&item), item.text.len())
                    && let Some(score) = scorer.score(&item)
                {
                    top.offer(Ranked { score, text: item.text, id });
                }
            }
            start = end;
        }
        Ok((top, left))
    }
}
