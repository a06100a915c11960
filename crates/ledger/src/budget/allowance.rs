//! How much may be spent, as an operator writes it: `20USD/month`, `100requests/day`, `5000000tokens`.

use crate::calendar;
use crate::rollup::DAY_MS;
use crate::value::named;
use std::fmt;
use std::str::FromStr;

named! {
    /// What is counted.
    pub enum Unit {
        /// Money, in 10⁻¹² USD.
        #[default]
        Money = "USD",
        /// Tokens of input (cached or not) and output together.
        Tokens = "tokens",
        /// Requests that reached a model.
        Requests = "requests",
    }
}

named! {
    /// For how long.
    pub enum Span {
        /// For ever.
        #[default]
        Total = "total",
        /// A calendar day, UTC.
        Day = "day",
        /// A calendar month, UTC.
        Month = "month",
    }
}

impl Span {
    /// When the span of a moment began, in milliseconds since 1970.
    #[must_use]
    pub fn start_ms(self, now_ms: u64) -> u64 {
        match self {
            Span::Total => 0,
            Span::Day => calendar::day_start(now_ms),
            Span::Month => calendar::month_start(now_ms),
        }
    }

    /// When the span of a moment is over; `None`: never.
    #[must_use]
    pub fn end_ms(self, now_ms: u64) -> Option<u64> {
        match self {
            Span::Total => None,
            Span::Day => Some(calendar::day_start(now_ms) + DAY_MS),
            Span::Month => Some(calendar::month_end(now_ms)),
        }
    }
}

/// How much may be spent in a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Of what.
    pub unit: Unit,
    /// In how long.
    pub span: Span,
    /// At most, in the unit; at least 1.
    pub limit: u64,
}

/// Picodollars of a dollar.
const DOLLAR: u64 = 1_000_000_000_000;

/// The most of anything: a million dollars.
const LIMIT_MAX: u64 = 1_000_000 * DOLLAR;

/// Why a text is no allowance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllowanceError {
    /// Its form.
    #[error(
        "`{text}` is not an amount: a number, then USD, tokens or requests, then /day or /month or nothing"
    )]
    Form {
        /// The text.
        text: String,
    },
    /// Its size.
    #[error("`{text}` is nothing, or more than a budget can hold")]
    Size {
        /// The text.
        text: String,
    },
}

impl FromStr for Allowance {
    type Err = AllowanceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || AllowanceError::Form { text: text.to_owned() };
        let (amount, span) = match text.trim().split_once('/') {
            None => (text.trim(), Span::Total),
            Some((_, "total")) => return Err(form()),
            Some((amount, span)) => (amount, Span::of_name(span.trim()).ok_or_else(form)?),
        };
        let digits = amount.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(amount.len());
        let (number, unit) = amount.split_at(digits);
        let unit = match unit.trim() {
            "" => Unit::Money,
            name => Unit::of_name(name).ok_or_else(form)?,
        };
        let limit = match unit {
            Unit::Money => dollars(number),
            Unit::Tokens | Unit::Requests => number.parse().ok(),
        };
        let limit = limit.ok_or_else(form)?;
        if limit == 0 || limit > LIMIT_MAX {
            return Err(AllowanceError::Size { text: text.to_owned() });
        }
        Ok(Allowance { unit, span, limit })
    }
}

/// Whole dollars, or with up to twelve decimals, in picodollars.
fn dollars(number: &str) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || decimals.is_empty() || decimals.len() > 12 {
        return None;
    }
    let decimals: u64 = format!("{decimals:0<12}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(DOLLAR)?.checked_add(decimals)
}

impl fmt::Display for Allowance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.unit.show(self.limit))?;
        match self.span {
            Span::Total => Ok(()),
            span => write!(formatter, "/{}", span.name()),
        }
    }
}

impl Unit {
    /// An amount with its unit: `0.25USD`, `1000tokens`.
    #[must_use]
    pub fn show(self, amount: u64) -> String {
        match self {
            Unit::Money => {
                let decimals = format!("{:012}", amount % DOLLAR);
                match decimals.trim_end_matches('0') {
                    "" => format!("{}USD", amount / DOLLAR),
                    decimals => format!("{}.{decimals}USD", amount / DOLLAR),
                }
            }
            Unit::Tokens | Unit::Requests => format!("{amount}{}", self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowance, Span, Unit};

    #[test]
    fn allowances_are_written_as_they_are_read() {
        for (text, unit, span, limit) in [
            ("20USD/month", Unit::Money, Span::Month, 20_000_000_000_000),
            ("0.5USD/day", Unit::Money, Span::Day, 500_000_000_000),
            ("1USD", Unit::Money, Span::Total, 1_000_000_000_000),
            ("0.000000000001USD", Unit::Money, Span::Total, 1),
            ("5000tokens/day", Unit::Tokens, Span::Day, 5000),
            ("7requests", Unit::Requests, Span::Total, 7),
        ] {
            let allowance = Allowance { unit, span, limit };
            assert_eq!(text.parse(), Ok(allowance), "{text}");
            assert_eq!(allowance.to_string(), text);
        }
        assert_eq!("20".parse::<Allowance>().map(|a| a.to_string()), Ok("20USD".to_owned()));
        for text in [
            "",
            "USD",
            "0USD",
            "-1USD",
            "1.USD",
            ".5USD",
            "1EUR",
            "1USD/year",
            "1USD/total",
            "1.5tokens",
            "0.0000000000001USD",
            "99999999999999999999USD",
            "1USD/",
        ] {
            assert!(text.parse::<Allowance>().is_err(), "{text}");
        }
    }
}
