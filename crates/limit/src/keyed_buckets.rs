use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{PerUnit, Quota, Quotas, TokenBucket};

/// How long a key's buckets are kept after they were last asked (issue 3 §2: "idle buckets dropped
/// after an hour"), and longer while one is not full or a request still holds them.
const IDLE_MAX: Duration = Duration::from_secs(60 * 60);

/// How many keys a new one looks at for buckets that can go, once there is no place left. The next
/// new key looks on from there.
const LOOKED_AT_MAX: usize = 64;

/// The buckets of many keys, each made full when its key is first seen.
///
/// Only buckets that nothing is missing from are ever dropped, so that one dropped and made again
/// grants exactly what the kept one would have. Looking for them is a step of a clock hand now and
/// then: no call ever walks over all keys but [`KeyedBuckets::drop_idle`].
#[derive(Debug)]
pub(crate) struct KeyedBuckets<Key> {
    places: HashMap<Key, usize>,
    slots: Vec<Option<Slot<Key>>>,
    free: Vec<usize>,
    keys_max: usize,
    /// The slot that is looked at next.
    hand: usize,
}

#[derive(Debug)]
struct Slot<Key> {
    key: Key,
    buckets: PerUnit<Option<TokenBucket>>,
    touched: Instant,
    /// Shared with every [`Hold`] on these buckets, and replaced when they no longer are the ones
    /// that were held.
    identity: Arc<()>,
}

/// Keeps a key's buckets from being dropped, and finds them again. It goes stale when they are
/// reset, or when a unit gains or loses its limit.
#[derive(Debug)]
pub(crate) struct Hold {
    place: usize,
    identity: Arc<()>,
}

impl Hold {
    /// Whether both hold the same buckets.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.identity, &other.identity)
    }
}

impl<Key: Clone + Eq + Hash> KeyedBuckets<Key> {
    pub(crate) fn new(keys_max: usize) -> Self {
        Self {
            places: HashMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            keys_max: keys_max.max(1),
            hand: 0,
        }
    }

    /// Holds the buckets of `key`, with these quotas from now on. `None` when there is no place for
    /// a new key and no place could be made.
    pub(crate) fn hold(&mut self, key: &Key, quotas: &Quotas, now: Instant) -> Option<Hold> {
        let place = match self.places.get(key) {
            Some(place) => *place,
            None => self.insert(key, now)?,
        };
        let slot = self.slots.get_mut(place)?.as_mut()?;
        slot.set_quotas(quotas, now);
        slot.touched = slot.touched.max(now);
        Some(Hold { place, identity: Arc::clone(&slot.identity) })
    }

    /// The buckets that are held; `None` when the hold went stale.
    pub(crate) fn held(&mut self, hold: &Hold) -> Option<&mut PerUnit<Option<TokenBucket>>> {
        let slot = self.slots.get_mut(hold.place)?.as_mut()?;
        Arc::ptr_eq(&slot.identity, &hold.identity).then_some(&mut slot.buckets)
    }

    /// The buckets of a key as they are, if it has any.
    pub(crate) fn get(&self, key: &Key) -> Option<&PerUnit<Option<TokenBucket>>> {
        let slot = self.slots.get(*self.places.get(key)?)?.as_ref()?;
        Some(&slot.buckets)
    }

    /// Forgets what a key used.
    pub(crate) fn remove(&mut self, key: &Key) -> bool {
        let place = self.places.get(key).copied();
        place.is_some_and(|place| self.vacate(place).is_some())
    }

    /// Forgets what all keys used.
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.slots.clear();
        self.free.clear();
        self.hand = 0;
    }

    /// Looks at the buckets of one key, of the next one the next time, and drops them if idle.
    pub(crate) fn look_for_idle(&mut self, now: Instant) {
        self.turn_hand(|slot| slot.is_idle(now));
    }

    /// Drops every bucket that is idle: time in the number of keys.
    pub(crate) fn drop_idle(&mut self, now: Instant) {
        for _ in 0..self.slots.len() {
            self.look_for_idle(now);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn keys_max(&self) -> usize {
        self.keys_max
    }

    fn insert(&mut self, key: &Key, now: Instant) -> Option<usize> {
        if self.places.len() >= self.keys_max {
            (0..self.slots.len().min(LOOKED_AT_MAX))
                .any(|_| self.turn_hand(|slot| slot.can_go(now)))
                .then_some(())?;
        }
        let place = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        *self.slots.get_mut(place)? = Some(Slot {
            key: key.clone(),
            buckets: PerUnit::default(),
            touched: now,
            identity: Arc::new(()),
        });
        self.places.insert(key.clone(), place);
        Some(place)
    }

    /// Looks at the slot under the hand, drops it if it `may_go`, and moves on.
    fn turn_hand(&mut self, may_go: impl Fn(&Slot<Key>) -> bool) -> bool {
        let place = self.hand;
        self.hand = if place + 1 < self.slots.len() { place + 1 } else { 0 };
        let slot = self.slots.get(place).and_then(Option::as_ref);
        slot.is_some_and(may_go) && self.vacate(place).is_some()
    }

    fn vacate(&mut self, place: usize) -> Option<()> {
        let slot = self.slots.get_mut(place)?.take()?;
        self.places.remove(&slot.key);
        self.free.push(place);
        Some(())
    }
}

impl<Key> Slot<Key> {
    fn is_idle(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.touched) >= IDLE_MAX && self.can_go(now)
    }

    /// Nobody holds it and nothing is missing from it.
    fn can_go(&self, now: Instant) -> bool {
        let full =
            |bucket: &Option<TokenBucket>| bucket.as_ref().is_none_or(|bucket| bucket.is_full(now));
        Arc::strong_count(&self.identity) == 1
            && full(&self.buckets.requests)
            && full(&self.buckets.tokens)
    }

    fn set_quotas(&mut self, quotas: &Quotas, now: Instant) {
        let requests = set_quota(&mut self.buckets.requests, quotas.requests, now);
        let tokens = set_quota(&mut self.buckets.tokens, quotas.tokens, now);
        if requests || tokens {
            self.identity = Arc::new(());
        }
    }
}

/// Changes rate and burst where they differ. Says whether the bucket was made or taken away.
fn set_quota(bucket: &mut Option<TokenBucket>, quota: Option<Quota>, now: Instant) -> bool {
    match (&mut *bucket, quota) {
        (None, None) => false,
        (Some(kept), Some(quota)) => {
            if (kept.rate(), kept.burst()) != (quota.rate, quota.burst) {
                kept.reconfigure(quota.rate, quota.burst, now);
            }
            false
        }
        (None, Some(quota)) => {
            *bucket = Some(TokenBucket::new(quota.rate, quota.burst, now));
            true
        }
        (Some(_), None) => {
            *bucket = None;
            true
        }
    }
}
