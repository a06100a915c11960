use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A bounded queue that serves its keys in turn.
///
/// Each key (a client, a session) has its own line; [`FairQueue::pop`] takes the oldest of one
/// line, then of the next. A key that waits is served after at most one item of every other key,
/// however many they have queued.
#[derive(Debug, Clone)]
pub struct FairQueue<Key, Item> {
    limits: QueueLimits,
    lines: HashMap<Key, VecDeque<(Ticket, Item)>>,
    /// Keys with a line, in the order of their turns.
    turns: VecDeque<Key>,
    /// Whose line a ticket stands in.
    owners: HashMap<Ticket, Key>,
    next_ticket: u64,
}

/// How many items may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// In all lines together.
    pub items_max: usize,
    /// In one key's line; keeps a loud key from taking all places.
    pub items_per_key_max: usize,
}

/// Names one queued item, for [`FairQueue::remove`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

/// An item whose turn came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Popped<Key, Item> {
    /// The ticket it was queued under.
    pub ticket: Ticket,
    /// Its key.
    pub key: Key,
    /// The item.
    pub item: Item,
}

/// No place left. The item comes back with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueFull<Item> {
    /// All lines together are full.
    #[error("the queue is full ({items_max} waiting)")]
    Queue {
        /// The item that did not fit.
        item: Item,
        /// The limit that was reached.
        items_max: usize,
    },
    /// This key's line is full.
    #[error("this key's line is full ({items_per_key_max} waiting)")]
    Line {
        /// The item that did not fit.
        item: Item,
        /// The limit that was reached.
        items_per_key_max: usize,
    },
}

impl<Key: Clone + Eq + Hash, Item> FairQueue<Key, Item> {
    /// An empty queue.
    pub fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            lines: HashMap::new(),
            turns: VecDeque::new(),
            owners: HashMap::new(),
            next_ticket: 0,
        }
    }

    /// Puts an item at the end of its key's line. A new key gets the last turn of the round.
    pub fn push(&mut self, key: Key, item: Item) -> Result<Ticket, QueueFull<Item>> {
        let QueueLimits { items_max, items_per_key_max } = self.limits;
        if self.owners.len() >= items_max {
            return Err(QueueFull::Queue { item, items_max });
        }
        if self.lines.get(&key).map_or(0, VecDeque::len) >= items_per_key_max {
            return Err(QueueFull::Line { item, items_per_key_max });
        }
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let line = self.lines.entry(key.clone()).or_insert_with(|| {
            self.turns.push_back(key.clone());
            VecDeque::new()
        });
        line.push_back((ticket, item));
        self.owners.insert(ticket, key);
        Ok(ticket)
    }

    /// Takes the item whose turn it is.
    pub fn pop(&mut self) -> Option<Popped<Key, Item>> {
        let key = self.turns.pop_front()?;
        let line = self.lines.get_mut(&key)?;
        let (ticket, item) = line.pop_front()?;
        if line.is_empty() {
            self.lines.remove(&key);
        } else {
            self.turns.push_back(key.clone());
        }
        self.owners.remove(&ticket);
        Some(Popped { ticket, key, item })
    }

    /// Takes a waiting item out, wherever it stands: its owner left. `None` when it was already
    /// popped or removed. Costs time in the length of that line.
    pub fn remove(&mut self, ticket: Ticket) -> Option<Item> {
        let key = self.owners.remove(&ticket)?;
        let line = self.lines.get_mut(&key)?;
        // Tickets rise along a line, so the place is found by halving.
        let position = line.binary_search_by_key(&ticket, |(ticket, _)| *ticket).ok()?;
        let (_, item) = line.remove(position)?;
        if line.is_empty() {
            self.lines.remove(&key);
            self.turns.retain(|turn| *turn != key);
        }
        Some(item)
    }

    /// Number of waiting items.
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// Number of keys that wait.
    pub fn keys(&self) -> usize {
        self.turns.len()
    }

    /// Changes the limits; items over them stay and are served.
    pub fn set_limits(&mut self, limits: QueueLimits) {
        self.limits = limits;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn queue<Item>(items_max: usize, items_per_key_max: usize) -> FairQueue<char, Item> {
        FairQueue::new(QueueLimits { items_max, items_per_key_max })
    }

    fn drain(queue: &mut FairQueue<char, u32>) -> String {
        let mut order = String::new();
        while let Some(popped) = queue.pop() {
            order.push(popped.key);
            order.push_str(&popped.item.to_string());
            order.push(' ');
        }
        order
    }

    #[test]
    fn keys_take_turns_and_lines_keep_their_order() {
        let mut queue = queue(16, 16);
        for (key, item) in [('a', 1), ('a', 2), ('a', 3), ('b', 1), ('c', 1), ('b', 2)] {
            queue.push(key, item).unwrap();
        }
        assert_eq!(drain(&mut queue), "a1 b1 c1 a2 b2 a3 ");
    }

    #[test]
    fn both_limits_refuse_and_return_the_item() {
        let mut queue = queue(3, 2);
        queue.push('a', 1).unwrap();
        queue.push('a', 2).unwrap();
        assert_eq!(queue.push('a', 3), Err(QueueFull::Line { item: 3, items_per_key_max: 2 }));
        queue.push('b', 1).unwrap();
        assert_eq!(queue.push('c', 1), Err(QueueFull::Queue { item: 1, items_max: 3 }));
        assert_eq!(drain(&mut queue), "a1 b1 a2 ");
    }

    #[test]
    fn who_leaves_is_gone_and_holds_no_turn() {
        let mut queue = queue(9, 9);
        let first = queue.push('a', 1).unwrap();
        let second = queue.push('a', 2).unwrap();
        let other = queue.push('b', 1).unwrap();
        assert_eq!(queue.remove(second), Some(2));
        assert_eq!(queue.remove(second), None);
        assert_eq!(queue.remove(first), Some(1));
        assert_eq!((queue.keys(), queue.len()), (1, 1));
        assert_eq!(queue.pop().map(|popped| popped.ticket), Some(other));
        assert_eq!(queue.remove(other), None);
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        /// A key that waits is served before any other key is served twice.
        #[test]
        fn nobody_is_served_twice_while_another_waits(
            steps in prop::collection::vec((0_u8..5, 0_u8..6), 1..200),
        ) {
            let mut queue = FairQueue::new(QueueLimits { items_max: 64, items_per_key_max: 64 });
            let mut waiting: HashMap<u8, VecDeque<Ticket>> = HashMap::new();
            let mut served_since: HashMap<u8, HashMap<u8, u32>> = HashMap::new();
            for (action, key) in steps {
                match action {
                    0..=2 => if let Ok(ticket) = queue.push(key, ()) {
                        let line = waiting.entry(key).or_default();
                        if line.is_empty() {
                            served_since.insert(key, HashMap::new());
                        }
                        line.push_back(ticket);
                    },
                    3 => if let Some(popped) = queue.pop() {
                        let line = waiting.get_mut(&popped.key).unwrap();
                        prop_assert_eq!(line.pop_front(), Some(popped.ticket));
                        served_since.insert(popped.key, HashMap::new());
                        for (other, served) in &mut served_since {
                            if waiting.get(other).is_some_and(|line| !line.is_empty()) {
                                let times = served.entry(popped.key).or_insert(0);
                                *times += u32::from(*other != popped.key);
                                prop_assert!(*times <= 1, "key {} served twice, {} waits", popped.key, other);
                            }
                        }
                    },
                    _ => if let Some(ticket) = waiting.get_mut(&key).and_then(VecDeque::pop_back) {
                        prop_assert_eq!(queue.remove(ticket), Some(()));
                    },
                }
                let expected: usize = waiting.values().map(VecDeque::len).sum();
                prop_assert_eq!(queue.len(), expected);
                let keys = waiting.values().filter(|line| !line.is_empty()).count();
                prop_assert_eq!(queue.keys(), keys);
            }
        }
    }
}
