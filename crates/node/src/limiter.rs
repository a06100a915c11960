//! Rate limits by key.

#![allow(clippy::needless_pass_by_value, reason = "N-API hands over values")]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ironbridge_limit::{Rate, RetryAfter, TokenBucket};
use ironbridge_tools::Failure;
use napi_derive::napi;

use crate::failure::{guarded, invalid, thrown};

/// The most keys of one limiter. Full buckets are forgotten first: a new one would be the same.
const KEYS_MAX: usize = 100_000;
/// Rates are counted in tokens per this much time, so that `0.001` per second is one, too.
const PERIOD: Duration = Duration::from_secs(1000);

/// Token buckets, one for each key.
#[napi]
pub struct NativeLimiter {
    rate: Rate,
    capacity: u64,
    buckets: HashMap<String, TokenBucket>,
}

#[napi]
impl NativeLimiter {
    /// A bucket holds `capacity` and gains `refill_per_second`.
    #[napi(constructor)]
    pub fn new(capacity: f64, refill_per_second: f64) -> napi::Result<Self> {
        let made = guarded(|| {
            let whole = |number: f64, name: &str| {
                let fits = number >= 1.0 && number <= 2f64.powi(48);
                // In bounds by the line above.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let value = number as u64;
                if fits {
                    Ok(value)
                } else {
                    Err(invalid(format!("{name} is out of bounds: {number}")))
                }
            };
            let tokens = whole(
                (refill_per_second * PERIOD.as_secs_f64()).round(),
                "refillPerSecond × 1000",
            )?;
            let rate = Rate::new(tokens, PERIOD).map_err(|error| invalid(error.to_string()))?;
            Ok(Self { rate, capacity: whole(capacity, "capacity")?, buckets: HashMap::new() })
        });
        made.map_err(|failure| thrown(&failure))
    }

    /// Takes `cost` from the bucket of `key`: 0 when it was there, else the milliseconds until it will be; infinite when
    /// never.
    #[napi]
    pub fn take(&mut self, key: String, cost: u32) -> napi::Result<f64> {
        let limiter = self;
        guarded(|| {
            let now = Instant::now();
            let taken = limiter.bucket(key, now)?.try_take(u64::from(cost), now);
            Ok(taken.err().map_or(0.0, |later| milliseconds(&later)))
        })
        .map_err(|failure| thrown(&failure))
    }

    /// What the bucket of `key` holds.
    #[napi]
    pub fn remaining(&self, key: String) -> f64 {
        let full = self.capacity;
        let held = self.buckets.get(&key).map_or(full, |bucket| bucket.remaining(Instant::now()));
        // Capacities are under 2⁴⁸.
        #[allow(clippy::cast_precision_loss)]
        let held = held as f64;
        held
    }

    /// Fills the bucket of `key`; without a key, all.
    #[napi]
    pub fn reset(&mut self, key: Option<String>) {
        match key {
            Some(key) => drop(self.buckets.remove(&key)),
            None => self.buckets.clear(),
        }
    }

    fn bucket(&mut self, key: String, now: Instant) -> Result<&mut TokenBucket, Failure> {
        if self.buckets.len() >= KEYS_MAX && !self.buckets.contains_key(&key) {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            if self.buckets.len() >= KEYS_MAX {
                let message = format!("{KEYS_MAX} keys are limited at the moment; reset some");
                return Err(Failure::new("too_many_keys", message));
            }
        }
        let bucket = || TokenBucket::new(self.rate, self.capacity, now);
        Ok(self.buckets.entry(key).or_insert_with(bucket))
    }
}

fn milliseconds(later: &RetryAfter) -> f64 {
    later.delay().map_or(f64::INFINITY, |delay| delay.as_secs_f64() * 1000.0)
}
