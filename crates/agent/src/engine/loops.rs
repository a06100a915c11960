//! Whether the same calls give the same results again and again.

use super::limits::{REPEATS_MAX, REPEATS_TOLD};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// How many steps are remembered: a cycle of two repeats six times in them, so that it is seen as well.
const STEPS_KEPT: usize = 16;

/// The last steps, each as a hash of its calls and their results. Hashing the results too keeps apart who waits for
/// something that changes (a build, a server) from who has lost the thread.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    steps: VecDeque<u64>,
}

/// What is to be done about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeated {
    /// Nothing.
    Fine,
    /// The model is told.
    Tell,
    /// The turn ends.
    End,
}

impl Repeats {
    /// Takes in a step: its calls and their results, as texts.
    pub(super) fn see<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> Repeated {
        let mut hasher = DefaultHasher::new();
        texts.for_each(|text| text.hash(&mut hasher));
        let step = hasher.finish();
        self.steps.push_back(step);
        if self.steps.len() > STEPS_KEPT {
            self.steps.pop_front();
        }
        let times = self.steps.iter().filter(|seen| **seen == step).count();
        match u32::try_from(times).unwrap_or(u32::MAX) {
            times if times > REPEATS_MAX => Repeated::End,
            REPEATS_TOLD => Repeated::Tell,
            _ => Repeated::Fine,
        }
    }
}
