//! What happens now: the last events, the board, the exchanges under way and those that ended last.
//!
//! No listener has a queue of its own: each keeps its place in the one ring of events, and one that falls behind it is
//! told so and begins anew.

use crate::board::{Board, HeldDocument, SessionRow};
use crate::documents::Phase;
use ironbridge_ledger::Exchange;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// The most events, and the most exchanges that have ended, that are kept to be told again.
pub const KEPT_EVENTS_MAX: usize = 1000;

/// The most exchanges under way that are known; the gateway has fewer.
const RUNNING_MAX: usize = 10_000;

/// What happens now in a gateway.
#[derive(Debug)]
pub struct Hub {
    state: Mutex<State>,
    /// The number of the next event, for those who wait for one; `None`: there are to be no more.
    next: watch::Sender<Option<u64>>,
    /// Tells this hub from the one before a restart.
    era: u64,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Event>,
    /// The number of the next event.
    next: u64,
    board: Board,
    running: HashMap<String, (Phase, Arc<Exchange>)>,
    ended: VecDeque<Arc<Exchange>>,
}

/// Something that has happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A row of the board is so now.
    Session(Arc<SessionRow>),
    /// An exchange has ended.
    Exchange(Arc<Exchange>),
}

/// What a listener gets.
#[derive(Debug)]
pub(crate) enum News {
    /// Events from its place on, and the place behind them.
    Events(Vec<Event>, u64),
    /// Its place is gone; this is the board now, and the place from which to go on.
    Anew(Vec<SessionRow>, u64),
    /// Nothing yet.
    Nothing,
}

impl Default for Hub {
    fn default() -> Self {
        Hub { state: Mutex::default(), next: watch::Sender::new(Some(0)), era: now_ms() }
    }
}

impl Hub {
    /// One that knows of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Hub::default()
    }

    /// Takes note of an exchange as far as it has come. Never waits; some microseconds.
    pub fn see(&self, phase: Phase, exchange: &Exchange) {
        let mut state = self.state();
        let row = Arc::new(state.board.see(phase, exchange, now_ms()).clone());
        let exchange = Arc::new(exchange.clone());
        let mut events = vec![Event::Session(row)];
        if phase == Phase::Ended {
            state.running.remove(&exchange.id);
            if state.ended.len() >= KEPT_EVENTS_MAX {
                state.ended.pop_front();
            }
            state.ended.push_back(exchange.clone());
            events.push(Event::Exchange(exchange));
        } else if state.running.len() < RUNNING_MAX || state.running.contains_key(&exchange.id) {
            state.running.insert(exchange.id.clone(), (phase, exchange));
        }
        self.tell(state, events);
    }

    /// Takes note of how the operator holds a session.
    pub(crate) fn hold(&self, id: &str, held: Option<HeldDocument>) {
        let mut state = self.state();
        if let Some(row) = state.board.hold(id, held) {
            let event = Event::Session(Arc::new(row.clone()));
            self.tell(state, vec![event]);
        }
    }

    /// Ends every listener: the process is about to stop.
    pub fn close(&self) {
        self.next.send_replace(None);
    }

    fn tell(&self, mut state: MutexGuard<'_, State>, events: Vec<Event>) {
        for event in events {
            if state.events.len() >= KEPT_EVENTS_MAX {
                state.events.pop_front();
            }
            state.events.push_back(event);
            state.next += 1;
        }
        let next = state.next;
        drop(state);
        self.next.send_if_modified(|now| match now {
            Some(now) if *now < next => {
                *now = next;
                true
            }
            _ => false,
        });
    }

    /// What tells this hub from others.
    pub(crate) fn era(&self) -> u64 {
        self.era
    }

    /// What there is from `place` on, at most `count`; `None`: whoever asks is new.
    pub(crate) fn news(&self, place: Option<u64>, count: usize) -> News {
        let state = self.state();
        let first = state.next - state.events.len() as u64;
        match place {
            Some(place) if place == state.next => News::Nothing,
            Some(place) if place >= first && place < state.next => {
                let skipped = usize::try_from(place - first).unwrap_or(usize::MAX);
                let events: Vec<_> =
                    state.events.iter().skip(skipped).take(count).cloned().collect();
                let behind = place + events.len() as u64;
                News::Events(events, behind)
            }
            _ => News::Anew(state.board.rows().cloned().collect(), state.next),
        }
    }

    /// Waits until there is an event behind `place`; `false`: there will be none. Cancel safe.
    pub(crate) async fn wait(&self, place: u64) -> bool {
        let mut next = self.next.subscribe();
        let waited = next.wait_for(|next| next.is_none_or(|next| next > place)).await;
        waited.is_ok_and(|next| next.is_some())
    }

    /// The rows of the board.
    pub(crate) fn sessions(&self) -> Vec<SessionRow> {
        self.state().board.rows().cloned().collect()
    }

    /// An exchange that runs or ended lately.
    pub(crate) fn find(&self, id: &str) -> Option<(Phase, Arc<Exchange>)> {
        let state = self.state();
        let running = state.running.get(id).cloned();
        running.or_else(|| {
            let ended = state.ended.iter().rev().find(|exchange| exchange.id == id);
            ended.map(|exchange| (Phase::Ended, exchange.clone()))
        })
    }

    /// The exchanges that ended last, the newest last.
    pub(crate) fn ended(&self) -> Vec<Arc<Exchange>> {
        self.state().ended.iter().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}
