//! Room six: what the exchange cost, and what is given back.
//!
//! [`Account`] goes with an exchange from the moment its body is read. However the exchange ends, also when the client
//! vanishes and hyper drops every future of it, the account is closed exactly once: the place is free again and the
//! books have the record.

use crate::budget::{self, Held};
use crate::conversation::{Conversation, Replied};
use crate::exchange::{Cause, Cost, Record, Side, millis};
use crate::learn::Lesson;
use crate::live::{self, Phase};
use crate::place::Place;
use crate::prices::pays_by_token;
use crate::rates::{Reached, Reservation};
use crate::record::Kept;
use crate::shared::Shared;
use ironbridge_upstream::{BodyError, Failure, Picodollars, SendError};
use ironbridge_wire::{ApiError, Changes, Tally};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// An open exchange: closed by [`Account::close`], or as the client's abort when dropped.
pub(crate) struct Account {
    /// In a box: an exchange is handed from room to room, and its record is large.
    open: Option<Box<Open>>,
    shared: Arc<Shared>,
    /// Set when the client has gone while the exchange goes on without it (`on_disconnect = "drain"`).
    gone: Arc<AtomicBool>,
}

struct Open {
    record: Record,
    began: Instant,
    place: Option<Place>,
    reservation: Option<Reservation>,
    budget: Option<Held>,
    lesson: Option<Lesson>,
    /// What it says of its conversation, where that is kept.
    conversation: Option<Arc<Conversation>>,
    replied: Replied,
}

impl Account {
    pub(crate) fn open(shared: Arc<Shared>, record: Record, began: Instant) -> Self {
        Account {
            open: Some(Box::new(Open {
                record,
                began,
                place: None,
                reservation: None,
                budget: None,
                lesson: None,
                conversation: None,
                replied: Replied::Nothing,
            })),
            shared,
            gone: Arc::default(),
        }
    }

    /// Moves the account on to whoever closes it; what is left here does nothing.
    pub(crate) fn take(&mut self) -> Self {
        Account { open: self.open.take(), shared: self.shared.clone(), gone: self.gone.clone() }
    }

    /// Keeps the place of the exchange until it is closed.
    pub(crate) fn hold(&mut self, place: Place) {
        if let Some(open) = &mut self.open {
            open.place = Some(place);
        }
    }

    /// Keeps what the exchange has taken of its rate limits, until its usage is known.
    pub(crate) fn reserve(&mut self, reservation: Reservation) {
        if let Some(open) = &mut self.open {
            open.reservation = Some(reservation);
        }
    }

    /// Keeps what the exchange reserves from its budgets, until it is written down.
    pub(crate) fn hold_budget(&mut self, held: Held) {
        if let Some(open) = &mut self.open {
            open.budget = Some(held);
        }
    }

    /// When the exchange began, in milliseconds since 1970.
    pub(crate) fn began_ms(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.record.began_ms)
    }

    /// The request came so far.
    pub(crate) fn note_reached(&mut self, reached: Reached) {
        if let Some(held) = self.open.as_mut().and_then(|open| open.budget.as_mut()) {
            held.note_reached(reached);
        }
        if let Some(reservation) = self.open.as_mut().and_then(|open| open.reservation.as_mut()) {
            reservation.note_reached(reached);
        }
    }

    /// The request will teach what its model's provider counts, once its usage is known.
    pub(crate) fn teach(&mut self, lesson: Lesson) {
        if let Some(open) = &mut self.open {
            open.lesson = Some(lesson);
        }
    }

    /// The request is part of a conversation that the ledger keeps.
    pub(crate) fn converse(&mut self, conversation: Arc<Conversation>) {
        if let Some(open) = &mut self.open {
            open.conversation = Some(conversation);
        }
    }

    /// Whether the reply is to be kept until the account is closed.
    pub(crate) fn wants_reply(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.conversation.is_some())
    }

    /// What the client got.
    pub(crate) fn note_reply(&mut self, replied: Replied) {
        if let Some(open) = &mut self.open {
            open.replied = replied;
        }
    }

    /// The flag by which the account learns that its client has gone.
    pub(crate) fn gone(&self) -> Arc<AtomicBool> {
        self.gone.clone()
    }

    /// The record, to be added to.
    pub(crate) fn note(&mut self, add: impl FnOnce(&mut Record)) {
        if let Some(open) = &mut self.open {
            add(&mut open.record);
        }
    }

    /// Tells who watches that the exchange is in `phase`, as far as it has come.
    pub(crate) fn show(&self, phase: Phase) {
        if let Some(open) = &self.open {
            live::tell(self.shared.services.observer.as_deref(), phase, &open.record);
        }
    }

    /// The first content of the reply goes out now.
    pub(crate) fn note_first_content(&mut self) {
        if let Some(open) = &mut self.open
            && open.record.first_content_ms.is_none()
        {
            open.record.first_content_ms = Some(millis(open.began.elapsed()));
        }
    }

    /// Closes the account with a reply that was whole.
    pub(crate) fn close_whole(&mut self, status: u16, tally: &Tally, changes: &Changes) {
        self.close(|record| {
            record.status = status;
            record.cause = Cause::Completed;
            record.note_tally(tally);
            record.note_changes(changes, Side::Reply);
        });
    }

    /// Closes the account with an error that the client gets.
    pub(crate) fn close_failed(&mut self, cause: Cause, error: &ApiError) {
        self.close(|record| record.note_error(cause, error));
    }

    /// Closes the account; a second call does nothing.
    pub(crate) fn close(&mut self, finish: impl FnOnce(&mut Record)) {
        let Some(open) = self.open.take() else {
            return;
        };
        let Open { mut record, began, place, reservation, budget, lesson, conversation, replied } =
            *open;
        finish(&mut record);
        if self.gone.load(Ordering::Relaxed) {
            record.cause = Cause::ClientAbort;
        }
        record.cost = cost(&self.shared, &record);
        drop(place);
        if let Some(reservation) = reservation {
            settle(&self.shared, reservation, &record);
        }
        if let (Some(lesson), Some(usage)) = (lesson, record.usage) {
            learn(&self.shared, lesson, usage.input_total());
        }
        let reply_text = replied.text_bytes();
        let booked = budget.map(|held| held.into_booked(&self.shared, &record, reply_text));
        budget::learn(&self.shared.outputs, &record);
        let mut kept = Kept { booked: booked.unwrap_or_default(), ..Kept::default() };
        if let Some(conversation) = conversation {
            kept.digest = conversation.digest(&record, &replied);
            kept.bodies = conversation.bodies(&record, replied);
        }
        self.shared.books.close(record, began, kept);
    }

    /// Whether the account is still open.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let fault = std::thread::panicking();
        self.close(|record| {
            if fault {
                record.cause = Cause::Fault;
                record.status = ironbridge_wire::ErrorKind::Internal.status();
                record.error = Some("the exchange ended in a panic of the gateway".to_owned());
                return;
            }
            record.cause = Cause::ClientAbort;
            if record.status == 0 {
                record.status = ironbridge_wire::ErrorKind::ClientClosed.status();
            }
            record.error = Some("the client went away before the reply was whole".to_owned());
        });
    }
}

/// The rate limits get the true usage, and the next estimate is better for it.
fn settle(shared: &Shared, reservation: Reservation, record: &Record) {
    if let (Some(weight), Some(usage), Some(model)) =
        (reservation.weight(), record.usage, &record.target_model)
    {
        shared.learned.learn_weight(model, weight, usage.input_total());
    }
    shared.admission.rates.settle(reservation, record);
}

/// What an exchange cost by its provider's list, where its provider is paid by the token.
fn cost(shared: &Shared, record: &Record) -> Option<Cost> {
    let (provider, model) = (record.provider.as_ref()?, record.target_model.as_ref()?);
    let usage = record.usage?;
    let live = shared.live();
    let provider = live.providers.iter().find(|known| known.name() == provider)?;
    if !pays_by_token(provider.kind()) {
        return None;
    }
    let priced = live.prices.of(model)?;
    let Picodollars(picodollars) = priced.prices.cost(&usage.into());
    Some(Cost { picodollars, price_version: priced.version, prices: priced.prices })
}

/// Counts a finished request beside the relay, where its usage teaches something.
fn learn(shared: &Arc<Shared>, lesson: Lesson, reported: u64) {
    if !shared.learned.wants(&lesson, Instant::now()) {
        return;
    }
    let tasks = shared.tasks.clone();
    let shared = shared.clone();
    tasks.spawn(async move {
        // A panic of the counter must not end more than this lesson.
        let _ = tokio::task::spawn_blocking(move || shared.learned.learn(&lesson, reported)).await;
    });
}

/// How an exchange ended whose upstream could not be reached or did not answer.
pub(crate) fn cause_of_send(error: &SendError) -> Cause {
    match error.failure {
        Failure::Timeout { .. } => Cause::Timeout,
        Failure::Cooling { .. } => Cause::Refused,
        _ => Cause::UpstreamAbort,
    }
}

/// How an exchange ended whose upstream could not be heard to the end.
pub(crate) fn cause_of_body(error: &BodyError) -> Cause {
    match error {
        BodyError::Idle { .. } => Cause::Timeout,
        _ => Cause::UpstreamAbort,
    }
}

#[cfg(test)]
mod tests {
    use super::Account;
    use crate::exchange::{Cause, Record};
    use crate::services::Services;
    use crate::settings::{ServerSettings, Settings};
    use crate::shared::Shared;
    use ironbridge_upstream::{Endpoint, ProviderKind, ProviderSettings};
    use ironbridge_wire::Dialect;
    use std::sync::Arc;
    use std::time::Instant;

    #[test]
    fn a_panic_is_not_taken_for_a_client_that_left() {
        let settings = Settings {
            server: ServerSettings::default(),
            providers: vec![ProviderSettings::new("offline", ProviderKind::Offline)],
            routes: Vec::new(),
            tokenizers: Vec::new(),
            rate_limits: Vec::new(),
            prices: Vec::new(),
            projects: Vec::new(),
        };
        let local = ([127, 0, 0, 1], 1).into();
        let shared =
            Arc::new(Shared::new(settings, Services::default(), local).expect("good settings"));
        for (panics, wanted) in [(true, Cause::Fault), (false, Cause::ClientAbort)] {
            let record =
                Record::begin("req".to_owned(), Dialect::Chat, Endpoint::Chat, "x".to_owned());
            let account = Account::open(shared.clone(), record, Instant::now());
            let dropped = std::thread::spawn(move || {
                let _account = account;
                assert!(!panics, "a fault on purpose");
            });
            assert_eq!(dropped.join().is_err(), panics);
            assert_eq!(shared.books.newest(1)[0].cause, wanted);
        }
    }
}
