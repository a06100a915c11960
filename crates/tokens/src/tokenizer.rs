//! One trait over everything that counts, and the counters that stand in for vocabularies that are
//! not public.

use crate::Encoding;

/// Whether a number is what the model's own tokenizer gives, or close to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exactness {
    /// The model's own vocabulary and rules.
    Exact,
    /// Calibrated, or by rules that the vendor does not publish.
    Estimate,
}

impl Exactness {
    /// `exact` or `estimate`, as answers say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Estimate => "estimate",
        }
    }

    /// Exact only if both are.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

/// Counts the tokens of text. Time is at most n log n in the length of the text.
pub trait Tokenizer: Send + Sync {
    /// What is counted with, for logs and answers: `o200k_base`, `anthropic`, `characters` …
    fn name(&self) -> &str;

    /// Whether [`count_text`](Self::count_text) is what the model's own tokenizer gives.
    fn exactness(&self) -> Exactness;

    /// The number of tokens of the vocabulary that is counted with, before [`factor`](Self::factor).
    fn count_raw(&self, text: &str) -> u64;

    /// Tokens of the model for each token of the vocabulary that is counted with.
    fn factor(&self) -> f64 {
        1.0
    }

    /// The number of tokens of a text, without anything that a chat format puts round it. To count
    /// several texts add their [`count_raw`](Self::count_raw) and [`scale`] once.
    fn count_text(&self, text: &str) -> u64 {
        scale(self.count_raw(text), self.factor())
    }
}

/// A number of tokens times a factor, rounded to the nearest.
#[must_use]
pub fn scale(tokens: u64, factor: f64) -> u64 {
    (tokens as f64 * factor).round() as u64
}

impl Tokenizer for Encoding {
    fn name(&self) -> &str {
        Encoding::name(*self)
    }

    fn exactness(&self) -> Exactness {
        Exactness::Exact
    }

    fn count_raw(&self, text: &str) -> u64 {
        self.count(text) as u64
    }
}

/// o200k_base in place of a vocabulary that is not public, with a factor between the two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandIn {
    name: &'static str,
    factor: f64,
}

impl StandIn {
    /// Claude: 1.15 tokens for each of o200k_base. The factor is that of the earlier Copilot proxies
    /// (`copilot-api`, `claudeTokenMultiplier`); older releases used 1.05. A [`Calibration`] per model
    /// replaces it by what the provider really reports.
    ///
    /// [`Calibration`]: crate::Calibration
    pub const ANTHROPIC: Self = Self { name: "anthropic", factor: 1.15 };
    /// Grok: 1.03, from the same source.
    pub const GROK: Self = Self { name: "grok", factor: 1.03 };
    /// Any other model without a vocabulary at hand.
    pub const GENERIC: Self = Self { name: "o200k_base (stand-in)", factor: 1.0 };

    /// The same stand-in with another factor, such as one from the config. Not finite or not positive
    /// counts as 1.
    #[must_use]
    pub fn with_factor(self, factor: f64) -> Self {
        let usable = factor.is_finite() && factor > 0.0;
        Self { factor: if usable { factor } else { 1.0 }, ..self }
    }
}

impl Tokenizer for StandIn {
    fn name(&self) -> &str {
        self.name
    }

    fn exactness(&self) -> Exactness {
        Exactness::Estimate
    }

    fn count_raw(&self, text: &str) -> u64 {
        Encoding::O200kBase.count(text) as u64
    }

    fn factor(&self) -> f64 {
        self.factor
    }
}

/// The fallback of last resort: a token for every four characters, rounded up. Close for English, far too low
/// for Chinese.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Characters;

impl Characters {
    const CHARACTERS_PER_TOKEN: usize = 4;
}

impl Tokenizer for Characters {
    fn name(&self) -> &str {
        "characters"
    }

    fn exactness(&self) -> Exactness {
        Exactness::Estimate
    }

    fn count_raw(&self, text: &str) -> u64 {
        text.chars().count().div_ceil(Self::CHARACTERS_PER_TOKEN) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokenizers_count_and_say_how_well() {
        let text = "The quick brown fox jumps over the lazy dog. 敏捷的棕色狐狸";
        let cases: [(&dyn Tokenizer, &str, u64, Exactness); 6] = [
            (&Encoding::O200kBase, "o200k_base", 18, Exactness::Exact),
            (&StandIn::ANTHROPIC, "anthropic", 21, Exactness::Estimate),
            (&StandIn::GROK, "grok", 19, Exactness::Estimate),
            (&StandIn::GENERIC, "o200k_base (stand-in)", 18, Exactness::Estimate),
            (
                &StandIn::GENERIC.with_factor(f64::NAN),
                "o200k_base (stand-in)",
                18,
                Exactness::Estimate,
            ),
            (&Characters, "characters", 13, Exactness::Estimate),
        ];
        for (tokenizer, name, tokens, exactness) in cases {
            assert_eq!(
                (tokenizer.name(), tokenizer.count_text(text), tokenizer.exactness()),
                (name, tokens, exactness)
            );
        }
        assert_eq!(Exactness::Exact.and(Exactness::Estimate).name(), "estimate");
        assert_eq!(Exactness::Exact.and(Exactness::Exact).name(), "exact");
    }
}
