//! How long the replies to each client key are, as far as that is remembered.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// The replies that are remembered of a key.
const REPLIES_MAX: usize = 200;
/// Of fewer nothing is concluded.
const REPLIES_MIN: usize = 20;
/// The most keys that are remembered; of others nothing is.
const KEYS_MAX: usize = 10_000;

/// The output tokens of the last replies, per key.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    replies: Mutex<HashMap<String, VecDeque<u64>>>,
}

impl Outputs {
    /// Remembers a reply.
    pub(crate) fn note(&self, key: &str, tokens: u64) {
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        if replies.len() >= KEYS_MAX && !replies.contains_key(key) {
            return;
        }
        let replies = replies.entry(key.to_owned()).or_default();
        if replies.len() >= REPLIES_MAX {
            replies.pop_front();
        }
        replies.push_back(tokens);
    }

    /// More than that only one of a hundred replies held; `None`: too few are known.
    pub(crate) fn usual_most(&self, key: &str) -> Option<u64> {
        let replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        let replies = replies.get(key).filter(|replies| replies.len() >= REPLIES_MIN)?;
        let mut sorted: Vec<u64> = replies.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get((sorted.len() * 99).div_ceil(100) - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Outputs, REPLIES_MAX};

    #[test]
    fn one_of_a_hundred_is_passed_over_and_what_is_old_forgotten() {
        let outputs = Outputs::default();
        for tokens in 1..20 {
            outputs.note("a", tokens);
        }
        assert_eq!(outputs.usual_most("a"), None);
        outputs.note("a", 20);
        assert_eq!((outputs.usual_most("a"), outputs.usual_most("b")), (Some(20), None));
        for tokens in 0..REPLIES_MAX as u64 {
            outputs.note("a", tokens);
        }
        assert_eq!(outputs.usual_most("a"), Some(197));
    }
}
