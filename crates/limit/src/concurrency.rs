use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A counter of places in use, shared by cloning.
///
/// Places may be requests (take 1) or bytes (take many). A [`Permit`] gives its places back when it
/// is dropped, so a cancelled future or a panic cannot leak one.
#[derive(Debug, Clone)]
pub struct Concurrency {
    places: Arc<Places>,
}

#[derive(Debug)]
struct Places {
    used: AtomicU64,
    most: AtomicU64,
}

/// Places held until this is dropped.
#[derive(Debug)]
#[must_use = "dropping the permit gives its places back"]
pub struct Permit {
    places: Arc<Places>,
    count: u64,
}

impl Permit {
    /// Places held.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.places.used.fetch_sub(self.count, Ordering::AcqRel);
    }
}

impl Concurrency {
    /// At most `most` places in use at once.
    pub fn new(most: u64) -> Self {
        Self { places: Arc::new(Places { used: AtomicU64::new(0), most: AtomicU64::new(most) }) }
    }

    /// One place, or `None` when none is free.
    pub fn try_acquire(&self) -> Option<Permit> {
        self.try_acquire_many(1)
    }

    /// `count` places, or `None` (and nothing taken) when fewer are free.
    pub fn try_acquire_many(&self, count: u64) -> Option<Permit> {
        let most = self.most();
        let within = |used: u64| used.checked_add(count).filter(|used| *used <= most);
        self.places.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, within).ok()?;
        Some(Permit { places: Arc::clone(&self.places), count })
    }

    /// Places in use.
    pub fn used(&self) -> u64 {
        self.places.used.load(Ordering::Acquire)
    }

    /// The most places.
    pub fn most(&self) -> u64 {
        self.places.most.load(Ordering::Acquire)
    }

    /// Changes the most places. Permits over a lower limit run on; new ones wait for them.
    pub fn set_most(&self, most: u64) {
        self.places.most.store(most, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_dropped_permit_frees_its_place() {
        let places = Concurrency::new(1);
        let held = places.try_acquire().unwrap();
        assert!(places.try_acquire().is_none());
        drop(held);
        assert!(places.try_acquire().is_some());
    }

    #[test]
    fn a_lower_limit_lets_running_permits_finish() {
        let places = Concurrency::new(3);
        let held: Vec<_> = (0..3).map(|_| places.try_acquire().unwrap()).collect();
        places.set_most(1);
        assert_eq!((places.used(), places.most()), (3, 1));
        assert!(places.try_acquire_many(0).is_none(), "over the limit nothing is granted");
        drop(held);
        assert!(places.try_acquire().is_some());
    }

    #[test]
    fn threads_never_exceed_the_limit() {
        let places = Concurrency::new(3);
        let granted: u64 = thread::scope(|scope| {
            let workers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..2_000)
                            .filter_map(|_| places.try_acquire())
                            .map(|permit| {
                                assert!(places.used() <= 3);
                                permit.count()
                            })
                            .sum::<u64>()
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        assert!(granted > 0);
        assert_eq!(places.used(), 0);
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        #[test]
        fn used_is_the_sum_of_held_permits(
            most in 0_u64..20,
            steps in prop::collection::vec((any::<bool>(), 0_u64..12), 1..60),
        ) {
            let places = Concurrency::new(most);
            let mut held = Vec::new();
            for (release, count) in steps {
                if release {
                    held.pop();
                } else {
                    let used = places.used();
                    let permit = places.try_acquire_many(count);
                    prop_assert_eq!(permit.is_some(), used + count <= most);
                    held.extend(permit);
                }
                prop_assert_eq!(places.used(), held.iter().map(Permit::count).sum::<u64>());
            }
        }
    }
}
