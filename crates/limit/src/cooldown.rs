use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Which credentials must be left alone, as a whole or for one model, and for how long.
///
/// Set from an upstream's `Retry-After`. The longest wins: a later, shorter answer does not bring a
/// credential back early. At most `entries_max` cooldowns are kept; beyond that the one that ends
/// first makes room, because forgetting it costs the least.
#[derive(Debug, Clone)]
pub struct Cooldown<Credential, Model> {
    credentials: HashMap<Credential, Entry<Model>>,
    entries_max: usize,
    entries: usize,
}

#[derive(Debug, Clone)]
struct Entry<Model> {
    whole: Option<Instant>,
    models: HashMap<Model, Instant>,
}

impl<Model> Default for Entry<Model> {
    fn default() -> Self {
        Self { whole: None, models: HashMap::new() }
    }
}

impl<Credential, Model> Cooldown<Credential, Model>
where
    Credential: Eq + Hash,
    Model: Eq + Hash,
{
    /// Nothing is cooling. `entries_max` is raised to 1 if it is 0.
    pub fn new(entries_max: usize) -> Self {
        Self { credentials: HashMap::new(), entries_max: entries_max.max(1), entries: 0 }
    }

    /// Leaves the credential alone, whatever the model, until `until`.
    pub fn cool_credential(&mut self, credential: Credential, until: Instant, now: Instant) {
        if until <= now {
            return;
        }
        if self.credentials.get(&credential).is_none_or(|entry| entry.whole.is_none()) {
            self.make_room(now);
        }
        let whole = &mut self.credentials.entry(credential).or_default().whole;
        self.entries += usize::from(whole.is_none());
        *whole = (*whole).max(Some(until));
    }

    /// Leaves one model of the credential alone until `until`.
    pub fn cool_model(
        &mut self,
        credential: Credential,
        model: Model,
        until: Instant,
        now: Instant,
    ) {
        if until <= now {
            return;
        }
        let known = self.credentials.get(&credential);
        if !known.is_some_and(|entry| entry.models.contains_key(&model)) {
            self.make_room(now);
        }
        let models = &mut self.credentials.entry(credential).or_default().models;
        let before = models.len();
        let end = models.entry(model).or_insert(until);
        *end = (*end).max(until);
        self.entries += models.len() - before;
    }

    /// How long the credential must still be left alone for this model: the longer of its own and
    /// the model's cooldown. `None` when it is ready.
    pub fn remaining<C, M>(&self, credential: &C, model: &M, now: Instant) -> Option<Duration>
    where
        Credential: Borrow<C>,
        Model: Borrow<M>,
        C: Eq + Hash + ?Sized,
        M: Eq + Hash + ?Sized,
    {
        let entry = self.credentials.get(credential)?;
        let until = entry.whole.max(entry.models.get(model).copied())?;
        let remaining = until.saturating_duration_since(now);
        (!remaining.is_zero()).then_some(remaining)
    }

    /// All that must still be left alone at `now`, in no order; without a model it is the whole credential. At most
    /// `entries_max`.
    pub fn iter(
        &self,
        now: Instant,
    ) -> impl Iterator<Item = (&Credential, Option<&Model>, Duration)> {
        self.credentials.iter().flat_map(move |(credential, entry)| {
            let whole = entry.whole.iter().map(|until| (None, until));
            let models = entry.models.iter().map(|(model, until)| (Some(model), until));
            whole.chain(models).filter(move |(_, until)| **until > now).map(
                move |(model, until)| (credential, model, until.saturating_duration_since(now)),
            )
        })
    }

    /// Forgets everything about a credential: it was replaced, or an operator says so.
    pub fn forget<C>(&mut self, credential: &C)
    where
        Credential: Borrow<C>,
        C: Eq + Hash + ?Sized,
    {
        if let Some(entry) = self.credentials.remove(credential) {
            self.entries -= usize::from(entry.whole.is_some()) + entry.models.len();
        }
    }

    /// Drops what has ended; never needed for right answers, only for memory.
    pub fn sweep(&mut self, now: Instant) {
        self.retain(|until| until > now);
    }

    /// Number of cooldowns kept, ended ones included until the next sweep.
    pub fn len(&self) -> usize {
        self.entries
    }

    /// Whether no cooldown is kept.
    pub fn is_empty(&self) -> bool {
        self.entries == 0
    }

    fn make_room(&mut self, now: Instant) {
        if self.entries < self.entries_max {
            return;
        }
        self.sweep(now);
        while self.entries >= self.entries_max {
            let ends = self.credentials.values();
            let first =
                ends.flat_map(|entry| entry.whole.iter().chain(entry.models.values())).min();
            let Some(first) = first.copied() else { return };
            self.retain(|until| until > first);
        }
    }

    fn retain(&mut self, keep: impl Fn(Instant) -> bool) {
        self.entries = 0;
        let entries = &mut self.entries;
        self.credentials.retain(|_, entry| {
            entry.whole = entry.whole.filter(|until| keep(*until));
            entry.models.retain(|_, until| keep(*until));
            let left = usize::from(entry.whole.is_some()) + entry.models.len();
            *entries += left;
            left > 0
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_longest_wins_in_either_order() {
        let now = Instant::now();
        let mut cooldown = Cooldown::<String, String>::new(8);
        cooldown.cool_credential("key".into(), now + SECOND * 60, now);
        cooldown.cool_credential("key".into(), now + SECOND * 5, now);
        assert_eq!(cooldown.remaining("key", "opus", now), Some(SECOND * 60));
        cooldown.cool_model("key".into(), "opus".into(), now + SECOND * 90, now);
        assert_eq!(cooldown.remaining("key", "opus", now), Some(SECOND * 90));
        assert_eq!(cooldown.remaining("key", "haiku", now), Some(SECOND * 60));
        assert_eq!(cooldown.remaining("other", "opus", now), None);
        let mut all: Vec<_> = cooldown.iter(now).map(|(_, model, rest)| (model, rest)).collect();
        all.sort();
        let opus = "opus".to_owned();
        assert_eq!(all, [(None, SECOND * 60), (Some(&opus), SECOND * 90)]);
        assert_eq!(cooldown.iter(now + SECOND * 60).count(), 1, "what has ended is left out");
    }

    #[test]
    fn ends_exactly_and_is_swept() {
        let now = Instant::now();
        let mut cooldown = Cooldown::<&str, &str>::new(8);
        cooldown.cool_model("key", "opus", now + SECOND, now);
        let last = now + SECOND - Duration::from_nanos(1);
        assert_eq!(cooldown.remaining("key", "opus", last), Some(Duration::from_nanos(1)));
        assert_eq!(cooldown.remaining("key", "opus", now + SECOND), None);
        assert_eq!(cooldown.len(), 1);
        cooldown.sweep(now + SECOND);
        assert!(cooldown.is_empty());
    }

    #[test]
    fn forgetting_covers_all_models() {
        let now = Instant::now();
        let mut cooldown = Cooldown::<&str, &str>::new(8);
        cooldown.cool_credential("key", now + SECOND, now);
        cooldown.cool_model("key", "opus", now + SECOND, now);
        cooldown.forget("key");
        assert_eq!(cooldown.remaining("key", "opus", now), None);
        assert!(cooldown.is_empty());
    }

    #[test]
    fn when_full_the_one_ending_first_makes_room() {
        let now = Instant::now();
        let mut cooldown = Cooldown::<u32, &str>::new(3);
        for (credential, seconds) in [(1, 30), (2, 10), (3, 20), (4, 5)] {
            cooldown.cool_credential(credential, now + SECOND * seconds, now);
        }
        let left: Vec<_> =
            (1..=4).filter(|c| cooldown.remaining(c, "any", now).is_some()).collect();
        assert_eq!(left, [1, 3, 4]);
        cooldown.cool_credential(4, now + SECOND, now);
        assert_eq!(cooldown.remaining(&4, "any", now), Some(SECOND * 5), "no eviction of itself");
        assert_eq!(cooldown.len(), 3, "an update needs no room");
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        /// Against the plainest model there is: a list of everything that was ever set.
        #[test]
        fn agrees_with_a_list_of_all_cooldowns(
            steps in prop::collection::vec((0_u8..4, prop::option::of(0_u8..3), 0_u64..100, 0_u64..20), 1..60),
        ) {
            let mut cooldown = Cooldown::<u8, u8>::new(1_000);
            let mut all: Vec<(u8, Option<u8>, Instant)> = Vec::new();
            let mut now = Instant::now();
            for (credential, model, seconds, advance) in steps {
                now += SECOND * u32::try_from(advance).unwrap();
                let until = now + Duration::from_secs(seconds);
                match model {
                    Some(model) => cooldown.cool_model(credential, model, until, now),
                    None => cooldown.cool_credential(credential, until, now),
                }
                all.push((credential, model, until));
                for credential in 0..4 {
                    for model in 0..3 {
                        let expected = all
                            .iter()
                            .filter(|(c, m, _)| *c == credential && m.is_none_or(|m| m == model))
                            .map(|(_, _, until)| until.saturating_duration_since(now))
                            .max()
                            .filter(|remaining| !remaining.is_zero());
                        prop_assert_eq!(cooldown.remaining(&credential, &model, now), expected);
                    }
                }
            }
        }

        #[test]
        fn never_keeps_more_than_its_maximum(
            entries_max in 0_usize..6,
            steps in prop::collection::vec((0_u8..9, prop::option::of(0_u8..3), 1_u64..100), 1..60),
        ) {
            let now = Instant::now();
            let mut cooldown = Cooldown::<u8, u8>::new(entries_max);
            for (credential, model, seconds) in steps {
                let until = now + Duration::from_secs(seconds);
                match model {
                    Some(model) => cooldown.cool_model(credential, model, until, now),
                    None => cooldown.cool_credential(credential, until, now),
                }
                prop_assert!(cooldown.len() <= entries_max.max(1));
                prop_assert!(cooldown.remaining(&credential, &model.unwrap_or(0), now).is_some());
            }
        }
    }
}
