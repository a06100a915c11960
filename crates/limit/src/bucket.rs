use std::time::{Duration, Instant};

use crate::{Rate, RetryAfter};

/// A token bucket: holds up to `burst` tokens, refilled continuously at a [`Rate`].
///
/// In any window of length `t` it grants at most `burst + rate × t` tokens, exactly. A bucket
/// starts full. [`TokenBucket::charge`] may take it below zero: that is how a cost known only
/// afterwards (output tokens) counts against the requests that follow.
#[derive(Debug, Clone)]
pub struct TokenBucket {
    rate: Rate,
    burst: u64,
    /// Tokens × nanoseconds of the period: one elapsed nanosecond adds exactly `rate.tokens()`.
    level: i128,
    updated: Instant,
}

impl TokenBucket {
    /// A full bucket. A `burst` of 0 grants nothing but takes of 0.
    pub fn new(rate: Rate, burst: u64, now: Instant) -> Self {
        let mut bucket = Self { rate, burst, level: 0, updated: now };
        bucket.level = bucket.full();
        bucket
    }

    /// Takes `n` tokens if they are there now; otherwise takes nothing and says how long until
    /// they would be, rounded up to the nanosecond.
    pub fn try_take(&mut self, n: u64, now: Instant) -> Result<(), RetryAfter> {
        self.check(n, now)?;
        self.level -= self.scaled(n);
        Ok(())
    }

    /// Whether [`TokenBucket::try_take`] would take `n` tokens now; takes nothing. For who must
    /// ask several buckets before taking from any.
    pub fn check(&mut self, n: u64, now: Instant) -> Result<(), RetryAfter> {
        self.refill(now);
        if n > self.burst {
            return Err(RetryAfter::Never { asked: n, most: self.burst });
        }
        let cost = self.scaled(n);
        if cost > self.level {
            return Err(RetryAfter::Wait(self.time_to_gain(cost.saturating_sub(self.level))));
        }
        Ok(())
    }

    /// Takes `n` tokens whether they are there or not. What is missing becomes a debt that the
    /// refill pays off before anything is granted again.
    pub fn charge(&mut self, n: u64, now: Instant) {
        self.refill(now);
        self.level = self.level.saturating_sub(self.scaled(n));
    }

    /// Gives `n` tokens back (a reservation that came out smaller), never above the burst.
    pub fn refund(&mut self, n: u64, now: Instant) {
        self.refill(now);
        self.level = self.level.saturating_add(self.scaled(n)).min(self.full());
    }

    /// Whole tokens that could be taken at `now`; 0 while in debt.
    pub fn remaining(&self, now: Instant) -> u64 {
        let whole = self.level_at(now).max(0) / self.period_nanos();
        u64::try_from(whole).unwrap_or(u64::MAX)
    }

    /// How long until the bucket is full if nothing more is taken: the value of a
    /// `ratelimit-reset` header.
    pub fn time_to_full(&self, now: Instant) -> Duration {
        self.time_to_gain(self.full().saturating_sub(self.level_at(now)))
    }

    /// Whether nothing of the burst is missing: the bucket is as a new one would be.
    pub fn is_full(&self, now: Instant) -> bool {
        self.level_at(now) >= self.full()
    }

    /// Changes rate and burst (a reloaded config). Tokens above the new burst are lost, a debt
    /// stays.
    pub fn reconfigure(&mut self, rate: Rate, burst: u64, now: Instant) {
        self.refill(now);
        let (whole, part) = (
            self.level.div_euclid(self.period_nanos()),
            self.level.rem_euclid(self.period_nanos()),
        );
        let period_old = self.period_nanos();
        self.rate = rate;
        self.burst = burst;
        // The fraction of a token is carried rounded down, so that a reload never grants extra.
        let part = part.saturating_mul(self.period_nanos()).div_euclid(period_old);
        let level = whole.saturating_mul(self.period_nanos()).saturating_add(part);
        self.level = level.min(self.full());
    }

    /// The rate of the refill.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// The burst: the most that one take can be granted.
    pub fn burst(&self) -> u64 {
        self.burst
    }

    fn refill(&mut self, now: Instant) {
        if now > self.updated {
            self.level = self.level_at(now);
            self.updated = now;
        }
    }

    fn level_at(&self, now: Instant) -> i128 {
        let elapsed = nanos(now.saturating_duration_since(self.updated));
        // 64 bits by 48 bits: no product is too large.
        let gained = i128::from(elapsed) * i128::from(self.rate.tokens());
        self.level.saturating_add(gained).min(self.full())
    }

    fn time_to_gain(&self, missing: i128) -> Duration {
        let tokens = i128::from(self.rate.tokens());
        let wait = missing.max(0).saturating_add(tokens - 1) / tokens;
        u64::try_from(wait).map_or(Duration::MAX, Duration::from_nanos)
    }

    fn full(&self) -> i128 {
        self.scaled(self.burst)
    }

    fn scaled(&self, tokens: u64) -> i128 {
        // 64 bits by 55 bits, the longest period.
        i128::from(tokens) * self.period_nanos()
    }

    fn period_nanos(&self) -> i128 {
        i128::from(nanos(self.rate.period()))
    }
}

/// Beyond 584 years it is 584 years.
fn nanos(duration: Duration) -> u64 {
    const SECOND: u64 = 1_000_000_000;
    duration.as_secs().saturating_mul(SECOND).saturating_add(u64::from(duration.subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn bucket(tokens: u64, period: Duration, burst: u64) -> (TokenBucket, Instant) {
        let start = Instant::now();
        (TokenBucket::new(Rate::new(tokens, period).unwrap(), burst, start), start)
    }

    #[test]
    fn waits_exactly_until_the_token_is_there() {
        let (mut bucket, start) = bucket(3, SECOND, 3);
        bucket.try_take(3, start).unwrap();
        let wait = bucket.try_take(1, start).unwrap_err().delay().unwrap();
        assert_eq!(wait, Duration::from_nanos(333_333_334));
        let early = start + wait - Duration::from_nanos(1);
        assert!(bucket.try_take(1, early).is_err());
        assert!(bucket.try_take(1, start + wait).is_ok());
    }

    #[test]
    fn more_than_the_burst_is_never() {
        let (mut bucket, start) = bucket(1, SECOND, 5);
        assert_eq!(bucket.try_take(6, start), Err(RetryAfter::Never { asked: 6, most: 5 }));
        assert_eq!(bucket.remaining(start), 5, "a refusal takes nothing");
    }

    #[test]
    fn a_debt_is_paid_before_the_next_grant() {
        let (mut bucket, start) = bucket(10, SECOND, 10);
        bucket.charge(30, start);
        assert_eq!(bucket.remaining(start), 0);
        assert_eq!(bucket.try_take(1, start), Err(RetryAfter::Wait(SECOND * 21 / 10)));
        assert_eq!(bucket.time_to_full(start), SECOND * 3);
        bucket.refund(25, start);
        assert_eq!(bucket.remaining(start), 5);
        bucket.refund(u64::MAX, start);
        assert_eq!(bucket.remaining(start), 10, "a refund never exceeds the burst");
    }

    #[test]
    fn time_running_backwards_grants_nothing() {
        let (mut bucket, start) = bucket(1, SECOND, 1);
        let later = start + SECOND * 10;
        bucket.try_take(1, later).unwrap();
        assert!(bucket.try_take(1, start).is_err());
        assert!(bucket.try_take(1, later).is_err());
        assert!(bucket.try_take(1, later + SECOND).is_ok());
    }

    #[test]
    fn reconfigure_keeps_what_was_used() {
        let (mut bucket, start) = bucket(60, SECOND * 60, 60);
        bucket.try_take(50, start).unwrap();
        bucket.reconfigure(Rate::new(1, SECOND).unwrap(), 5, start);
        assert_eq!(bucket.remaining(start), 5);
        bucket.charge(8, start);
        bucket.reconfigure(Rate::new(2, SECOND).unwrap(), 5, start);
        assert_eq!(bucket.try_take(1, start), Err(RetryAfter::Wait(SECOND * 2)));
    }

    #[test]
    fn extreme_numbers_do_not_overflow() {
        let year = SECOND * (366 * 24 * 3600);
        let (mut bucket, start) = bucket(1 << 48, year, u64::MAX);
        bucket.charge(u64::MAX, start);
        bucket.charge(u64::MAX, start);
        assert_eq!(bucket.remaining(start), 0);
        bucket.refund(u64::MAX, start);
        assert!(bucket.time_to_full(start) > Duration::ZERO);
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        /// The promise of the type, over every window of the history and not only from the start.
        #[test]
        fn never_grants_more_than_burst_plus_rate_in_any_window(
            tokens in 1_u64..50,
            period_millis in 1_u64..5_000,
            burst in 0_u64..40,
            steps in prop::collection::vec((0_u64..400_000_000, 0_u64..12), 1..60),
        ) {
            let (mut bucket, start) = bucket(tokens, Duration::from_millis(period_millis), burst);
            let mut now = start;
            let mut grants: Vec<(Instant, u64)> = Vec::new();
            for (advance_nanos, n) in steps {
                now += Duration::from_nanos(advance_nanos);
                if bucket.try_take(n, now).is_ok() {
                    grants.push((now, n));
                }
            }
            for (first, (from, _)) in grants.iter().enumerate() {
                let mut granted = 0_u128;
                for (to, n) in &grants[first..] {
                    granted += u128::from(*n);
                    let window = (*to - *from).as_nanos();
                    let scale = u128::from(period_millis) * 1_000_000;
                    prop_assert!(granted * scale <= u128::from(burst) * scale + u128::from(tokens) * window);
                }
            }
        }

        #[test]
        fn the_announced_wait_suffices_and_no_shorter_one_does(
            tokens in 1_u64..1_000,
            period_millis in 1_u64..100_000,
            burst in 1_u64..100,
            n in 1_u64..100,
            charged in 0_u64..500,
        ) {
            let (mut bucket, start) = bucket(tokens, Duration::from_millis(period_millis), burst);
            bucket.charge(charged, start);
            if let Err(RetryAfter::Wait(wait)) = bucket.clone().try_take(n, start) {
                let early = start + wait - Duration::from_nanos(1);
                prop_assert!(bucket.clone().try_take(n, early).is_err());
                prop_assert!(bucket.try_take(n, start + wait).is_ok());
            }
        }
    }
}
