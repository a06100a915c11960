use std::fmt;
use std::time::{Duration, Instant};

use crate::{Rate, RateError, TokenBucket};

/// What a rate limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Requests, whatever their size.
    Requests,
    /// Model tokens, of input and output together or as the caller counts them.
    Tokens,
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
        })
    }
}

/// One value for each [`Unit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerUnit<T> {
    /// For requests.
    pub requests: T,
    /// For tokens.
    pub tokens: T,
}

impl<T> PerUnit<T> {
    /// The value of one unit.
    pub fn get(&self, unit: Unit) -> &T {
        match unit {
            Unit::Requests => &self.requests,
            Unit::Tokens => &self.tokens,
        }
    }

    /// The value of one unit, to change it.
    pub fn get_mut(&mut self, unit: Unit) -> &mut T {
        match unit {
            Unit::Requests => &mut self.requests,
            Unit::Tokens => &mut self.tokens,
        }
    }
}

/// A rate with the burst that is allowed above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How fast what was used comes back.
    pub rate: Rate,
    /// The most that can be used at once. A request that asks for more never passes.
    pub burst: u64,
}

impl Quota {
    /// `count` in each minute, all of which may be used at once: how providers state their limits.
    pub fn per_minute(count: u64) -> Result<Self, RateError> {
        Ok(Self { rate: Rate::per_minute(count)?, burst: count })
    }
}

/// What one key may use of each unit; `None` is without limit.
pub type Quotas = PerUnit<Option<Quota>>;

impl Quotas {
    /// Whether no unit is limited.
    pub fn is_unlimited(&self) -> bool {
        self.requests.is_none() && self.tokens.is_none()
    }
}

/// How a limit stands: the three values of the `ratelimit` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The most that `remaining` can be: the burst.
    pub limit: u64,
    /// What could be used now; 0 while in debt.
    pub remaining: u64,
    /// How long until `remaining` is `limit` again, if nothing more is used.
    pub reset: Duration,
}

impl Standing {
    /// Of a limit that was never used.
    pub fn unused(quota: Quota) -> Self {
        Self { limit: quota.burst, remaining: quota.burst, reset: Duration::ZERO }
    }

    pub(crate) fn of(bucket: &TokenBucket, now: Instant) -> Self {
        Self {
            limit: bucket.burst(),
            remaining: bucket.remaining(now),
            reset: bucket.time_to_full(now),
        }
    }
}
