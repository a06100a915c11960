//! Finding lines of a patch in a file.

use super::equal::Pass;
use super::lines::FileLines;
use crate::{Control, Stopped};

/// Looks for lines in one file, and counts what that costs.
#[derive(Debug)]
pub(super) struct Seeker<'t, 'c> {
    lines: &'t FileLines<'t>,
    /// Comparisons of lines that may still be made.
    left: u64,
    control: &'c Control,
}

/// Why looking ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exhausted {
    Stopped(Stopped),
    /// The budget of comparisons is used up.
    Budget,
}

impl From<Stopped> for Exhausted {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

/// Comparisons between two looks at the [`Control`].
const COMPARISONS_PER_CHECK: u64 = 1 << 16;

impl<'t, 'c> Seeker<'t, 'c> {
    pub(super) fn new(lines: &'t FileLines<'t>, comparisons: u64, control: &'c Control) -> Self {
        Self { lines, left: comparisons, control }
    }

    /// The first place at or after `from` where all of `wanted` stand, by the strictest pass that finds one.
    pub(super) fn first(
        &mut self,
        wanted: &[&str],
        from: usize,
    ) -> Result<Option<(usize, Pass)>, Exhausted> {
        for pass in Pass::ALL {
            if let Some(found) = self.first_by(pass, wanted, from)? {
                return Ok(Some((found, pass)));
            }
        }
        Ok(None)
    }

    /// Whether all of `wanted` stand at `start`, and by which pass.
    pub(super) fn at(&mut self, wanted: &[&str], start: usize) -> Result<Option<Pass>, Exhausted> {
        for pass in Pass::ALL {
            let mut equal = start + wanted.len() <= self.lines.len();
            for (offset, wanted) in wanted.iter().enumerate() {
                equal = equal && self.equal(pass, wanted, start + offset)?;
            }
            if equal {
                return Ok(Some(pass));
            }
        }
        Ok(None)
    }

    /// Knuth, Morris and Pratt over lines: at most two comparisons for each line of the file, whatever repeats in it.
    fn first_by(
        &mut self,
        pass: Pass,
        wanted: &[&str],
        from: usize,
    ) -> Result<Option<usize>, Exhausted> {
        let Some(first) = wanted.first() else { return Ok(Some(from)) };
        // The table is made once the first line is found: mostly it is not needed.
        let mut borders: Option<Vec<usize>> = None;
        let mut matched = 0;
        for index in from..self.lines.len() {
            if matched == 0 {
                matched = usize::from(self.equal(pass, first, index)?);
            } else {
                let borders = borders.get_or_insert_with(|| borders_of(pass, wanted));
                loop {
                    let next = wanted.get(matched).copied().unwrap_or_default();
                    if self.equal(pass, next, index)? {
                        matched += 1;
                        break;
                    }
                    if matched == 0 {
                        break;
                    }
                    matched = borders.get(matched - 1).copied().unwrap_or(0);
                }
            }
            if matched == wanted.len() {
                return Ok(Some(index + 1 - matched));
            }
        }
        Ok(None)
    }

    fn equal(&mut self, pass: Pass, wanted: &str, index: usize) -> Result<bool, Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted::Budget)?;
        if self.left.is_multiple_of(COMPARISONS_PER_CHECK) {
            self.control.check()?;
        }
        Ok(pass.equal(self.lines.content(index), wanted))
    }
}

/// For each beginning of `wanted`, the longest shorter beginning that it ends with.
fn borders_of(pass: Pass, wanted: &[&str]) -> Vec<usize> {
    let line = |index: usize| wanted.get(index).copied().unwrap_or_default();
    let mut borders = vec![0; wanted.len()];
    let mut length = 0;
    for index in 1..wanted.len() {
        while length > 0 && !pass.equal(line(index), line(length)) {
            length = borders.get(length - 1).copied().unwrap_or(0);
        }
        length += usize::from(pass.equal(line(index), line(length)));
        if let Some(border) = borders.get_mut(index) {
            *border = length;
        }
    }
    borders
}
