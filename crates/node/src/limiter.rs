//! Rate limits by key.

#![allow(clippy::needless_pass_by_value, reason = "N-API hands over values")]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ironbridge_limit::{Rate, RetryAfter, TokenBucket};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;

use crate::error::CallError;
use crate::failure::{guarded, thrown};

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
    /// One number, which JavaScript reads after each [`NativeLimiter::take`].
    later: Float64Array,
}

#[napi]
impl NativeLimiter {
    /// A bucket holds `capacity` and gains `refill_per_second`. `later`: room for one number.
    #[napi(constructor)]
    pub fn new(capacity: f64, refill_per_second: f64, later: Float64Array) -> napi::Result<Self> {
        let made = guarded(|| {
            let whole = |number: f64, name: &str| {
                let fits = number >= 1.0 && number <= 2f64.powi(48);
                // In bounds by the line above.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let value = number as u64;
                if fits {
                    Ok(value)
                } else {
                    Err(CallError::Input(format!("{name} is out of bounds: {number}")))
                }
            };
            let tokens = whole(
                (refill_per_second * PERIOD.as_secs_f64()).round(),
                "refillPerSecond × 1000",
            )?;
            let rate =
                Rate::new(tokens, PERIOD).map_err(|error| CallError::input(error.to_string()))?;
            Ok(Self {
                rate,
                capacity: whole(capacity, "capacity")?,
                buckets: HashMap::new(),
                later,
            })
        });
        made.map_err(|failure| thrown(&failure))
    }

    /// Takes `cost` from the bucket of `key`. What it holds then is the result; the milliseconds until `cost` will be there
    /// (0 when it was, infinite when never) are written to `later`: so one crossing tells both.
    #[napi]
    pub fn take(&mut self, key: String, cost: u32) -> napi::Result<f64> {
        let limiter = &mut *self;
        let taken = guarded(|| {
            let now = Instant::now();
            let bucket = limiter.bucket(key, now)?;
            let later = bucket.try_take(u64::from(cost), now).err();
            Ok((bucket.remaining(now), later.map_or(0.0, |later| milliseconds(&later))))
        });
        let (remaining, milliseconds) = taken.map_err(|failure| thrown(&failure))?;
        // SAFETY: the array is this limiter's alone to write to, on the one thread both belong to; JavaScript reads it
        // after this call.
        if let Some(later) = unsafe { self.later.as_mut() }.first_mut() {
            *later = milliseconds;
        }
        // Capacities are under 2⁴⁸.
        #[allow(clippy::cast_precision_loss)]
        let remaining = remaining as f64;
        Ok(remaining)
    }

    /// Fills the bucket of `key`; without a key, all.
    #[napi]
    pub fn reset(&mut self, key: Option<String>) {
        match key {
            Some(key) => drop(self.buckets.remove(&key)),
            None => self.buckets.clear(),
        }
    }

    fn bucket(&mut self, key: String, now: Instant) -> Result<&mut TokenBucket, CallError> {
        if self.buckets.len() >= KEYS_MAX && !self.buckets.contains_key(&key) {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            if self.buckets.len() >= KEYS_MAX {
                return Err(CallError::TooManyKeys(KEYS_MAX));
            }
        }
        let bucket = || TokenBucket::new(self.rate, self.capacity, now);
        Ok(self.buckets.entry(key).or_insert_with(bucket))
    }
}

fn milliseconds(later: &RetryAfter) -> f64 {
    later.delay().map_or(f64::INFINITY, |delay| delay.as_secs_f64() * 1000.0)
}
