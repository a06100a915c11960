//! Which exchanges belong to one conversation.
//!
//! A coding agent sends its whole conversation with every request, and says nowhere which request it continues. So an
//! exchange is tied to an earlier one by what it repeats: its messages but for the last turn hash to all messages of its
//! parent. Sub-agents are found by the prompt with which a reply started them, and conversations that were compacted by
//! the summary they begin with. From the ties follow conversations and their branches. Of several that fit as well the
//! newest is taken, one of the client's own session first: the same script may run ten times at once.
//!
//! All of it is pure. [`Digest::of`] makes of a request and its reply what is needed to tie them: hashes, no text.
//! [`link`] is the definition of the whole: what it gives depends on what happened, and when, and not on the order in
//! which the ledger hears of it. The store does the same bit by bit, and a property test holds it against this.
//!
//! The rules are those of the earlier Claude proxy with the repairs of its successor (`docs/design/ledger.md`).

mod arrange;
mod digest;
mod text;
mod tie;
mod trail;

pub use digest::{Anchor, AnchorKind, Digest, Hash, Message, Origin, Part, Request, Role};
pub use tie::{Tie, TieKind};
pub use trail::Trail;

pub(crate) use arrange::{Tied, arrange};
pub(crate) use tie::{Rank, SUBTASK_WITHIN_MS, SUMMARY_WITHIN_MS};

use std::collections::HashMap;

/// Where an exchange belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The exchange's id.
    pub id: String,
    /// The id of the conversation's first exchange.
    pub conversation: String,
    /// `main`, `branch_…`, `subtask_…` or `compact_…`.
    pub branch: String,
    /// What it continues, and by what that is known.
    pub tie: Option<Tie>,
}

/// Links a whole history at once, in the order of time.
#[must_use]
pub fn link(digests: &[Digest]) -> Vec<Link> {
    let mut order: Vec<&Digest> = digests.iter().collect();
    order.sort_by_key(|digest| (digest.began_ms, &digest.id));
    let mut tied: HashMap<&str, Vec<Tied>> = HashMap::new();
    for digest in &order {
        let earlier = order.iter().copied().filter(|other| other.scope == digest.scope);
        let tie = tie::tie(digest, earlier);
        tied.entry(&digest.scope).or_default().push(Tied::new(digest, tie));
    }
    let mut links: Vec<Link> = tied.into_values().flat_map(|tied| arrange(&tied)).collect();
    links.sort_by(|a, b| a.id.cmp(&b.id));
    links
}
