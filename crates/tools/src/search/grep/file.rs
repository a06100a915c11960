//! One file, searched: what is kept of its matches, and how the search is stopped in the middle.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

use grep_matcher::Matcher as _;
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, Sink, SinkContext, SinkContextKind, SinkMatch};

use super::line::{show, without_ending};
use super::visit::Plan;
use super::{GrepLine, GrepMode};
use crate::{Control, Stopped};

/// Matches shown in one line.
const RANGES_MAX: usize = 100;

/// Reads a file until the caller's time is up, or a budget is spent.
pub(super) struct Reader<'a> {
    pub(super) file: &'a File,
    pub(super) control: &'a Control,
    /// What may still be read of ignored files.
    pub(super) budget: Option<&'a AtomicU64>,
    pub(super) stopped: Option<Stopped>,
    pub(super) over_budget: bool,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Err(why) = self.control.check() {
            self.stopped = Some(why);
            return Err(io::Error::other(why));
        }
        let read = self.file.read(buffer)?;
        if let Some(budget) = self.budget {
            let take = |left: u64| left.checked_sub(read as u64);
            if budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
                self.over_budget = true;
                return Err(io::Error::other("the budget for ignored files is spent"));
            }
        }
        Ok(read)
    }
}

/// What is found in one file.
pub(super) struct Found<'a> {
    plan: &'a Plan<'a>,
    matcher: &'a RegexMatcher,
    /// Asked once, at the first match: whether its lines are wanted.
    is_kept: &'a mut dyn FnMut() -> bool,
    keep_max: u64,
    pub(super) lines: Vec<GrepLine>,
    /// Matches in `lines`.
    pub(super) kept: u64,
    /// Text in `lines`.
    pub(super) bytes: u64,
    /// Matching lines.
    pub(super) matching: u64,
    /// Matches after the last one kept.
    passed_over: bool,
    pub(super) binary: bool,
}

impl<'a> Found<'a> {
    pub(super) fn new(
        plan: &'a Plan<'a>,
        matcher: &'a RegexMatcher,
        is_kept: &'a mut dyn FnMut() -> bool,
    ) -> Self {
        Self {
            plan,
            matcher,
            is_kept,
            keep_max: 0,
            lines: Vec::new(),
            kept: 0,
            bytes: 0,
            matching: 0,
            passed_over: false,
            binary: false,
        }
    }

    fn keep(&mut self, found: &SinkMatch<'_>) {
        let bytes = without_ending(found.bytes());
        let ranges = self.ranges(found, bytes.len());
        let line = found.line_number().unwrap_or(0);
        let last = line + (found.lines().count() as u64).saturating_sub(1);
        let start =
            GrepLine { line, end_line: (last > line).then_some(last), ..GrepLine::default() };
        self.push(start, bytes, &ranges, found.absolute_byte_offset());
        self.kept += 1;
    }

    /// Where the matches are. Across lines they are sought in what surrounds the lines, too, for `^`, `$` and `\b`.
    fn ranges(&self, found: &SinkMatch<'_>, length: usize) -> Vec<std::ops::Range<usize>> {
        let mut ranges = Vec::new();
        if self.plan.input.invert {
            return ranges;
        }
        let place = found.bytes_range_in_buffer();
        let text = if self.plan.input.multiline {
            found.buffer()
        } else {
            found.buffer().get(..place.start + length).unwrap_or_default()
        };
        // An error is impossible: this matcher has none.
        let _ = self.matcher.find_iter_at(text, place.start, |range| {
            if range.start() >= place.end {
                return false;
            }
            let start = range.start().saturating_sub(place.start).min(length);
            let end = range.end().saturating_sub(place.start).min(length);
            ranges.push(start..end);
            ranges.len() < RANGES_MAX
        });
        ranges
    }

    fn push(&mut self, line: GrepLine, bytes: &[u8], ranges: &[std::ops::Range<usize>], at: u64) {
        let characters_max =
            usize::try_from(self.plan.limits.line_characters).unwrap_or(usize::MAX);
        let line = show(line, bytes, ranges, at, characters_max);
        self.bytes += line.text.len() as u64;
        self.lines.push(line);
    }
}

impl Sink for &mut Found<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        if self.matching == 0 && (self.is_kept)() {
            self.keep_max = self.plan.limit_per_file.min(self.plan.limit);
        }
        let multiline = self.plan.input.multiline;
        self.matching += if multiline { found.lines().count() as u64 } else { 1 };
        match self.plan.input.mode {
            GrepMode::Files => return Ok(false),
            GrepMode::Count => return Ok(true),
            GrepMode::Content => {}
        }
        if self.kept < self.keep_max && self.bytes < self.plan.limits.text_bytes {
            self.keep(found);
        } else {
            self.passed_over = true;
        }
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, context: &SinkContext<'_>) -> io::Result<bool> {
        let wanted = self.bytes < self.plan.limits.text_bytes
            && match context.kind() {
                SinkContextKind::After => self.kept > 0 && !self.passed_over,
                // Before the first match it is not known yet whether the file is kept; a few lines at most.
                _ => self.matching == 0 || self.kept < self.keep_max,
            };
        if wanted {
            let line = GrepLine {
                line: context.line_number().unwrap_or(0),
                context: true,
                ..GrepLine::default()
            };
            let bytes = without_ending(context.bytes());
            self.push(line, bytes, &[], context.absolute_byte_offset());
        }
        Ok(true)
    }

    fn binary_data(&mut self, _: &Searcher, _: u64) -> io::Result<bool> {
        self.binary = true;
        Ok(false)
    }
}
