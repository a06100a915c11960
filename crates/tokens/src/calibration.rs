//! What providers report, learnt per model: how far our estimate is off, and how many tokens a byte of
//! a request's body is worth.

use std::collections::BTreeMap;

/// The weight of a report once there are many. Earlier ones weigh more (a half, a third …).
const WEIGHT_MIN: f64 = 0.1;

/// Ratios of one model, and how many reports they come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratios {
    /// Reported tokens for each estimated token, [`Calibration::RATIO_MIN`] to [`Calibration::RATIO_MAX`]; 1 before any report.
    pub tokens: f64,
    /// Reports behind `tokens`.
    pub token_reports: u32,
    /// Reported tokens for each [`Calibration::TOKENS_PER_BYTE`] of body, within the same bounds.
    pub bytes: f64,
    /// Reports behind `bytes`.
    pub byte_reports: u32,
}

impl Ratios {
    const UNKNOWN: Self = Self { tokens: 1.0, token_reports: 0, bytes: 1.0, byte_reports: 0 };
}

/// Learns from reported usage, per model, as exponential moving averages.
///
/// Pure and free of time; the caller puts it behind a lock and keeps it over restarts if it wants to
/// ([`models`](Self::models), [`restore`](Self::restore)).
///
/// ```
/// let mut calibration = ironbridge_tokens::Calibration::default();
/// calibration.learn_tokens("claude-sonnet-4.5", 1_000, 1_200);
/// assert_eq!(calibration.correct("claude-sonnet-4.5", 500), 600);
/// assert_eq!(calibration.correct("another", 500), 500);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    models: BTreeMap<String, Ratios>,
}

impl Calibration {
    /// Tokens per byte before anything is learnt: English and JSON have about four bytes per token.
    pub const TOKENS_PER_BYTE: f64 = 0.25;
    /// A learnt ratio is at least this, so that one strange report cannot spoil the next estimates …
    pub const RATIO_MIN: f64 = 0.5;
    /// … and at most this.
    pub const RATIO_MAX: f64 = 3.0;
    /// Requests below this many tokens teach nothing: fixed overheads are most of them.
    pub const LESSON_TOKENS_MIN: u64 = 16;
    /// The models that are remembered; a client may send any name, so memory must be bounded. Further
    /// models are estimated, but teach nothing.
    pub const MODELS_MAX: usize = 1_024;

    /// Takes in what a provider reported (tokens of the whole input, cached or not) for a request that
    /// was estimated, without correction, at `estimated`.
    pub fn learn_tokens(&mut self, model: &str, estimated: u64, reported: u64) {
        if estimated.min(reported) < Self::LESSON_TOKENS_MIN {
            return;
        }
        if let Some(ratios) = self.entry(model) {
            let ratio = reported as f64 / estimated as f64;
            ratios.tokens = average(ratios.tokens, &mut ratios.token_reports, ratio);
        }
    }

    /// Takes in what a provider reported for a request with a body of this many bytes, images and
    /// other base64 data not counted.
    pub fn learn_bytes(&mut self, model: &str, body_bytes: u64, reported: u64) {
        if body_bytes == 0 || reported < Self::LESSON_TOKENS_MIN {
            return;
        }
        if let Some(ratios) = self.entry(model) {
            let ratio = reported as f64 / (body_bytes as f64 * Self::TOKENS_PER_BYTE);
            ratios.bytes = average(ratios.bytes, &mut ratios.byte_reports, ratio);
        }
    }

    /// An estimate as it would probably be reported; unchanged for a model without reports.
    #[must_use]
    pub fn correct(&self, model: &str, estimated: u64) -> u64 {
        crate::scale(estimated, self.ratios(model).tokens)
    }

    /// The tokens of a request from the size of its body alone, rounded up: for admission, which must
    /// not tokenize.
    #[must_use]
    pub fn estimate_from_bytes(&self, model: &str, body_bytes: u64) -> u64 {
        (body_bytes as f64 * Self::TOKENS_PER_BYTE * self.ratios(model).bytes).ceil() as u64
    }

    /// What is known of a model.
    #[must_use]
    pub fn ratios(&self, model: &str) -> Ratios {
        self.models.get(model).copied().unwrap_or(Ratios::UNKNOWN)
    }

    /// All models with reports, in the order of their names.
    pub fn models(&self) -> impl Iterator<Item = (&str, Ratios)> {
        self.models.iter().map(|(model, ratios)| (model.as_str(), *ratios))
    }

    /// Puts back what [`models`](Self::models) gave; ratios out of bounds are brought within.
    pub fn restore(&mut self, model: &str, ratios: Ratios) {
        if let Some(entry) = self.entry(model) {
            *entry =
                Ratios { tokens: bounded(ratios.tokens), bytes: bounded(ratios.bytes), ..ratios };
        }
    }

    fn entry(&mut self, model: &str) -> Option<&mut Ratios> {
        if !self.models.contains_key(model) {
            if self.models.len() >= Self::MODELS_MAX {
                return None;
            }
            self.models.insert(model.to_owned(), Ratios::UNKNOWN);
        }
        self.models.get_mut(model)
    }
}

fn average(before: f64, reports: &mut u32, ratio: f64) -> f64 {
    *reports = reports.saturating_add(1);
    let weight = (1.0 / f64::from(*reports)).max(WEIGHT_MIN);
    before + (bounded(ratio) - before) * weight
}

fn bounded(ratio: f64) -> f64 {
    if ratio.is_nan() { 1.0 } else { ratio.clamp(Calibration::RATIO_MIN, Calibration::RATIO_MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_corrected_by_its_own_reports() {
        let mut calibration = Calibration::default();
        for (estimated, reported, corrected_thousand) in [
            (1_000, 1_300, 1_300),
            (1_000, 1_100, 1_200),
            (15, 4_000, 1_200),
            (4_000, 15, 1_200),
            (1_000, 1_000_000, 1_800),
            (1_000_000, 1_000, 1_475),
        ] {
            calibration.learn_tokens("m", estimated, reported);
            assert_eq!(
                calibration.correct("m", 1_000),
                corrected_thousand,
                "{estimated} {reported}"
            );
        }
        assert_eq!(calibration.correct("n", 1_000), 1_000);
        assert_eq!(calibration.ratios("m").token_reports, 4);
    }

    #[test]
    fn many_reports_forget_the_past() {
        let mut calibration = Calibration::default();
        (0..100).for_each(|_| calibration.learn_tokens("m", 1_000, 2_000));
        (0..60).for_each(|_| calibration.learn_tokens("m", 1_000, 1_000));
        assert_eq!(calibration.correct("m", 1_000), 1_002);
    }

    #[test]
    fn bytes_are_worth_what_was_reported() {
        let mut calibration = Calibration::default();
        assert_eq!(calibration.estimate_from_bytes("m", 4_001), 1_001);
        calibration.learn_bytes("m", 4_000, 1_500);
        calibration.learn_bytes("m", 0, 1_500);
        calibration.learn_bytes("m", 4_000, 3);
        assert_eq!(calibration.estimate_from_bytes("m", 4_000), 1_500);
        assert_eq!(calibration.estimate_from_bytes("m", 0), 0);
        assert_eq!(calibration.correct("m", 1_000), 1_000);
    }

    #[test]
    fn memory_is_bounded_and_survives_a_restart() {
        let mut calibration = Calibration::default();
        for number in 0..Calibration::MODELS_MAX + 5 {
            calibration.learn_tokens(&format!("model-{number}"), 100, 200);
        }
        assert_eq!(calibration.models().count(), Calibration::MODELS_MAX);
        let mut restored = Calibration::default();
        calibration.models().for_each(|(model, ratios)| restored.restore(model, ratios));
        assert_eq!(restored, calibration);
        let wild = Ratios { tokens: f64::NAN, token_reports: 9, bytes: 1e9, byte_reports: 9 };
        restored = Calibration::default();
        restored.restore("m", wild);
        assert_eq!(restored.ratios("m"), Ratios { tokens: 1.0, bytes: 3.0, ..wild });
    }
}
