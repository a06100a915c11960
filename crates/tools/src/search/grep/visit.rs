//! The files of a walk, searched by each thread with a searcher of its own, and what comes of it together.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use grep_regex::RegexMatcher;
use grep_searcher::Searcher;
use ignore::types::Types;

use super::file::{Found, Reader};
use super::{GrepFile, GrepInput, GrepLine, GrepMode, GrepOutput, GrepTotals, pattern};
use crate::limits::SearchLimits;
use crate::search::best::Best;
use crate::search::finder::{enter, is_left_out};
use crate::search::globs::Globs;
use crate::search::report::{IgnoredMatches, Place};
use crate::search::walk::{Entry, Facts, Kind, Next, Unreadable, Visitor, WalkEnd};
use crate::{Control, Stopped};

/// What is sought and how much of it is given; the same for all threads.
pub(super) struct Plan<'a> {
    pub(super) matcher: RegexMatcher,
    pub(super) types: Option<Types>,
    pub(super) globs: Globs,
    pub(super) limit: u64,
    pub(super) limit_per_file: u64,
    pub(super) before: usize,
    pub(super) after: usize,
    pub(super) input: &'a GrepInput,
    pub(super) limits: &'a SearchLimits,
    pub(super) control: &'a Control,
    pub(super) shared: Shared,
}

/// What the threads count together.
pub(super) struct Shared {
    /// Results so far, for a search that stops at its limit.
    given: AtomicU64,
    limit_reached: AtomicBool,
    ignored_files_left: AtomicU64,
    ignored_bytes_left: AtomicU64,
    ignored_cut: AtomicBool,
}

impl Shared {
    pub(super) fn new(limits: &SearchLimits) -> Self {
        Self {
            given: AtomicU64::new(0),
            limit_reached: AtomicBool::new(false),
            ignored_files_left: AtomicU64::new(limits.ignored_files),
            ignored_bytes_left: AtomicU64::new(limits.ignored_bytes),
            ignored_cut: AtomicBool::new(false),
        }
    }
}

/// One thread's search.
pub(super) struct Seeker<'a> {
    plan: &'a Plan<'a>,
    /// Of its own, so that threads do not share its memory.
    matcher: RegexMatcher,
    searcher: Searcher,
    counter: Option<Searcher>,
    best: Best<FileHit>,
    totals: GrepTotals,
    matches: u64,
    binary: u64,
    ignored: IgnoredMatches,
    ignored_matches: u64,
    unreadable: Unreadable,
    stopped: Option<Stopped>,
}

struct FileHit {
    modified_ms: i64,
    matches: u64,
    lines: Vec<GrepLine>,
}

impl<'a> Seeker<'a> {
    pub(super) fn new(plan: &'a Plan<'a>) -> Self {
        Self {
            plan,
            matcher: plan.matcher.clone(),
            searcher: pattern::searcher(plan, false),
            counter: None,
            best: plan.best(),
            totals: GrepTotals::default(),
            matches: 0,
            binary: 0,
            ignored: IgnoredMatches::default(),
            ignored_matches: 0,
            unreadable: Unreadable::default(),
            stopped: None,
        }
    }

    /// Searches the one file that was named.
    pub(super) fn named_file(&mut self, file: &File) {
        self.search(file, Path::new(""));
    }

    /// How the search of the one file ended, as a walk says it.
    pub(super) fn end_of_file(&self) -> WalkEnd {
        WalkEnd { stopped: self.stopped, deferred_whole: true, ..WalkEnd::default() }
    }

    fn is_wanted(&self, entry: &Entry<'_>) -> bool {
        self.plan.globs.wants(entry.path)
            && self
                .plan
                .types
                .as_ref()
                .is_none_or(|types| !types.matched(entry.path, false).is_ignore())
    }

    fn search(&mut self, file: &File, path: &Path) {
        self.totals.searched += 1;
        let mut modified_ms = i64::MIN;
        let best = &self.best;
        let mut is_kept = || {
            modified_ms = file.metadata().map_or(i64::MIN, |facts| Facts::of(&facts).modified_ms);
            best.would_keep(modified_ms, path)
        };
        let plan = self.plan;
        let mut reader =
            Reader { file, control: plan.control, budget: None, stopped: None, over_budget: false };
        let mut found = Found::new(plan, &self.matcher, &mut is_kept);
        let result = self.searcher.search_reader(&self.matcher, &mut reader, &mut found);
        let Found { lines, kept, bytes, matching, binary, .. } = found;
        match (result, reader.stopped) {
            (_, Some(why)) => self.stopped = Some(why),
            (Err(error), None) => {
                self.totals.searched -= 1;
                return self.unreadable.add(path, &plan.said(error));
            }
            (Ok(()), None) => {}
        }
        if binary {
            self.binary += 1;
            return;
        }
        if matching == 0 {
            return;
        }
        self.totals.files += 1;
        self.matches += matching;
        let weight = kept.max(1);
        let hit = FileHit { modified_ms, matches: matching, lines };
        self.best.add(modified_ms, path.to_owned(), weight, bytes, hit);
        let given = plan.shared.given.fetch_add(weight, Ordering::Relaxed) + weight;
        if plan.input.stop_at_limit && given >= plan.limit {
            plan.shared.limit_reached.store(true, Ordering::Relaxed);
        }
    }

    /// Counts what an ignored file holds, as far as the budget goes.
    fn count_ignored(&mut self, entry: &Entry<'_>) {
        let shared = &self.plan.shared;
        let take = |left: u64| left.checked_sub(1);
        let order = Ordering::Relaxed;
        if shared.ignored_files_left.fetch_update(order, order, take).is_err() {
            shared.ignored_cut.store(true, order);
            return;
        }
        // What cannot be read is not counted.
        let Ok(file) = entry.open_file() else { return };
        let mut reader = Reader {
            file: &file,
            control: self.plan.control,
            budget: Some(&shared.ignored_bytes_left),
            stopped: None,
            over_budget: false,
        };
        let mut is_kept = || false;
        let mut found = Found::new(self.plan, &self.matcher, &mut is_kept);
        let counter = self.counter.get_or_insert_with(|| pattern::searcher(self.plan, true));
        // An error is the end of the budget or of the time, told below, or a file that cannot be read.
        let _ = counter.search_reader(&self.matcher, &mut reader, &mut found);
        if reader.over_budget || reader.stopped.is_some() {
            shared.ignored_cut.store(true, order);
        }
        if !found.binary && found.matching > 0 {
            self.ignored.files += 1;
            self.ignored_matches += found.matching;
        }
    }
}

impl Visitor for Seeker<'_> {
    fn visit(&mut self, entry: &Entry<'_>) -> Next {
        if self.plan.shared.limit_reached.load(Ordering::Relaxed) {
            return Next::Stop;
        }
        match entry.kind {
            Kind::Folder => match enter(&self.plan.globs, entry) {
                Next::Defer if !self.plan.input.count_ignored => return Next::Skip,
                next => return next,
            },
            Kind::File if self.is_wanted(entry) => {}
            Kind::File | Kind::Link | Kind::Other => return Next::Continue,
        }
        if is_left_out(&self.plan.globs, entry) {
            if self.plan.input.count_ignored {
                self.count_ignored(entry);
            }
            return Next::Continue;
        }
        match entry.open_file() {
            Ok(file) => self.search(&file, entry.path),
            Err(error) => self.unreadable.add(entry.path, &error),
        }
        Next::Continue
    }
}

impl Plan<'_> {
    /// The searcher speaks of an allocation where a line is too long, or with `multiline` a file.
    fn said(&self, error: io::Error) -> io::Error {
        if error.raw_os_error().is_some() || !error.to_string().contains("allocation limit") {
            return error;
        }
        let what = if self.input.multiline { "it" } else { "a line of it" };
        io::Error::other(format!("{what} is longer than {} bytes", self.limits.line_bytes))
    }

    fn best(&self) -> Best<FileHit> {
        Best::new(self.input.order, self.limit, self.limits.text_bytes)
    }
}

/// What all threads found.
pub(super) fn output(
    plan: &Plan<'_>,
    place: &Place,
    mut end: WalkEnd,
    seekers: Vec<Seeker<'_>>,
) -> GrepOutput {
    let mut best = plan.best();
    let mut totals = GrepTotals::default();
    let (mut matches, mut binary, mut ignored_matches) = (0, 0, 0);
    let mut ignored = IgnoredMatches::default();
    for seeker in seekers {
        best.merge(seeker.best);
        totals.searched += seeker.totals.searched;
        totals.files += seeker.totals.files;
        matches += seeker.matches;
        binary += seeker.binary;
        ignored.files += seeker.ignored.files;
        ignored_matches += seeker.ignored_matches;
        end.unreadable.merge(seeker.unreadable);
        end.stopped = end.stopped.or(seeker.stopped);
    }
    let mode = plan.input.mode;
    let counted = mode != GrepMode::Files;
    totals.matches = counted.then_some(matches);
    ignored.matches = counted.then_some(ignored_matches);
    let shared = &plan.shared;
    let limit_reached = shared.limit_reached.load(Ordering::Relaxed);
    ignored.exact = plan.input.count_ignored
        && end.deferred_whole
        && end.stopped.is_none()
        && !limit_reached
        && !shared.ignored_cut.load(Ordering::Relaxed);
    let mut files = Vec::new();
    let mut left = plan.limit;
    for (path, hit) in best.into_sorted() {
        files.push(file(plan, place, &path, hit, &mut left));
    }
    let truncated = totals.files > files.len() as u64 || files.iter().any(|file| file.truncated);
    let coverage = place.coverage(end, limit_reached);
    GrepOutput { files, totals, truncated, binary, ignored, coverage }
}

/// A file with as many of its matches as the limit has `left`.
fn file(plan: &Plan<'_>, place: &Place, path: &Path, hit: FileHit, left: &mut u64) -> GrepFile {
    let shown = place.show(path);
    let FileHit { modified_ms, matches, mut lines } = hit;
    let given = matches_in(&lines);
    if given > *left {
        cut(&mut lines, *left, plan.after);
    }
    let given = given.min(*left);
    *left -= given;
    let content = plan.input.mode == GrepMode::Content;
    let lines_given: u64 = lines.iter().filter(|line| !line.context).map(lines_of).sum();
    GrepFile {
        path: shown.text,
        lossy: shown.lossy,
        modified_ms,
        matches: (plan.input.mode != GrepMode::Files).then_some(matches),
        truncated: content && lines_given < matches,
        lines,
    }
}

fn matches_in(lines: &[GrepLine]) -> u64 {
    lines.iter().filter(|line| !line.context).count() as u64
}

fn lines_of(line: &GrepLine) -> u64 {
    line.end_line.map_or(1, |end| end - line.line + 1)
}

/// Keeps `matches` matches with the context that is theirs.
fn cut(lines: &mut Vec<GrepLine>, matches: u64, after: usize) {
    let mut had = 0;
    let mut last = 0;
    for (index, line) in lines.iter().enumerate() {
        if line.context {
            continue;
        }
        if had == matches {
            break;
        }
        had += 1;
        last = index;
    }
    if had == 0 {
        return lines.clear();
    }
    let end_of_match = lines.get(last).map_or(0, |line| line.end_line.unwrap_or(line.line));
    let context_end = end_of_match + after as u64;
    let mut index = 0;
    lines.retain(|line| {
        index += 1;
        index <= last + 1 || (line.context && line.line <= context_end)
    });
}
