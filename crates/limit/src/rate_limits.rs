use std::hash::Hash;
use std::time::Instant;

use crate::keyed_buckets::{Hold, KeyedBuckets};
use crate::{PerUnit, Quotas, RetryAfter, Standing, TokenBucket, Unit};

#[cfg(test)]
mod tests;

/// Rate limits of many keys (clients, models), in requests and in tokens.
///
/// A request claims from several keys at once, its client's and its model's, and from both units of
/// each: it passes all of their buckets or takes from none. The tokens it asks for are an estimate;
/// [`RateLimits::settle`] replaces it by what it truly used.
///
/// The quotas come with each claim, so there is nothing to reload: the first claim with other
/// quotas changes the buckets, and what was used stays used. Buckets come into being with a key's
/// first claim and go an hour after its last, once they are full again; a bucket made anew grants
/// nothing that the old one would not have.
///
/// ```
/// use std::time::Instant;
/// use ironbridge_limit::{Claim, Quota, Quotas, RateLimits, Unit};
///
/// let client = Quotas { requests: Quota::per_minute(60).ok(), tokens: Quota::per_minute(9_000).ok() };
/// let model = Quotas { requests: None, tokens: Quota::per_minute(5_000).ok() };
/// let mut limits = RateLimits::new(10_000);
/// let now = Instant::now();
/// let claims = [Some(Claim { key: &"alice", quotas: &client }), Some(Claim { key: &"opus", quotas: &model })];
///
/// let taken = limits.take(claims, 4_000, now).expect("both are full");
/// assert!(limits.take(claims, 4_000, now).is_err(), "1,000 are left of the model's");
/// limits.settle(taken, 500, now);
/// assert!(limits.take(claims, 4_000, now).is_ok());
/// ```
#[derive(Debug)]
pub struct RateLimits<Key> {
    buckets: KeyedBuckets<Key>,
    granted: PerUnit<u64>,
    refused: PerUnit<u64>,
    crowded: u64,
}

/// One key that a request counts against, and what that key may use.
#[derive(Debug)]
pub struct Claim<'a, Key> {
    /// Whose buckets.
    pub key: &'a Key,
    /// What they hold. Without a limit in either unit the claim costs nothing and keeps nothing.
    pub quotas: &'a Quotas,
}

impl<Key> Clone for Claim<'_, Key> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Key> Copy for Claim<'_, Key> {}

/// What one request took, from at most `CLAIMS` keys. Settle it, or give it back; dropped, it stays
/// taken as it was estimated. Its keys' buckets are kept as long as it lives.
#[derive(Debug)]
#[must_use = "the estimate stands until it is settled or given back"]
pub struct Taken<const CLAIMS: usize> {
    holds: [Option<Hold>; CLAIMS],
    tokens: u64,
}

impl<const CLAIMS: usize> Taken<CLAIMS> {
    /// The tokens that were taken: the estimate.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }
}

/// Why a request did not pass. Nothing was taken from any key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RateRefusal {
    /// A bucket has too little.
    #[error(transparent)]
    Limited(#[from] LimitReached),
    /// There is no place for another key: all have used something that has not come back yet, or
    /// have requests under way.
    #[error("rate limits of {keys_max} keys are kept and none of them can be dropped")]
    Crowded {
        /// Index into the claims of [`RateLimits::take`].
        position: usize,
        /// The most keys.
        keys_max: usize,
    },
}

/// The bucket that refused. Where several did, the one that takes longest to have enough: after that
/// wait, and if nobody else takes, the same request passes all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{asked} {unit} are asked for, {} of {} are left", standing.remaining, standing.limit)]
pub struct LimitReached {
    /// Index into the claims of [`RateLimits::take`].
    pub position: usize,
    /// What there is too little of.
    pub unit: Unit,
    /// Units asked for.
    pub asked: u64,
    /// How that limit stands.
    pub standing: Standing,
    /// When the request would pass; [`RetryAfter::Never`] when it asks for more than the burst.
    pub retry_after: RetryAfter,
}

impl LimitReached {
    /// A request larger than the burst outlasts every wait.
    fn outlasts(&self, other: &Self) -> bool {
        match (self.retry_after.delay(), other.retry_after.delay()) {
            (Some(delay), Some(other)) => delay > other,
            (delay, other) => delay.is_none() && other.is_some(),
        }
    }
}

/// What happened since the start. A reset of buckets does not set these back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateStatistics {
    /// Requests that passed, and the tokens they asked for.
    pub granted: PerUnit<u64>,
    /// Requests refused, by the unit that was named in the refusal.
    pub refused: PerUnit<u64>,
    /// Requests refused because there was no place for another key.
    pub crowded: u64,
    /// Keys with buckets now.
    pub keys: usize,
}

impl<Key: Clone + Eq + Hash> RateLimits<Key> {
    /// Limits for at most `keys_max` keys at a time (raised to 1 if it is 0).
    pub fn new(keys_max: usize) -> Self {
        Self {
            buckets: KeyedBuckets::new(keys_max),
            granted: PerUnit::default(),
            refused: PerUnit::default(),
            crowded: 0,
        }
    }

    /// Takes one request of `tokens` tokens from every claim, or nothing from any. A key claimed
    /// twice counts once, with the quotas of its later claim.
    pub fn take<const CLAIMS: usize>(
        &mut self,
        claims: [Option<Claim<'_, Key>>; CLAIMS],
        tokens: u64,
        now: Instant,
    ) -> Result<Taken<CLAIMS>, RateRefusal> {
        self.buckets.look_for_idle(now);
        let mut taken = Taken { holds: [const { None }; CLAIMS], tokens };
        let mut reached: Option<LimitReached> = None;
        for (position, claim) in claims.iter().enumerate() {
            let Some(claim) = claim.filter(|claim| !claim.quotas.is_unlimited()) else { continue };
            let Some(hold) = self.buckets.hold(claim.key, claim.quotas, now) else {
                self.crowded += 1;
                return Err(RateRefusal::Crowded { position, keys_max: self.buckets.keys_max() });
            };
            if taken.holds.iter().flatten().any(|earlier| earlier.is_same(&hold)) {
                continue;
            }
            if let Some(buckets) = self.buckets.held(&hold) {
                for (unit, asked) in [(Unit::Requests, 1), (Unit::Tokens, tokens)] {
                    let bucket = buckets.get_mut(unit).as_mut();
                    let found = bucket.and_then(|bucket| check(bucket, position, unit, asked, now));
                    if found.is_some_and(|found| reached.is_none_or(|other| found.outlasts(&other)))
                    {
                        reached = found;
                    }
                }
            }
            taken.holds[position] = Some(hold);
        }
        if let Some(reached) = reached {
            *self.refused.get_mut(reached.unit) += 1;
            return Err(reached.into());
        }
        self.each_bucket(&taken, |unit, bucket| match unit {
            Unit::Requests => bucket.charge(1, now),
            Unit::Tokens => bucket.charge(tokens, now),
        });
        self.granted.requests += 1;
        self.granted.tokens = self.granted.tokens.saturating_add(tokens);
        Ok(taken)
    }

    /// Replaces the estimated tokens by those truly used. More than estimated becomes a debt that
    /// is paid before anything is granted again; less is given back. Buckets that were reset since
    /// stay as they are.
    #[expect(clippy::needless_pass_by_value, reason = "moved, so that it is settled only once")]
    pub fn settle<const CLAIMS: usize>(&mut self, taken: Taken<CLAIMS>, tokens: u64, now: Instant) {
        let (more, less) =
            (tokens.saturating_sub(taken.tokens), taken.tokens.saturating_sub(tokens));
        self.each_bucket(&taken, |unit, bucket| match unit {
            Unit::Requests => {}
            Unit::Tokens if more > 0 => bucket.charge(more, now),
            Unit::Tokens => bucket.refund(less, now),
        });
    }

    /// Gives the request and its tokens back: it was not carried out.
    #[expect(clippy::needless_pass_by_value, reason = "moved, so that it is given back only once")]
    pub fn give_back<const CLAIMS: usize>(&mut self, taken: Taken<CLAIMS>, now: Instant) {
        self.each_bucket(&taken, |unit, bucket| match unit {
            Unit::Requests => bucket.refund(1, now),
            Unit::Tokens => bucket.refund(taken.tokens, now),
        });
    }

    /// How the claims stand, by unit: of several limits the one with the least remaining, which is
    /// the one to tell a client. `None` where no claim limits the unit. Keeps nothing.
    pub fn standing<const CLAIMS: usize>(
        &self,
        claims: [Option<Claim<'_, Key>>; CLAIMS],
        now: Instant,
    ) -> PerUnit<Option<Standing>> {
        let mut least = PerUnit::default();
        for claim in claims.iter().flatten() {
            let kept = self.buckets.get(claim.key);
            for unit in [Unit::Requests, Unit::Tokens] {
                let Some(quota) = *claim.quotas.get(unit) else { continue };
                let bucket = kept.and_then(|buckets| buckets.get(unit).as_ref());
                let found = bucket
                    .map_or_else(|| Standing::unused(quota), |bucket| Standing::of(bucket, now));
                let least: &mut Option<Standing> = least.get_mut(unit);
                if least.is_none_or(|least| found.remaining < least.remaining) {
                    *least = Some(found);
                }
            }
        }
        least
    }

    /// Makes a key's buckets full; requests under way no longer change them. Says whether the key
    /// had any.
    pub fn reset(&mut self, key: &Key) -> bool {
        self.buckets.remove(key)
    }

    /// Makes the buckets of all keys full.
    pub fn reset_all(&mut self) {
        self.buckets.clear();
    }

    /// Drops what is idle of all keys, in time of their number. Needed only to see it gone while
    /// no requests come; each [`RateLimits::take`] looks at one key by itself.
    pub fn drop_idle(&mut self, now: Instant) {
        self.buckets.drop_idle(now);
    }

    /// What was granted and refused, and how many keys are kept.
    pub fn statistics(&self) -> RateStatistics {
        RateStatistics {
            granted: self.granted,
            refused: self.refused,
            crowded: self.crowded,
            keys: self.buckets.len(),
        }
    }

    fn each_bucket<const CLAIMS: usize>(
        &mut self,
        taken: &Taken<CLAIMS>,
        mut change: impl FnMut(Unit, &mut TokenBucket),
    ) {
        for hold in taken.holds.iter().flatten() {
            let Some(buckets) = self.buckets.held(hold) else { continue };
            for unit in [Unit::Requests, Unit::Tokens] {
                if let Some(bucket) = buckets.get_mut(unit) {
                    change(unit, bucket);
                }
            }
        }
    }
}

fn check(
    bucket: &mut TokenBucket,
    position: usize,
    unit: Unit,
    asked: u64,
    now: Instant,
) -> Option<LimitReached> {
    let retry_after = bucket.check(asked, now).err()?;
    let standing = Standing::of(bucket, now);
    Some(LimitReached { position, unit, asked, standing, retry_after })
}
