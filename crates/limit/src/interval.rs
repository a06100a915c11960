use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::RetryAfter;

/// A minimum spacing between starts, where every caller gets a start of its own.
///
/// The obvious design (one shared "last start", everybody sleeps until `last + spacing`) wakes all
/// waiters at the same moment. Here [`Interval::reserve`] moves the next free start forward at
/// once, so ten callers at one instant get ten starts, `spacing` apart.
///
/// Starts come in the order of the calls: nobody overtakes a waiter. Where a waiter leaves before
/// others, its start therefore passes unused; where it was the last, its start is free again.
#[derive(Debug, Clone)]
pub struct Interval {
    spacing: Duration,
    /// The earliest start not yet handed out; `None` before the first.
    next: Option<Instant>,
    /// Starts given back by waiters that left, with others behind them. At most as many as were
    /// waiting.
    returned: BTreeSet<Instant>,
    /// Starts before this one were handed out with another spacing, and are not handed out again.
    spaced_since: Option<Instant>,
}

/// A start that belongs to one caller. Give it back with [`Interval::release`] if the caller leaves
/// before it comes.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a slot that is neither used nor released delays everyone after it"]
pub struct Slot {
    start: Instant,
}

impl Slot {
    /// When its owner may start.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// How long its owner has to wait from `now`.
    pub fn wait(&self, now: Instant) -> Duration {
        self.start.saturating_duration_since(now)
    }
}

impl Interval {
    /// Starts at least `spacing` apart. Zero spacing lets everyone start at once.
    pub fn new(spacing: Duration) -> Self {
        Self { spacing, next: None, returned: BTreeSet::new(), spaced_since: None }
    }

    /// The next start for this caller, at most `wait_max` from `now`. Otherwise nothing is reserved
    /// and the refusal says how long until a start within `wait_max` is free again.
    ///
    /// `wait_max` bounds the queue: at most `wait_max / spacing + 1` slots are ahead of `now`.
    /// A `wait_max` of zero is the mode that refuses rather than waits.
    pub fn reserve(&mut self, now: Instant, wait_max: Duration) -> Result<Slot, RetryAfter> {
        self.returned = self.returned.split_off(&now);
        let start = self.next.map_or(now, |next| next.max(now));
        let wait = start.saturating_duration_since(now);
        if wait > wait_max {
            return Err(RetryAfter::Wait(wait - wait_max));
        }
        // A spacing beyond what the clock can express: nobody else starts, ever.
        let Some(next) = start.checked_add(self.spacing) else {
            return Err(RetryAfter::Wait(Duration::MAX));
        };
        self.next = Some(next);
        Ok(Slot { start })
    }

    /// Gives back a slot of this interval whose owner leaves without starting. Do not release a slot
    /// that was used.
    #[expect(clippy::needless_pass_by_value, reason = "moved, so that it is released only once")]
    pub fn release(&mut self, slot: Slot, now: Instant) {
        // With zero spacing a slot holds nobody up, and a kept one would only be noise.
        let other_spacing = self.spaced_since.is_some_and(|since| slot.start < since);
        if slot.start <= now || self.spacing.is_zero() || other_spacing {
            return;
        }
        self.returned.insert(slot.start);
        // The last slots of the queue are simply taken off its end.
        while let (Some(last), Some(next)) = (self.returned.last().copied(), self.next) {
            if last.checked_add(self.spacing) != Some(next) {
                break;
            }
            self.returned.remove(&last);
            self.next = Some(last);
        }
    }

    /// Changes the spacing (a reloaded config), counted from the last start that was handed out.
    /// Who has a slot keeps it.
    pub fn set_spacing(&mut self, spacing: Duration) {
        if spacing == self.spacing {
            return;
        }
        let last = self.next.and_then(|next| next.checked_sub(self.spacing));
        // Where the clock cannot express it, the start under the old spacing remains.
        self.next = last.and_then(|last| last.checked_add(spacing)).or(self.next);
        self.spacing = spacing;
        self.spaced_since = self.next;
        self.returned.clear();
    }

    /// The spacing.
    pub fn spacing(&self) -> Duration {
        self.spacing
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn starts(interval: &mut Interval, now: Instant, count: usize, origin: Instant) -> Vec<u64> {
        (0..count)
            .map(|_| interval.reserve(now, SECOND * 60).unwrap())
            .map(|slot| (slot.start() - origin).as_secs())
            .collect()
    }

    #[test]
    fn callers_of_one_moment_get_distinct_starts() {
        let now = Instant::now();
        let mut interval = Interval::new(SECOND * 2);
        assert_eq!(starts(&mut interval, now, 5, now), [0, 2, 4, 6, 8]);
        assert_eq!(starts(&mut interval, now + SECOND * 20, 2, now), [20, 22]);
    }

    #[test]
    fn without_waiting_the_second_is_refused_with_its_delay() {
        let now = Instant::now();
        let mut interval = Interval::new(SECOND * 3);
        assert_eq!(interval.reserve(now, Duration::ZERO).unwrap().wait(now), Duration::ZERO);
        let early = interval.reserve(now + SECOND, Duration::ZERO);
        assert_eq!(early, Err(RetryAfter::Wait(SECOND * 2)));
        assert!(interval.reserve(now + SECOND * 3, Duration::ZERO).is_ok());
    }

    #[test]
    fn a_full_queue_refuses_and_reserves_nothing() {
        let now = Instant::now();
        let mut interval = Interval::new(SECOND);
        let taken: Vec<_> = (0..3).map(|_| interval.reserve(now, SECOND * 2).unwrap()).collect();
        assert_eq!(taken[2].wait(now), SECOND * 2);
        for _ in 0..2 {
            assert_eq!(interval.reserve(now, SECOND * 2), Err(RetryAfter::Wait(SECOND)));
        }
        assert_eq!(interval.reserve(now + SECOND, SECOND * 2).unwrap().wait(now), SECOND * 3);
    }

    #[test]
    fn the_last_to_wait_frees_its_start_and_nobody_is_overtaken() {
        let now = Instant::now();
        let mut interval = Interval::new(SECOND);
        let _first = interval.reserve(now, SECOND * 9).unwrap();
        let second = interval.reserve(now, SECOND * 9).unwrap();
        let third = interval.reserve(now, SECOND * 9).unwrap();
        interval.release(second, now);
        let fourth = interval.reserve(now, SECOND * 9).unwrap();
        assert_eq!(fourth.wait(now), SECOND * 3, "behind the third, who waits");
        interval.release(fourth, now);
        interval.release(third, now);
        assert!(interval.returned.is_empty(), "the end of the queue is cut, not kept");
        assert_eq!(interval.reserve(now, SECOND * 9).unwrap().wait(now), SECOND);
    }

    #[test]
    fn a_new_spacing_counts_from_the_last_start() {
        let now = Instant::now();
        let mut interval = Interval::new(SECOND);
        assert_eq!(starts(&mut interval, now, 2, now), [0, 1]);
        let kept = interval.reserve(now, SECOND * 60).unwrap();
        interval.set_spacing(SECOND * 5);
        assert_eq!(kept.wait(now), SECOND * 2);
        assert_eq!(starts(&mut interval, now, 2, now), [7, 12]);
        interval.release(kept, now);
        interval.set_spacing(SECOND * 2);
        assert_eq!(starts(&mut interval, now, 2, now), [14, 16]);
        interval.set_spacing(Duration::ZERO);
        assert_eq!(starts(&mut interval, now, 2, now), [16, 16]);
    }

    #[test]
    fn zero_spacing_never_waits() {
        let now = Instant::now();
        let mut interval = Interval::new(Duration::ZERO);
        assert_eq!(starts(&mut interval, now, 3, now), [0, 0, 0]);
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        /// Whatever is reserved and released in whatever order and under whatever spacing, starts
        /// come in the order of the calls, each the spacing of its call after the one before.
        #[test]
        fn used_starts_keep_their_order_and_their_spacing(
            spacing_millis in 1_u64..3_000,
            steps in prop::collection::vec(
                (0_u64..2_000, 0_u8..9, any::<prop::sample::Index>()),
                1..80,
            ),
        ) {
            let mut spacing = Duration::from_millis(spacing_millis);
            let mut interval = Interval::new(spacing);
            let mut now = Instant::now();
            let mut held: Vec<(Slot, Duration)> = Vec::new();
            let mut used: Vec<(Instant, Duration)> = Vec::new();
            for (advance_millis, action, which) in steps {
                now += Duration::from_millis(advance_millis);
                let due = held.partition_point(|(slot, _)| slot.start() <= now);
                used.extend(held.drain(..due).map(|(slot, spacing)| (slot.start(), spacing)));
                if action < 3 && !held.is_empty() {
                    let (slot, _) = held.remove(which.index(held.len()));
                    interval.release(slot, now);
                } else if action == 3 {
                    spacing = Duration::from_millis(1 + advance_millis);
                    interval.set_spacing(spacing);
                } else if let Ok(slot) = interval.reserve(now, spacing * 10) {
                    prop_assert!(slot.wait(now) <= spacing * 10);
                    held.push((slot, spacing));
                }
            }
            used.extend(held.iter().map(|(slot, spacing)| (slot.start(), *spacing)));
            for pair in used.windows(2) {
                prop_assert!(pair[1].0 >= pair[0].0 + pair[1].1);
            }
        }
    }
}
