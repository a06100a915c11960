//! The lines before tired upstreams (`on_429 = "wait"`): part of room five.
//!
//! An upstream that answers 429 wants one account left alone for one model, for a time. Whoever would wait for that
//! stands in one line per account and model, bounded, and served by fairness key. When the rest is over the first of the
//! line is sent, alone: it shows whether the upstream has recovered. Only when it has been answered the next one goes,
//! and so on; a new 429 sends it back into the line, which rests again. So a tired upstream sees one request per rest,
//! however many wait, and never a storm. Who comes while there is a line joins it.

use crate::settings::Limits;
use crate::shared::{Phase, Shared};
use ironbridge_limit::{FairQueue, QueueLimits, Ticket};
use ironbridge_upstream::CredentialId;
use ironbridge_wire::ApiError;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// The longest that one request waits in all; a rest that lasts longer is told at once. The official SDKs give a request
/// up after ten minutes.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(300);

/// The most lines at a time.
const LINES_MAX: usize = 256;

/// A request that has no answer after so long no longer holds up those behind it.
const TURN_MAX: Duration = Duration::from_secs(30);

/// What rests: one model of one account at one provider.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    pub(crate) provider: String,
    pub(crate) account: CredentialId,
    pub(crate) model: String,
}

/// What rests, and until when.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    pub(crate) lane: Arc<Lane>,
    pub(crate) until: Instant,
}

impl Rest {
    /// How long still.
    pub(crate) fn remaining(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

/// A request's turn at what has rested. The next one's comes when it is dropped, after an answer or for any other
/// reason.
#[derive(Debug)]
pub(crate) struct Turn {
    lane: Arc<Lane>,
    _ends: oneshot::Sender<Infallible>,
}

impl Turn {
    /// Whether it is a turn at `lane`.
    pub(crate) fn is_at(&self, lane: &Lane) -> bool {
        *self.lane == *lane
    }
}

/// Why a request does not get a turn.
#[derive(Debug)]
pub(crate) enum NoTurn {
    /// Too many wait, or the rest lasts longer than anyone waits: nothing was waited for.
    NoRoom,
    /// It has waited for as long as a request may.
    TooLong,
    /// The gateway takes no more requests.
    Shutdown(ApiError),
}

/// All lines.
#[derive(Debug, Default)]
pub(crate) struct Cooling {
    lines: Mutex<HashMap<Arc<Lane>, Line>>,
}

#[derive(Debug)]
struct Line {
    until: Instant,
    waiting: FairQueue<String, oneshot::Sender<Turn>>,
}

impl Cooling {
    fn lines(&self) -> MutexGuard<'_, HashMap<Arc<Lane>, Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is no line at all.
    pub(crate) fn is_idle(&self) -> bool {
        self.lines().is_empty()
    }

    /// How many requests wait.
    pub(crate) fn waiting(&self) -> usize {
        self.lines().values().map(|line| line.waiting.len()).sum()
    }

    /// Every line with the rest before it and how many wait in it.
    pub(crate) fn all(&self) -> Vec<(Rest, usize)> {
        let lines = self.lines();
        let line = |(lane, line): (&Arc<Lane>, &Line)| {
            (Rest { lane: lane.clone(), until: line.until }, line.waiting.len())
        };
        lines.iter().map(line).collect()
    }

    /// The rest before the line at `lane`, where there is a line.
    pub(crate) fn rest(&self, lane: &Lane) -> Option<Rest> {
        let lines = self.lines();
        let (lane, line) = lines.get_key_value(lane)?;
        Some(Rest { lane: lane.clone(), until: line.until })
    }

    /// A new 429: the line there rests longer.
    pub(crate) fn prolong(&self, rest: &Rest) {
        if let Some(line) = self.lines().get_mut(&rest.lane) {
            line.until = line.until.max(rest.until);
        }
    }

    /// Takes the next of a line out of it and gives it its turn; with what ends when the turn does. The line goes with
    /// its last.
    fn call_next(&self, lane: &Arc<Lane>) -> Option<oneshot::Receiver<Infallible>> {
        let mut lines = self.lines();
        let Some(next) = lines.get_mut(lane).and_then(|line| line.waiting.pop()) else {
            lines.remove(lane);
            return None;
        };
        let (ends, ended) = oneshot::channel();
        // One who left in this moment drops the turn, and with it ends it.
        let _ = next.item.send(Turn { lane: lane.clone(), _ends: ends });
        Some(ended)
    }
}

/// Waits for a turn at what rests. Cancel safe: who leaves frees its place in the line.
pub(crate) async fn turn(
    shared: &Arc<Shared>,
    rest: &Rest,
    fairness_key: &str,
    deadline: Instant,
) -> Result<Turn, NoTurn> {
    let limits = shared.live().settings.server.limits;
    let (sender, receiver) = oneshot::channel();
    let place = Standing::join(shared, rest, fairness_key, sender, &limits, deadline)?;
    let waited = shared.unless_draining(tokio::time::timeout_at(deadline, receiver)).await;
    drop(place);
    match waited {
        Ok(Ok(Ok(turn))) => Ok(turn),
        Ok(_) => Err(NoTurn::TooLong),
        Err(stopped) => Err(NoTurn::Shutdown(stopped)),
    }
}

/// A request's place in a line, until it leaves.
struct Standing<'a> {
    cooling: &'a Cooling,
    lane: Arc<Lane>,
    ticket: Ticket,
}

impl<'a> Standing<'a> {
    fn join(
        shared: &'a Arc<Shared>,
        rest: &Rest,
        fairness_key: &str,
        sender: oneshot::Sender<Turn>,
        limits: &Limits,
        deadline: Instant,
    ) -> Result<Self, NoTurn> {
        let cooling = &shared.cooling;
        let mut lines = cooling.lines();
        let queue_limits = queue_limits(limits);
        let waiting: usize = lines.values().map(|line| line.waiting.len()).sum();
        let is_new = !lines.contains_key(&rest.lane);
        let full = waiting >= queue_limits.items_max || (is_new && lines.len() >= LINES_MAX);
        if full || rest.until > deadline {
            return Err(NoTurn::NoRoom);
        }
        let line = lines
            .entry(rest.lane.clone())
            .or_insert_with(|| Line { until: rest.until, waiting: FairQueue::new(queue_limits) });
        line.until = line.until.max(rest.until);
        let joined = line.waiting.push(fairness_key.to_owned(), sender);
        if is_new {
            // Also where it is empty: then it is the one to clear it away.
            shared.tasks.spawn(lead(shared.clone(), rest.lane.clone()));
        }
        let ticket = joined.map_err(|_| NoTurn::NoRoom)?;
        Ok(Standing { cooling, lane: rest.lane.clone(), ticket })
    }
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        if let Some(line) = self.cooling.lines().get_mut(&self.lane) {
            line.waiting.remove(self.ticket);
        }
    }
}

/// Lets a line go, one by one, until nobody is left in it.
async fn lead(shared: Arc<Shared>, lane: Arc<Lane>) {
    let one_by_one = async {
        while let Some(rest) = shared.cooling.rest(&lane) {
            if !rest.remaining().is_zero() {
                tokio::time::sleep_until(rest.until).await;
                // It may have been prolonged meanwhile.
                continue;
            }
            let Some(ended) = shared.cooling.call_next(&lane) else { return };
            // Either way the next one may go.
            let _ = tokio::time::timeout(TURN_MAX, ended).await;
        }
    };
    // Whoever waits then leaves by itself.
    tokio::select! {
        () = one_by_one => {}
        () = shared.reached(Phase::Draining) => {}
    }
}

/// Who waits holds a place among the exchanges under way, so that half of those are left for the others; and of the rest
/// one asker may hold half.
fn queue_limits(limits: &Limits) -> QueueLimits {
    let items_max = limits.concurrency_max.div_ceil(2);
    QueueLimits { items_max, items_per_key_max: items_max.div_ceil(2) }
}
