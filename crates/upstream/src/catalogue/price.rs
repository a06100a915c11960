//! What tokens cost.
//!
//! Money is counted in whole picodollars (10⁻¹² USD): a price of one dollar per million tokens is a million of them
//! per token, so every published price is a whole number and sums are exact.

use ironbridge_wire::Usage;
use std::iter::Sum;
use std::ops::Add;

/// The day on which the prices were looked up. Estimates of cost name it.
pub const PRICES_VERSION: &str = "2026-11-21";

/// An amount of money, in 10⁻¹² USD. 18 million dollars fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Picodollars(pub u64);

impl Picodollars {
    /// The amount in dollars, for showing.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for showing; sums are made in whole numbers")]
    pub fn dollars(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

impl Add for Picodollars {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Picodollars(self.0.saturating_add(other.0))
    }
}

impl Sum for Picodollars {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Picodollars(0), Add::add)
    }
}

/// The prices of a model, in picodollars per token, which are microdollars per million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Input that no cache had.
    pub input: u64,
    /// Output, reasoning included.
    pub output: u64,
    /// Input read from the provider's cache.
    pub cache_read: u64,
    /// Input written to a cache that lives five minutes (or however long the provider's only one does).
    pub cache_write_5m: u64,
    /// Input written to a cache that lives an hour.
    pub cache_write_1h: u64,
}

impl Prices {
    /// OpenAI and those like it: writing to the cache costs what input costs.
    pub(super) const fn of(input: u64, cache_read: u64, output: u64) -> Self {
        Prices { input, output, cache_read, cache_write_5m: input, cache_write_1h: input }
    }

    /// Anthropic: a read costs a tenth of input, a write 1.25 times it, for an hour twice.
    pub(super) const fn anthropic(input: u64, output: u64) -> Self {
        Prices {
            input,
            output,
            cache_read: input / 10,
            cache_write_5m: input / 4 * 5,
            cache_write_1h: input * 2,
        }
    }

    /// What a usage costs; every token counts in one class only.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Picodollars {
        let written = usage.cache_write.unwrap_or(0);
        let written_1h = usage.cache_write_1h.unwrap_or(0).min(written);
        [
            (usage.input, self.input),
            (usage.cache_read.unwrap_or(0), self.cache_read),
            (written - written_1h, self.cache_write_5m),
            (written_1h, self.cache_write_1h),
            (usage.output, self.output),
        ]
        .into_iter()
        .map(|(tokens, price)| Picodollars(tokens.saturating_mul(price)))
        .sum()
    }
}
