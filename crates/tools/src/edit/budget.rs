//! How much comparing one edit may cost, so that no file and no `old` makes it slow.

use std::cell::Cell;

use crate::limits::EditLimits;

/// What is left of the work one edit may do.
#[derive(Debug)]
pub(super) struct Budget {
    line_comparisons: Cell<u64>,
    distance_steps: Cell<u64>,
}

/// The budget is used up: what was being sought may be there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Budget {
    pub(super) fn of(limits: &EditLimits) -> Self {
        Self {
            line_comparisons: Cell::new(limits.line_comparisons),
            distance_steps: Cell::new(limits.distance_steps),
        }
    }

    pub(super) fn take_line_comparison(&self) -> Result<(), Exhausted> {
        take(&self.line_comparisons, 1)
    }

    /// Each step computes 64 cells of Levenshtein's matrix.
    pub(super) fn take_distance_steps(&self, steps: usize) -> Result<(), Exhausted> {
        take(&self.distance_steps, u64::try_from(steps).unwrap_or(u64::MAX))
    }
}

fn take(left: &Cell<u64>, amount: u64) -> Result<(), Exhausted> {
    left.set(left.get().checked_sub(amount).ok_or(Exhausted)?);
    Ok(())
}
