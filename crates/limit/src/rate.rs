use std::time::Duration;

/// The longest period of a rate: beyond a year a limit is a budget, see [`crate::Ledger`].
const PERIOD_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The most tokens per period. Together with [`PERIOD_MAX`] it keeps every product of tokens and
/// nanoseconds inside `i128` (2⁴⁸ × 2⁵⁵ = 2¹⁰³).
const TOKENS_MAX: u64 = 1 << 48;

/// So many tokens per period of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    tokens: u64,
    period: Duration,
}

/// Why a rate was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateError {
    /// Nothing would ever pass; refuse such a caller elsewhere.
    #[error("a rate needs at least one token per period")]
    NoTokens,
    /// More tokens per period than can be counted.
    #[error("{tokens} tokens per period is over the maximum of {most}")]
    TooManyTokens {
        /// Tokens asked for.
        tokens: u64,
        /// The maximum, 2⁴⁸.
        most: u64,
    },
    /// Zero, or longer than 366 days.
    #[error("a period of {period:?} is not between 1 ns and {longest:?}")]
    Period {
        /// The period asked for.
        period: Duration,
        /// The longest period.
        longest: Duration,
    },
}

impl Rate {
    /// `tokens` (1 to 2⁴⁸) in each `period` (1 ns to 366 days).
    pub fn new(tokens: u64, period: Duration) -> Result<Self, RateError> {
        if tokens == 0 {
            return Err(RateError::NoTokens);
        }
        if tokens > TOKENS_MAX {
            return Err(RateError::TooManyTokens { tokens, most: TOKENS_MAX });
        }
        if period.is_zero() || period > PERIOD_MAX {
            return Err(RateError::Period { period, longest: PERIOD_MAX });
        }
        Ok(Self { tokens, period })
    }

    /// `tokens` in each minute, as providers state their limits.
    pub fn per_minute(tokens: u64) -> Result<Self, RateError> {
        Self::new(tokens, Duration::from_secs(60))
    }

    /// Tokens in each period.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// The period.
    pub fn period(&self) -> Duration {
        self.period
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_named_in_the_error() {
        let second = Duration::from_secs(1);
        assert_eq!(Rate::new(0, second), Err(RateError::NoTokens));
        assert_eq!(
            Rate::new(u64::MAX, second),
            Err(RateError::TooManyTokens { tokens: u64::MAX, most: TOKENS_MAX })
        );
        for period in [Duration::ZERO, Duration::MAX] {
            assert_eq!(
                Rate::new(1, period),
                Err(RateError::Period { period, longest: PERIOD_MAX })
            );
        }
        assert_eq!(Rate::new(TOKENS_MAX, PERIOD_MAX).map(|rate| rate.tokens()), Ok(TOKENS_MAX));
    }
}
