//! Conversations and branches, from ties.

use super::{Digest, Hash, Link, Tie, TieKind};
use crate::calendar::date;
use std::collections::{HashMap, HashSet};

/// The branch on which a conversation begins.
const MAIN: &str = "main";
/// How the names of branches behind a summary begin.
const COMPACT: &str = "compact_";

/// An exchange and its tie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tied {
    pub(crate) id: String,
    pub(crate) began_ms: u64,
    pub(crate) own: Hash,
    pub(crate) tie: Option<Tie>,
}

impl Tied {
    pub(crate) fn new(digest: &Digest, tie: Option<Tie>) -> Self {
        Tied { id: digest.id.clone(), began_ms: digest.began_ms, own: digest.own, tie }
    }
}

/// Where each belongs. `tied` holds whole conversations: with each exchange also its parent.
///
/// - Without a parent it begins a conversation, which has its id.
/// - A sub-agent has a branch of its own, numbered in the order of time; so has what goes on behind a summary.
/// - What continues stays on its parent's branch. Where another has continued the same before, with other words, it
///   begins a branch; one with the same words is that one sent again.
pub(crate) fn arrange(tied: &[Tied]) -> Vec<Link> {
    let mut order: Vec<&Tied> = tied.iter().collect();
    order.sort_by_key(|tied| (tied.began_ms, &tied.id));
    let mut arrangement = Arrangement::default();
    for tied in order {
        arrangement.place(tied);
    }
    arrangement.links
}

#[derive(Default)]
struct Arrangement<'a> {
    links: Vec<Link>,
    /// Where each exchange's link is, and its messages.
    at: HashMap<&'a str, (usize, Hash)>,
    /// The branches that start at the same messages of a conversation, by how they go on.
    starts: HashMap<(String, TieKind, Hash), HashMap<Hash, String>>,
    subtasks: HashMap<String, u32>,
    names: HashSet<(String, String)>,
}

impl<'a> Arrangement<'a> {
    fn place(&mut self, tied: &'a Tied) {
        let known = tied.tie.as_ref().and_then(|tie| {
            let (index, own) = *self.at.get(tie.parent.as_str())?;
            Some((tie, &self.links[index], own))
        });
        let (conversation, branch) = match known {
            None => (tied.id.clone(), MAIN.to_owned()),
            Some((tie, parent, parent_own)) => {
                let conversation = parent.conversation.clone();
                let parent_branch = parent.branch.clone();
                let branch = self.branch(tied, tie.kind, &conversation, parent_own, &parent_branch);
                (conversation, branch)
            }
        };
        self.names.insert((conversation.clone(), branch.clone()));
        self.at.insert(&tied.id, (self.links.len(), tied.own));
        let (id, tie) = (tied.id.clone(), tied.tie.clone());
        self.links.push(Link { id, conversation, branch, tie });
    }

    fn branch(
        &mut self,
        tied: &Tied,
        kind: TieKind,
        conversation: &str,
        parent_own: Hash,
        parent_branch: &str,
    ) -> String {
        let start = (conversation.to_owned(), kind, parent_own);
        let others = self.starts.entry(start.clone()).or_default();
        if let Some(same) = others.get(&tied.own) {
            return same.clone();
        }
        let first = others.is_empty();
        let branch = match kind {
            TieKind::Continues if first || parent_branch.starts_with(COMPACT) => {
                parent_branch.to_owned()
            }
            TieKind::Continues => {
                self.free(conversation, format!("branch_{}", stamp(tied.began_ms)))
            }
            TieKind::Compacts => {
                self.free(conversation, format!("{COMPACT}{}", stamp(tied.began_ms)))
            }
            TieKind::Subtask => {
                let number = self.subtasks.entry(conversation.to_owned()).or_default();
                *number += 1;
                format!("subtask_{number}")
            }
        };
        self.starts.entry(start).or_default().insert(tied.own, branch.clone());
        branch
    }

    /// The name, or with a number where two branches begin in the same second.
    fn free(&self, conversation: &str, name: String) -> String {
        let taken = |name: &str| self.names.contains(&(conversation.to_owned(), name.to_owned()));
        if !taken(&name) {
            return name;
        }
        let numbered = (2_u64..).map(|number| format!("{name}_{number}"));
        numbered.into_iter().find(|name| !taken(name)).unwrap_or(name)
    }
}

/// The moment as `yyyymmddhhmmss`, UTC.
fn stamp(ms: u64) -> String {
    let (year, month, day) = date(ms);
    let second = ms / 1000 % 86_400;
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{:02}", second % 60)
}

#[cfg(test)]
mod tests {
    use super::stamp;

    #[test]
    fn a_stamp_is_the_date() {
        for (ms, expected) in [
            (0, "19700101000000"),
            (951_782_399_999, "20000228235959"),
            (951_782_400_000, "20000229000000"),
            (1_763_728_567_000, "20251121123607"),
            (4_107_542_400_000, "21000301000000"),
        ] {
            assert_eq!(stamp(ms), expected, "{ms}");
        }
    }
}
