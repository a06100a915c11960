//! What tokens cost.
//!
//! Money is counted in whole picodollars (10⁻¹² USD): a price of one dollar per million tokens is a million of them
//! per token, so every published price is a whole number and sums are exact.

use ironbridge_wire::Usage;
use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;

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
        let read = usage.cache_read.unwrap_or(0);
        let tokens = [usage.input, read, written - written_1h, written_1h, usage.output];
        self.classes(tokens).iter().map(ClassCost::cost).sum()
    }

    /// What tokens cost, class by class: of input, cache read, cache write of five minutes, of an hour, and output.
    #[must_use]
    pub fn classes(&self, tokens: [u64; 5]) -> [ClassCost; 5] {
        let prices = self.amounts();
        std::array::from_fn(|at| ClassCost {
            class: CLASSES[at],
            tokens: tokens[at],
            price: prices[at],
        })
    }

    /// In the order of [`CLASSES`].
    fn amounts(&self) -> [u64; 5] {
        [self.input, self.cache_read, self.cache_write_5m, self.cache_write_1h, self.output]
    }
}

/// The classes of tokens, in their order.
const CLASSES: [&str; 5] = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"];

/// What the tokens of one class cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassCost {
    /// `input`, `cache_read`, `cache_write_5m`, `cache_write_1h` or `output`.
    pub class: &'static str,
    /// How many there were.
    pub tokens: u64,
    /// Picodollars of one, which are microdollars of a million.
    pub price: u64,
}

impl ClassCost {
    /// What they cost together.
    #[must_use]
    pub fn cost(&self) -> Picodollars {
        Picodollars(self.tokens.saturating_mul(self.price))
    }
}

/// Prices, and which: what a record keeps beside its cost, so that it can be explained long after the table has changed.
///
/// As text `2026-11-21 3/0.3/3.75/6/15`: the version, then USD of a million tokens of input, cache read, cache write of
/// five minutes, of an hour, and output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTag {
    /// [`PRICES_VERSION`], or `own` for those of an operator.
    pub version: String,
    /// The prices.
    pub prices: Prices,
}

/// A text is no price tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a version and five prices")]
pub struct NoPriceTag;

impl fmt::Display for PriceTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.version)?;
        for (separator, amount) in [' ', '/', '/', '/', '/'].into_iter().zip(self.prices.amounts())
        {
            write!(f, "{separator}{}", show_price(amount))?;
        }
        Ok(())
    }
}

impl FromStr for PriceTag {
    type Err = NoPriceTag;

    fn from_str(text: &str) -> Result<Self, NoPriceTag> {
        let (version, amounts) = text.split_once(' ').ok_or(NoPriceTag)?;
        let amounts: Option<Vec<u64>> = amounts.split('/').map(read_price).collect();
        let amounts: [u64; 5] = amounts.ok_or(NoPriceTag)?.try_into().map_err(|_| NoPriceTag)?;
        let [input, cache_read, cache_write_5m, cache_write_1h, output] = amounts;
        let prices = Prices { input, output, cache_read, cache_write_5m, cache_write_1h };
        Ok(PriceTag { version: version.to_owned(), prices })
    }
}

/// Picodollars of a dollar per million tokens.
const DOLLAR_PER_MILLION: u64 = 1_000_000;

/// Reads USD of a million tokens, with up to six decimals, exactly.
#[must_use]
pub fn read_price(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 6 {
        return None;
    }
    let decimals: u64 = format!("{decimals:0<6}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(DOLLAR_PER_MILLION)?.checked_add(decimals)
}

/// What [`read_price`] reads.
fn show_price(amount: u64) -> String {
    let decimals = format!("{:06}", amount % DOLLAR_PER_MILLION);
    match decimals.trim_end_matches('0') {
        "" => (amount / DOLLAR_PER_MILLION).to_string(),
        decimals => format!("{}.{decimals}", amount / DOLLAR_PER_MILLION),
    }
}

#[cfg(test)]
mod tests {
    use super::{PriceTag, Prices, read_price};
    use ironbridge_wire::Usage;

    #[test]
    fn a_price_tag_explains_a_cost_to_the_last_picodollar() {
        let prices = Prices::anthropic(3_000_000, 15_000_000);
        let tag = PriceTag { version: "2026-11-21".to_owned(), prices };
        assert_eq!(tag.to_string(), "2026-11-21 3/0.3/3.75/6/15");
        assert_eq!(tag.to_string().parse(), Ok(tag));
        let usage = Usage {
            input: 7,
            output: 11,
            cache_read: Some(13),
            cache_write: Some(36),
            cache_write_1h: Some(17),
            ..Usage::default()
        };
        let classes = prices
            .classes([7, 13, 19, 17, 11])
            .map(|class| (class.class, class.tokens, class.cost().0));
        let expected = [
            ("input", 7, 21_000_000),
            ("cache_read", 13, 3_900_000),
            ("cache_write_5m", 19, 71_250_000),
            ("cache_write_1h", 17, 102_000_000),
            ("output", 11, 165_000_000),
        ];
        assert_eq!(classes, expected);
        let sum: u64 = expected.iter().map(|class| class.2).sum();
        assert_eq!(prices.cost(&usage).0, sum);
    }

    #[test]
    fn prices_are_read_exactly_or_not_at_all() {
        for (text, price) in [("3", 3_000_000), ("0.3", 300_000), ("0.000001", 1), ("0", 0)] {
            assert_eq!(read_price(text), Some(price), "{text}");
        }
        for text in ["", ".5", "5.", "-1", "1e3", "0.0000001", "99999999999999999999", "+1"] {
            assert_eq!(read_price(text), None, "{text}");
        }
        for text in ["", "2026-11-21", "own 1/2/3/4", "own 1/2/3/4/5/6", "own 1/2/3/4/x"] {
            assert!(text.parse::<PriceTag>().is_err(), "{text}");
        }
    }
}
