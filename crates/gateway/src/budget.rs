//! Budgets of money, tokens and requests, per client key and per pattern of models: part of room three.
//!
//! A request reserves the most it can take from every budget it counts against, in the ledger, before it is sent; what it
//! truly took is booked by the transaction that writes its record. The most is: its input, estimated from the size of its
//! body with a quarter on top, all of it at the dearest class of input; as much output as it asks for or its model gives;
//! and of all its targets the dearest.

use crate::exchange::{Exchange, LimitedBy, Record};
use crate::failure::Failure;
use crate::media::Weight;
use crate::outputs::Outputs;
use crate::prices::pays_by_token;
use crate::rates;
use crate::rates::Reached;
use crate::route::{Route, Target};
use crate::settings::{BudgetReserve, BudgetsAway};
use crate::shared::{Live, Shared};
use ironbridge_ledger::{Allowance, Claim, Exhausted, Unit};
use ironbridge_upstream::{Catalogue, Picodollars};
use ironbridge_wire::json::Members;
use ironbridge_wire::{ApiError, ErrorKind};
use std::time::Duration;

/// What an exchange reserved.
#[derive(Debug)]
pub(crate) struct Held {
    claims: Vec<Claim>,
    weight: Weight,
    reached: Reached,
}

/// The most that a request can take.
#[derive(Clone, Copy, Debug, Default)]
struct Most {
    picodollars: u64,
    tokens: u64,
}

/// How much output a request asks for.
struct Asked {
    /// At most so many tokens in each reply; `None`: as many as the model gives.
    tokens: Option<u64>,
    /// So many replies.
    replies: u64,
}

impl Asked {
    fn of(members: &Members<'_>) -> Self {
        let limits = ["max_completion_tokens", "max_output_tokens", "max_tokens"];
        let tokens = limits.iter().find_map(|name| members.read(name));
        Asked { tokens, replies: members.read::<u64>("n").unwrap_or(1).max(1) }
    }
}

impl Held {
    /// The request came so far.
    pub(crate) fn note_reached(&mut self, reached: Reached) {
        self.reached = self.reached.max(reached);
    }

    /// What the exchange truly took, now that it is over. `reply_text` is how much of the reply came, in bytes.
    ///
    /// Where the provider did not say (the client left, the stream broke), what was reserved for the input and what the
    /// text that came is estimated at; where not even that is known, all that was reserved.
    pub(crate) fn into_booked(
        self,
        shared: &Shared,
        record: &Record,
        reply_text: Option<u64>,
    ) -> Vec<Claim> {
        let taken = (self.reached == Reached::Model)
            .then(|| taken(shared, record, self.weight, reply_text));
        let book = |claim: Claim| {
            let amount = match &taken {
                None => 0,
                Some(_) if claim.unit == Unit::Requests => 1,
                Some(None) => claim.amount,
                Some(Some(most)) if claim.unit == Unit::Money => most.picodollars,
                Some(Some(most)) => most.tokens,
            };
            Claim { amount, ..claim }
        };
        self.claims.into_iter().map(book).collect()
    }
}

/// What an exchange that reached its model took; `None`: nobody knows.
fn taken(
    shared: &Shared,
    record: &Record,
    weight: Weight,
    reply_text: Option<u64>,
) -> Option<Most> {
    let model = record.target_model.as_deref()?;
    let mut usage = record.usage.unwrap_or_default();
    if record.finish.is_none() {
        let text = Weight { text_bytes: reply_text?, media: 0 };
        usage.output_tokens = usage.output_tokens.max(shared.learned.tokens(model, text));
        if usage.input_total() == 0 {
            usage.input_tokens = shared.learned.tokens(model, weight);
        }
    }
    let tokens = usage.input_total().saturating_add(usage.output_tokens);
    let picodollars = match (is_paid_by_token(shared, record.provider.as_deref()?), record.cost) {
        (false, _) => 0,
        (true, Some(cost)) if record.finish.is_some() => cost.picodollars,
        (true, _) => {
            let prices = shared.live().prices.of(model)?.prices;
            let Picodollars(picodollars) = prices.cost(&usage.into());
            picodollars
        }
    };
    Some(Most { picodollars, tokens })
}

fn is_paid_by_token(shared: &Shared, provider: &str) -> bool {
    let live = shared.live();
    let provider = live.providers.iter().find(|known| known.name() == provider);
    provider.is_some_and(|provider| pays_by_token(provider.kind()))
}

/// Reserves the most that the request can take from all its budgets, or refuses it.
///
/// Cancel safe: what is reserved when the client leaves is given back by the record of the exchange, and what is being
/// reserved as soon as it is.
pub(crate) async fn reserve(
    shared: &Shared,
    live: &Live,
    exchange: &mut Exchange,
    route: &Route,
) -> Result<(), Failure> {
    let budgets = budgets(live, exchange, route);
    if budgets.is_empty() {
        return Ok(());
    }
    let Some(ledger) = shared.services.ledger.clone() else {
        let message =
            "a budget holds for this request, and the gateway keeps no ledger to count it in";
        return Err(unavailable(message));
    };
    let weight = Weight::of(&exchange.body);
    let most = most(shared, live, exchange, route, weight, &budgets)?;
    let claim = |(account, allowance): &(String, Allowance)| {
        let amount = match allowance.unit {
            Unit::Money => most.picodollars,
            Unit::Tokens => most.tokens,
            Unit::Requests => 1,
        };
        let claim =
            Claim { account: account.clone(), unit: allowance.unit, span: allowance.span, amount };
        (claim, allowance.limit)
    };
    let claims: Vec<(Claim, u64)> = budgets.iter().map(claim).collect();
    exchange.account.hold_budget(Held {
        claims: claims.iter().map(|(claim, _)| claim.clone()).collect(),
        weight,
        reached: Reached::Nobody,
    });
    let (id, now_ms) = (exchange.id.clone(), exchange.account.began_ms());
    let (answer, answered) = tokio::sync::oneshot::channel();
    let wanted = claims.clone();
    tokio::task::spawn_blocking(move || {
        let reserved = ledger.reserve(&id, now_ms, &wanted);
        if answer.send(reserved).is_err() {
            // The client has left, and the record of its exchange may have been written before the reservation was there.
            ledger.release(&id);
        }
    });
    let reserved = answered.await;
    match reserved {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(Ok(Err(exhausted))) => Err(refusal(&budgets, &claims, exhausted, now_ms)),
        Ok(Err(error)) if live.settings.server.budgets_away == BudgetsAway::Serve => {
            tracing::warn!(%error, id = exchange.id, "a budget is not asked; its ledger is away");
            Ok(())
        }
        Ok(Err(_)) | Err(_) => Err(unavailable(
            "the budget of this request cannot be asked at the moment; ask again later",
        )),
    }
}

fn unavailable(message: &str) -> Failure {
    let error = ApiError::new(ErrorKind::Unavailable, message).with_code("budget_unavailable");
    Failure::limited(LimitedBy::Budget, error)
}

/// The budgets that hold for a request, each with whose it is.
fn budgets(live: &Live, exchange: &Exchange, route: &Route) -> Vec<(String, Allowance)> {
    let of_key = exchange.client_key.iter().flat_map(|key| {
        key.budgets.iter().map(move |allowance| (Claim::account_of_key(&key.id), *allowance))
    });
    let of_models = rates::model_limit(live, exchange, route).into_iter().flat_map(|limit| {
        limit
            .budgets
            .iter()
            .map(move |allowance| (Claim::account_of_models(&limit.pattern), *allowance))
    });
    let project = exchange.project.as_deref();
    let of_project = live.settings.projects.iter().filter(|known| Some(&*known.name) == project);
    let of_project = of_project.flat_map(|known| {
        known.budgets.iter().map(|allowance| (Claim::account_of_project(&known.name), *allowance))
    });
    of_key.chain(of_models).chain(of_project).collect()
}

/// The most that the request can take at any of its targets.
#[expect(clippy::result_large_err, reason = "made once, and then the end of the exchange")]
fn most(
    shared: &Shared,
    live: &Live,
    exchange: &Exchange,
    route: &Route,
    weight: Weight,
    budgets: &[(String, Allowance)],
) -> Result<Most, Failure> {
    let counts_money = budgets.iter().any(|(_, allowance)| allowance.unit == Unit::Money);
    let asked = Asked::of(&exchange.members());
    let key = exchange.client_key.as_ref().map(|key| key.id.as_str());
    let learned = match live.settings.server.budget_reserve {
        BudgetReserve::Most => None,
        BudgetReserve::Learned => key.and_then(|key| shared.outputs.usual_most(key)),
    };
    let mut most = Most::default();
    for target in &route.targets {
        let model = target.model(&exchange.model);
        let facts = Catalogue::model(model);
        let estimated = shared.learned.tokens(model, weight);
        let input = estimated.saturating_add(estimated / 4);
        let output = asked.tokens.unwrap_or(u64::MAX).min(facts.output_tokens_max);
        let output = output.min(learned.unwrap_or(u64::MAX)).saturating_mul(asked.replies);
        most.tokens = most.tokens.max(input.saturating_add(output));
        if !counts_money || !pays_by_token(target.provider.kind()) {
            continue;
        }
        let Some(priced) = live.prices.of(model) else { return Err(no_price(target, model)) };
        let prices = priced.prices;
        let dearest = prices.input.max(prices.cache_write_5m).max(prices.cache_write_1h);
        let cost =
            input.saturating_mul(dearest).saturating_add(output.saturating_mul(prices.output));
        most.picodollars = most.picodollars.max(cost);
    }
    Ok(most)
}

fn no_price(target: &Target, model: &str) -> Failure {
    let message = format!(
        "a budget in USD holds for this request, and no price is known of `{model}` at provider `{}`",
        target.provider.name()
    );
    let error = ApiError::new(ErrorKind::Permission, message).with_code("budget_without_price");
    Failure::limited(LimitedBy::Budget, error)
}

/// What the client is told: how the budget stands, and when it will stand better.
fn refusal(
    budgets: &[(String, Allowance)],
    claims: &[(Claim, u64)],
    exhausted: Exhausted,
    now_ms: u64,
) -> Failure {
    let Exhausted { position, balance } = exhausted;
    let ((account, allowance), (claim, _)) = (&budgets[position], &claims[position]);
    let whose = match account.split_once(':') {
        Some(("model", pattern)) => format!("the models `{pattern}`"),
        Some(("project", name)) => format!("the project `{name}`"),
        _ => "your key".to_owned(),
    };
    let show = |amount| allowance.unit.show(amount);
    let end_ms = allowance.span.end_ms(now_ms);
    let wait = end_ms.map(|end_ms| Duration::from_millis(end_ms.saturating_sub(now_ms)));
    let until = match wait {
        Some(wait) => format!("; a new {} begins in {} s", allowance.span.name(), wait.as_secs()),
        None => String::new(),
    };
    let message = format!(
        "the budget of {whose} is used up: {} spent and {} reserved of {allowance}, and this request may take {}{until}",
        show(balance.spent),
        show(balance.reserved),
        show(claim.amount)
    );
    let kind = if wait.is_some() { ErrorKind::RateLimit } else { ErrorKind::Billing };
    let error = ApiError::new(kind, message).with_code("budget_exhausted");
    let mut failure = Failure::limited(LimitedBy::Budget, error);
    // The SDKs of both vendors then do not try again by themselves.
    failure.headers.insert("x-should-retry", http::HeaderValue::from_static("false"));
    match wait {
        Some(wait) => failure.with_retry_after(wait),
        None => failure,
    }
}

/// Takes note of how much a key's reply held, for [`BudgetReserve::Learned`].
pub(crate) fn learn(outputs: &Outputs, record: &Record) {
    if let (Some(key), Some(usage), Some(_)) = (&record.key, record.usage, &record.finish) {
        outputs.note(&key.id, usage.output_tokens);
    }
}
