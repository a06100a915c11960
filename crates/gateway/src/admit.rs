//! Room three: may this request go on, and when?
//!
//! | asked of | module | a request beyond it |
//! |---|---|---|
//! | the rates of its client key and its model | `rates` | is refused with when to ask again |
//! | the budgets of its client key and its model | `budget` | is refused with how they stand |
//! | the places for exchanges under way | `place` | waits in a bounded, fair queue |
//! | the interval between starts | `pace` | waits for its start, or is refused |
//! | a person | `approve` | is refused when that person says no |
//!
//! In this order, so that what is refused at once holds no place, and nobody is asked about a request that a limit stops.
//! Only what makes a model work is asked for more than a place: counts and lists are cheap.

use crate::exchange::{Cause, Exchange, LimitedBy};
use crate::failure::Failure;
use crate::pace::{Pace, START_WAIT_MAX};
use crate::place::Places;
use crate::rates::{self, Rates};
use crate::route::Route;
use crate::settings::ServerSettings;
use crate::shared::{Live, Shared};
use crate::{approve, budget};
use ironbridge_limit::RetryAfter;
use ironbridge_wire::{ApiError, ErrorKind};
use std::time::Duration;

/// Everything that a request may have to wait for, or be refused by, before it is sent.
pub(crate) struct Admission {
    pub(crate) rates: Rates,
    pub(crate) places: Places,
    pub(crate) pace: Pace,
}

impl Admission {
    pub(crate) fn new(server: &ServerSettings) -> Self {
        Admission {
            rates: Rates::default(),
            places: Places::new(&server.limits),
            pace: Pace::new(server.interval),
        }
    }

    /// Applies changed settings. What was used stays used, and who waits goes on waiting.
    pub(crate) fn reload(&self, server: &ServerSettings) {
        self.places.set_limits(&server.limits);
        self.pace.set_spacing(server.interval);
    }
}

/// What the operator wants for requests that could not be recorded.
fn unrecorded() -> ApiError {
    ApiError::new(ErrorKind::Unavailable, "the gateway cannot record exchanges at the moment")
}

/// Lets the exchange in, or says why not. Cancel safe: who leaves gives back what it had.
pub(crate) async fn admit(
    shared: &Shared,
    live: &Live,
    exchange: &mut Exchange,
    route: &Route,
) -> Result<(), Failure> {
    let server = &live.settings.server;
    let generates = exchange.endpoint.generates();
    if generates && server.refuse_unrecorded && shared.books.is_closed() {
        return Err(Failure::of(unrecorded(), Cause::Refused));
    }
    if generates {
        rates::reserve(shared, live, exchange, route)?;
        budget::reserve(shared, live, exchange, route).await?;
    }
    let place = shared.admission.places.place(&exchange.fairness_key, &server.limits).await;
    let (place, waited) = place.map_err(|error| Failure::limited(LimitedBy::Place, error))?;
    exchange.account.hold(place);
    exchange.account.note(|record| record.note_wait(LimitedBy::Place, waited));
    if !generates {
        return Ok(());
    }
    if let Some(spacing) = server.interval {
        let wait_max = if server.wait { START_WAIT_MAX } else { Duration::ZERO };
        start(shared, exchange, spacing, wait_max).await?;
    }
    if let Some(approver) = &shared.services.approver {
        let asked = shared.unless_draining(approve::ask(approver.as_ref(), exchange)).await;
        let answer = asked.map_err(stopped)?;
        answer.map_err(|error| Failure::limited(LimitedBy::Approval, error))?;
    }
    Ok(())
}

/// Waits for the exchange's start.
async fn start(
    shared: &Shared,
    exchange: &mut Exchange,
    spacing: Duration,
    wait_max: Duration,
) -> Result<(), Failure> {
    let started = shared.unless_draining(shared.admission.pace.start(wait_max)).await;
    let waited = started.map_err(stopped)?.map_err(|refusal| too_early(spacing, refusal))?;
    exchange.account.note(|record| record.note_wait(LimitedBy::Interval, waited));
    Ok(())
}

/// Nothing of the exchange was sent yet, so a gateway that stops does not begin it.
fn stopped(error: ApiError) -> Failure {
    Failure::of(error, Cause::Shutdown)
}

fn too_early(spacing: Duration, refusal: RetryAfter) -> Failure {
    let seconds = refusal.header_seconds().unwrap_or(u64::MAX);
    let message = format!(
        "Rate limit exceeded: requests start at least {} s apart; ask again in {seconds} s",
        spacing.as_secs_f64()
    );
    let error = ApiError::new(ErrorKind::RateLimit, message).with_code("interval_rate_limit");
    Failure::limited(LimitedBy::Interval, error).with_retry_after(Duration::from_secs(seconds))
}
