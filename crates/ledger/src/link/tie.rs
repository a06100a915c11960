//! To which earlier exchange one is tied.

use super::digest::{AnchorKind, Digest, Hash};
use crate::value::named;

/// What an exchange continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// By what that is known.
    pub kind: TieKind,
    /// The exchange it continues.
    pub parent: String,
}

named! {
    /// By what a tie is known.
    pub enum TieKind {
        /// It repeats the parent's messages.
        #[default]
        Continues = "continues",
        /// It begins with the prompt of a `Task` or `Agent` call in the parent's reply.
        Subtask = "subtask",
        /// It begins with the summary that is the parent's reply.
        Compacts = "compacts",
    }
}

/// How long after a reply its sub-agents begin, at most: a day.
pub(crate) const SUBTASK_WITHIN_MS: u64 = 24 * 3600 * 1000;
/// How long after its summary a compacted conversation goes on, at most: a week.
pub(crate) const SUMMARY_WITHIN_MS: u64 = 7 * 24 * 3600 * 1000;

/// How well two exchanges fit; the greatest is taken, and of equals the newest of the same session, else the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// The summary.
    Summary,
    /// The prompt.
    Task,
    /// The messages but for two turns.
    Grandparent,
    /// The messages; the system prompt is another (a summarising request, a client that was updated).
    Messages,
    /// The messages and the system prompt.
    Whole,
}

impl Rank {
    /// The kind of tie it makes.
    pub(crate) fn kind(self) -> TieKind {
        match self {
            Rank::Summary => TieKind::Compacts,
            Rank::Task => TieKind::Subtask,
            Rank::Grandparent | Rank::Messages | Rank::Whole => TieKind::Continues,
        }
    }
}

/// The tie of a digest to one of its scope.
pub(super) fn tie<'a>(of: &Digest, scope: impl Iterator<Item = &'a Digest>) -> Option<Tie> {
    let fitting = scope.filter_map(|other| Some((rank(of, other)?, other)));
    let same_session = |other: &Digest| of.session.is_some() && of.session == other.session;
    let best = |(rank, other): &(Rank, &'a Digest)| {
        (*rank, same_session(other), other.began_ms, other.id.as_str())
    };
    let (rank, parent) = fitting.max_by_key(best)?;
    Some(Tie { kind: rank.kind(), parent: parent.id.clone() })
}

fn rank(of: &Digest, other: &Digest) -> Option<Rank> {
    let age_ms = of.began_ms.checked_sub(other.began_ms).filter(|age| *age > 0)?;
    if of.parent == Some(other.own) {
        return Some(if of.system == other.system { Rank::Whole } else { Rank::Messages });
    }
    if of.grandparent == Some(other.own) {
        return Some(Rank::Grandparent);
    }
    let meets = |seeks, offers| {
        let sought = hashes(of, seeks);
        hashes(other, offers).any(|offered| sought.clone().any(|hash| hash == offered))
    };
    if age_ms <= SUBTASK_WITHIN_MS && meets(AnchorKind::SeeksTask, AnchorKind::OffersTask) {
        return Some(Rank::Task);
    }
    let summary =
        age_ms <= SUMMARY_WITHIN_MS && meets(AnchorKind::SeeksSummary, AnchorKind::OffersSummary);
    summary.then_some(Rank::Summary)
}

fn hashes(digest: &Digest, kind: AnchorKind) -> impl Iterator<Item = Hash> + Clone {
    digest.anchors.iter().filter(move |anchor| anchor.kind == kind).map(|anchor| anchor.hash)
}
