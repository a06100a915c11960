//! Rates of requests and tokens, per client key and per model: part of room three.
//!
//! Tokens are those of the input, cached or not, and of the output. When a request comes in, its input is estimated from
//! the size of its body, which costs no more than finding the media in it; when it is over, the true usage takes the
//! estimate's place. The output is not reserved: coding agents name the largest output they can (Claude Code 32,000
//! tokens and more) and use a hundredth of it, so that reserving it would let next to nothing pass. What a reply truly
//! took becomes a debt that is paid before the next request passes.

use crate::exchange::{Exchange, LimitedBy, Record};
use crate::failure::Failure;
use crate::limit_headers;
use crate::media::Weight;
use crate::route::{Route, Target, model_glob};
use crate::server::SettingsError;
use crate::settings::RateLimitSettings;
use crate::shared::{Live, Shared};
use globset::GlobMatcher;
use ironbridge_ledger::Allowance;
use ironbridge_limit::{
    Claim, LimitReached, PerUnit, Quota, Quotas, Rate, RateLimits, RateRefusal, RateStatistics,
    Standing, Taken, Unit,
};
use ironbridge_wire::{ApiError, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The most client keys and models that are limited at a time.
const KEYS_MAX: usize = 10_000;

/// A request counts against its client key and against its model.
const CLAIMS: usize = 2;

/// Whose buckets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LimitKey {
    /// A client key, by its id.
    Client(String),
    /// All models of one `[[limit]]`, by its pattern.
    Models(Arc<str>),
}

/// One `[[limit]]`, ready to be matched.
#[derive(Debug)]
pub(crate) struct ModelLimit {
    matcher: GlobMatcher,
    pub(crate) pattern: Arc<str>,
    key: LimitKey,
    quotas: Quotas,
    pub(crate) budgets: Vec<Allowance>,
}

impl ModelLimit {
    pub(crate) fn new(settings: &RateLimitSettings) -> Result<Self, SettingsError> {
        let pattern: Arc<str> = settings.pattern.as_str().into();
        let quota = |per_minute: Option<u64>| {
            per_minute.map(|count| quota(count, settings.burst)).transpose().map_err(|error| {
                SettingsError::Rate { pattern: settings.pattern.clone(), why: error.to_string() }
            })
        };
        Ok(ModelLimit {
            matcher: model_glob(&settings.pattern)?,
            key: LimitKey::Models(pattern.clone()),
            pattern,
            quotas: Quotas {
                requests: quota(settings.requests_per_minute)?,
                tokens: quota(settings.tokens_per_minute)?,
            },
            budgets: settings.budgets.clone(),
        })
    }
}

/// So many per minute, of which `burst`'s worth, and at least one, may be used at once.
fn quota(per_minute: u64, burst: Duration) -> Result<Quota, ironbridge_limit::RateError> {
    let rate = Rate::per_minute(per_minute)?;
    let at_once = u128::from(per_minute) * burst.as_millis() / 60_000;
    Ok(Quota { rate, burst: u64::try_from(at_once).unwrap_or(u64::MAX).max(1) })
}

/// The buckets of all client keys and models.
#[derive(Debug)]
pub(crate) struct Rates {
    limits: Mutex<RateLimits<LimitKey>>,
}

impl Default for Rates {
    fn default() -> Self {
        Rates { limits: Mutex::new(RateLimits::new(KEYS_MAX)) }
    }
}

/// What an exchange has taken: settled when its account is closed.
#[derive(Debug)]
pub(crate) struct Reservation {
    taken: Taken<CLAIMS>,
    weight: Option<Weight>,
    reached: Reached,
}

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reached {
    /// No provider has seen it: not even the request counts.
    Nobody,
    /// Providers have answered it with errors, which nobody bills.
    Refusal,
    /// A provider worked on it, or may have.
    Model,
}

impl Rates {
    fn limits(&self) -> MutexGuard<'_, RateLimits<LimitKey>> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn statistics(&self) -> RateStatistics {
        self.limits().statistics()
    }

    /// How one `[[limit]]` stands.
    pub(crate) fn standing(&self, limit: &ModelLimit) -> PerUnit<Option<Standing>> {
        let claim = Claim { key: &limit.key, quotas: &limit.quotas };
        self.limits().standing([Some(claim)], now())
    }

    /// Forgets what one key or model used; says whether it had used anything.
    pub(crate) fn reset(&self, key: &LimitKey) -> bool {
        self.limits().reset(key)
    }

    /// Forgets what all used.
    pub(crate) fn reset_all(&self) {
        self.limits().reset_all();
    }

    /// Puts the true usage in place of the estimate, as far as it is known.
    pub(crate) fn settle(&self, reservation: Reservation, record: &Record) {
        let now = now();
        let usage = record.usage;
        let used = usage.map(|usage| usage.input_total().saturating_add(usage.output_tokens));
        let used = used.or((reservation.reached == Reached::Refusal).then_some(0));
        match used {
            Some(tokens) => self.limits().settle(reservation.taken, tokens, now),
            None if reservation.reached == Reached::Nobody => {
                self.limits().give_back(reservation.taken, now);
            }
            // It cost what it cost: the estimate stands.
            None => drop(reservation),
        }
    }
}

impl Reservation {
    /// The request came so far, if not farther before.
    pub(crate) fn note_reached(&mut self, reached: Reached) {
        self.reached = self.reached.max(reached);
    }

    /// What the body of the request weighed, where its tokens were estimated.
    pub(crate) fn weight(&self) -> Option<Weight> {
        self.weight
    }
}

/// Takes the request and the tokens it probably needs from its client key and its model, or from neither.
#[expect(clippy::result_large_err, reason = "made once, and then the end of the exchange")]
pub(crate) fn reserve(
    shared: &Shared,
    live: &Live,
    exchange: &mut Exchange,
    route: &Route,
) -> Result<(), Failure> {
    let client = client_limit(exchange);
    let model = model_limit(live, exchange, route).filter(|limit| !limit.quotas.is_unlimited());
    if client.is_none() && model.is_none() {
        return Ok(());
    }
    let claims = [
        client.as_ref().map(|(key, quotas)| Claim { key, quotas }),
        model.map(|limit| Claim { key: &limit.key, quotas: &limit.quotas }),
    ];
    let counts_tokens = claims.iter().flatten().any(|claim| claim.quotas.tokens.is_some());
    let weight = counts_tokens.then(|| Weight::of(&exchange.body));
    let tokens = weight.map_or(0, |weight| estimate(shared, exchange, route, weight));
    let now = now();
    let mut limits = shared.admission.rates.limits();
    match limits.take(claims, tokens, now) {
        Ok(taken) => {
            drop(limits);
            exchange.account.reserve(Reservation { taken, weight, reached: Reached::Nobody });
            Ok(())
        }
        Err(RateRefusal::Crowded { .. }) => {
            let message = "the gateway limits too many keys at this moment; ask again later";
            let error = ApiError::new(ErrorKind::Unavailable, message).with_code("gateway_busy");
            Err(Failure::limited(LimitedBy::Key, error))
        }
        Err(RateRefusal::Limited(reached)) => {
            let standing = limits.standing(claims, now);
            drop(limits);
            let (limited_by, whose) = match (reached.position, model) {
                (1, Some(limit)) => (LimitedBy::Model, format!("the models `{}`", limit.pattern)),
                _ => (LimitedBy::Key, "your key".to_owned()),
            };
            let mut failure = refusal(limited_by, &whose, &reached);
            limit_headers::write(&mut failure.headers, exchange.dialect, &standing);
            Err(failure)
        }
    }
}

fn client_limit(exchange: &Exchange) -> Option<(LimitKey, Quotas)> {
    let key = exchange.client_key.as_ref()?;
    // What is no rate (0 a minute) is refused where keys are made.
    let quota = |count: Option<u64>| count.and_then(|count| Quota::per_minute(count).ok());
    let quotas = Quotas {
        requests: quota(key.limits.requests_per_minute),
        tokens: quota(key.limits.tokens_per_minute),
    };
    (!quotas.is_unlimited()).then(|| (LimitKey::Client(key.id.clone()), quotas))
}

/// The first `[[limit]]` for the model that the first target is asked for: an alias does not lead around it.
pub(crate) fn model_limit<'a>(
    live: &'a Live,
    exchange: &Exchange,
    route: &Route,
) -> Option<&'a ModelLimit> {
    let target = route.targets.first()?;
    let model = target.model(&exchange.model);
    live.rate_limits.iter().find(|limit| limit.matcher.is_match(model))
}

/// The tokens of the request at the target that would count the most.
fn estimate(shared: &Shared, exchange: &Exchange, route: &Route, weight: Weight) -> u64 {
    let of_target = |target: &Target| shared.learned.tokens(target.model(&exchange.model), weight);
    route.targets.iter().map(of_target).max().unwrap_or_default()
}

fn refusal(limited_by: LimitedBy, whose: &str, reached: &LimitReached) -> Failure {
    let (standing, asked) = (reached.standing, reached.asked);
    let about = if reached.unit == Unit::Tokens { "about " } else { "" };
    let Some(seconds) = reached.retry_after.header_seconds() else {
        let message = format!(
            "the request has {about}{asked} {}, and {whose} may use at most {} at once: it can never pass",
            reached.unit, standing.limit
        );
        let error = ApiError::new(ErrorKind::TooLarge, message).with_code("request_over_limit");
        return Failure::limited(limited_by, error);
    };
    let message = format!(
        "the rate limit of {whose} is reached: {about}{asked} {} wanted, {} of {} left; ask again in {seconds} s",
        reached.unit, standing.remaining, standing.limit
    );
    let code = if limited_by == LimitedBy::Model { "model_rate_limit" } else { "key_rate_limit" };
    let error = ApiError::new(ErrorKind::RateLimit, message).with_code(code);
    Failure::limited(limited_by, error).with_retry_after(Duration::from_secs(seconds))
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}
