//! What is learnt from real usage: how many tokens a model's provider counts for what we would count.

use crate::estimate::Estimator;
use crate::media::Weight;
use bytes::Bytes;
use ironbridge_tokens::Calibration;
use ironbridge_wire::{Dialect, json, read_request};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time from one lesson to the next. Counting a request takes milliseconds of a core, and the ratio moves slowly;
/// measured at 64 connections, a lesson for every sixteenth request took half of the gateway's time.
const LESSON_INTERVAL: Duration = Duration::from_secs(2);

/// What an image in a request is taken for, in tokens: about what Anthropic counts for the largest it does not shrink
/// (docs.anthropic.com/en/docs/build-with-claude/vision).
const MEDIA_TOKENS: u64 = 1600;

/// A larger body is not counted for a lesson, in bytes.
const LESSON_BYTES_MAX: usize = 512 * 1024;

/// Ratios per model, shared by all exchanges.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calibration: Calibration,
    /// When the last lesson began.
    taught: Option<Instant>,
    /// The models that had one; of each the first is not waited for.
    known: HashSet<String>,
}

/// The most models that are remembered for their first lesson.
const MODELS_MAX: usize = 1000;

/// A request whose usage will teach something.
pub(crate) struct Lesson {
    pub(crate) body: Bytes,
    pub(crate) dialect: Dialect,
    pub(crate) estimator: Estimator,
}

impl Learned {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Our estimate, corrected by what was learnt for `model`.
    pub(crate) fn correct(&self, model: &str, estimated: u64) -> u64 {
        self.state().calibration.correct(model, estimated)
    }

    /// The tokens of a request for `model`, from what its body weighs alone.
    pub(crate) fn tokens(&self, model: &str, weight: Weight) -> u64 {
        let text = self.state().calibration.estimate_from_bytes(model, weight.text_bytes);
        text.saturating_add(weight.media.saturating_mul(MEDIA_TOKENS))
    }

    /// Takes in how many tokens `model`'s provider counted for a body of that weight. One with media says nothing of
    /// how many tokens a byte of text has.
    pub(crate) fn learn_weight(&self, model: &str, weight: Weight, reported: u64) {
        if weight.media == 0 {
            self.state().calibration.learn_bytes(model, weight.text_bytes, reported);
        }
    }

    /// Whether the request that just ended should be counted in full: call [`learn`](Self::learn) beside the exchange.
    pub(crate) fn wants(&self, lesson: &Lesson, now: Instant) -> bool {
        let mut state = self.state();
        let body_bytes = lesson.body.len();
        let model = lesson.estimator.model();
        let first = state.known.len() < MODELS_MAX && !state.known.contains(model);
        let rested = state.taught.is_none_or(|taught| now >= taught + LESSON_INTERVAL);
        let wanted = body_bytes <= LESSON_BYTES_MAX && (first || rested);
        if wanted {
            state.taught = Some(now);
            if first {
                state.known.insert(model.to_owned());
            }
        }
        wanted
    }

    /// Counts a request and takes in what its provider reported. Takes milliseconds: not for the relay's own path.
    pub(crate) fn learn(&self, lesson: &Lesson, reported: u64) {
        let Ok(document) = json::parse(&lesson.body) else { return };
        let Ok((prompt, _)) = read_request(document, lesson.dialect) else { return };
        let count = lesson.estimator.estimate(&prompt, false);
        self.state().calibration.learn_tokens(lesson.estimator.model(), count.tokens, reported);
    }
}
