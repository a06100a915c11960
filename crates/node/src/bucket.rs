//! One token bucket that is told the time, for `packages/node/src/compat/copilot-api/limits.ts`.

use std::time::{Duration, Instant};

use ironbridge_limit::{Rate, TokenBucket};
use ironbridge_tools::Failure;
use napi_derive::napi;

use crate::failure::{guarded, thrown};

/// Rates are counted in tokens per this much time, so that one in eleven days is a rate, too.
const PERIOD: Duration = Duration::from_secs(1_000_000);
/// Above it nothing is whole any more in JavaScript's twin.
const WHOLE_MAX: f64 = 1e12;

/// A bucket without a key and without a clock. `bucket.ts` does the same in JavaScript, to the millisecond.
#[napi]
pub struct NativeBucket {
    bucket: TokenBucket,
    /// What stands for the time 0 of the caller.
    zero: Instant,
}

#[napi]
impl NativeBucket {
    /// It holds `capacity` and gains `refill_per_second`.
    #[napi(constructor)]
    pub fn new(capacity: f64, refill_per_second: f64) -> napi::Result<Self> {
        let made = guarded(|| {
            let tokens = whole(refill_per_second * PERIOD.as_secs_f64())?;
            let rate = Rate::new(tokens, PERIOD).map_err(|error| refused(error.to_string()))?;
            let zero = Instant::now();
            Ok(Self { bucket: TokenBucket::new(rate, whole(capacity)?, zero), zero })
        });
        made.map_err(|failure| thrown(&failure))
    }

    /// Takes one at the whole millisecond `now_ms`: how many are left, or minus the whole milliseconds until there is one.
    #[napi]
    pub fn take(&mut self, now_ms: f64) -> napi::Result<f64> {
        let Self { bucket, zero } = self;
        guarded(|| {
            // 0 is no time of a bucket, but may be one of the caller.
            let now = zero.checked_add(Duration::from_millis(whole(now_ms + 1.0)?));
            let now = now.ok_or_else(|| refused(format!("no such time: {now_ms} ms")))?;
            Ok(match bucket.try_take(1, now) {
                Ok(()) => number(u128::from(bucket.remaining(now))),
                Err(later) => -later
                    .delay()
                    .map_or(f64::INFINITY, |delay| number(delay.as_nanos().div_ceil(1_000_000))),
            })
        })
        .map_err(|failure| thrown(&failure))
    }
}

/// A whole number from 1.
fn whole(number: f64) -> Result<u64, Failure> {
    let rounded = number.round();
    if !(1.0..=WHOLE_MAX).contains(&rounded) {
        return Err(refused(format!("out of bounds: {number}")));
    }
    // In bounds by the line above.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = rounded as u64;
    Ok(whole)
}

/// None of them is over 2³²: capacities are under [`WHOLE_MAX`] over a million, and one token comes within a [`PERIOD`].
fn number(whole: u128) -> f64 {
    u32::try_from(whole).map_or(f64::INFINITY, f64::from)
}

fn refused(message: String) -> Failure {
    Failure::new("invalid_input", message)
}
