//! Limits as plain data: how much may pass, when, and for whom.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use ironbridge_limit::{Rate, TokenBucket};
//!
//! let rate = Rate::new(60, Duration::from_secs(60)).expect("60 per minute is a rate");
//! let start = Instant::now();
//! let mut requests = TokenBucket::new(rate, 2, start);
//! assert!(requests.try_take(2, start).is_ok());
//! let refusal = requests.try_take(1, start).unwrap_err();
//! assert_eq!(refusal.delay(), Some(Duration::from_secs(1)));
//! assert!(requests.try_take(1, start + Duration::from_secs(1)).is_ok());
//! ```
//!
//! | Type | Question it answers |
//! |---|---|
//! | [`TokenBucket`] | may `n` more units pass now, at this rate and burst? |
//! | [`RateLimits`] | may this request pass, for its client *and* its model, by requests *and* tokens? |
//! | [`Interval`] | when does *this* caller start, so that starts keep their spacing? |
//! | [`Cooldown`] | how long must this credential (or this model on it) be left alone? |
//! | [`Ledger`] | does this worst case still fit into every budget it touches? |
//! | [`FairQueue`] | who is next, without a loud key starving a quiet one? |
//! | [`Concurrency`] | is a place free? |
//!
//! # Why the time is an argument
//!
//! Every method that depends on the time takes `now: Instant` and none of them sleeps. A test
//! therefore plays an hour in a microsecond, and one room of the gateway can ask all limits about
//! the *same* moment. [`std::time::Instant`] is the type because it cannot be mixed up with a
//! duration or with wall-clock time. A `now` that lies before an earlier one is read as "no time
//! has passed": nothing panics and nothing is granted twice.
//!
//! # Why the arithmetic is whole-numbered
//!
//! A bucket that counts in `f64` drifts, and over a day of small refills it grants more than its
//! rate. [`TokenBucket`] counts in units of one token times one nanosecond of its period, so its
//! bound, `burst + rate × t` in any window, holds exactly (it is a property test).
//!
//! # What it does not do
//!
//! No waiting, no wake-ups, no threads, no storage, no HTTP: the caller sleeps until the moment it
//! was given and writes the `Retry-After` header itself. [`Concurrency`] alone is shared between
//! threads, because its permits give their place back when they are dropped.

#![forbid(unsafe_code)]

mod bucket;
mod concurrency;
mod cooldown;
mod interval;
mod keyed_buckets;
mod ledger;
mod queue;
mod quota;
mod rate;
mod rate_limits;
mod retry_after;

pub use bucket::TokenBucket;
pub use concurrency::{Concurrency, Permit};
pub use cooldown::Cooldown;
pub use interval::{Interval, Slot};
pub use ledger::{Balance, Ledger, LedgerError, Reservation, Settled};
pub use queue::{FairQueue, Popped, QueueFull, QueueLimits, Ticket};
pub use quota::{PerUnit, Quota, Quotas, Standing, Unit};
pub use rate::{Rate, RateError};
pub use rate_limits::{Claim, LimitReached, RateLimits, RateRefusal, RateStatistics, Taken};
pub use retry_after::RetryAfter;

/// The same cases on every run, and no files of past failures: a case found is written as a test.
#[cfg(test)]
fn property_config() -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, RngSeed};
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0x0001_F00D), ..Config::default() }
}
