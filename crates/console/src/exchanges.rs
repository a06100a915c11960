//! `/api/exchanges`.

use crate::asked::{Asked, Named};
use crate::bodies::KeptDocument;
use crate::cost::{self, ClassCost};
use crate::documents::{ExchangeDocument, Phase};
use crate::failure::{ErrorDocument, Failure};
use crate::page_of::PageOf;
use crate::search::{ExchangeQuery, Search, newest_first};
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use ironbridge_ledger::{Link, Neighbours};
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;
use utoipa::ToSchema;

/// Exchanges, newest first, also those that failed.
#[utoipa::path(get, path = "/api/exchanges", operation_id = "list_exchanges", tag = "exchanges", params(ExchangeQuery), responses(
    (status = 200, body = PageOf<ExchangeDocument>), (status = 400, body = ErrorDocument),
    (status = 401, body = ErrorDocument), (status = 503, body = ErrorDocument),
))]
pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    Asked(query): Asked<ExchangeQuery>,
) -> Result<Json<PageOf<ExchangeDocument>>, Failure> {
    let search = Search::new(query)?;
    let remembered = shared.console.hub.ended();
    let ledger = &shared.console.ledger;
    let page = if ledger.is_there() {
        let of_ledger = search.clone();
        let mut page = ledger.ask(move |store| of_ledger.page(store)).await?;
        if search.is_first_page() {
            // What has just ended reaches the database a moment later.
            let known: HashSet<&str> = page.exchanges.iter().map(|one| one.id.as_str()).collect();
            let newest = page.exchanges.first().map_or(0, |newest| newest.began_ms);
            let missing = remembered.iter().filter(|one| {
                one.began_ms >= newest && search.fits(one) && !known.contains(one.id.as_str())
            });
            let missing: Vec<_> =
                missing.map(|one| ironbridge_ledger::Exchange::clone(one)).collect();
            page.exchanges.extend(missing);
            newest_first(&mut page.exchanges);
            if page.exchanges.len() > search.limit {
                page.exchanges.truncate(search.limit);
                page.next = page.exchanges.last().and_then(crate::search::cursor);
            }
        }
        page
    } else {
        search.page_of(&remembered)
    };
    Ok(Json(PageOf {
        data: page.exchanges.iter().map(|one| ExchangeDocument::of(one, Phase::Ended)).collect(),
        next: page.next.map(|next| next.to_text()),
    }))
}

/// An exchange with its place among others.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeExchange {
    #[serde(flatten)]
    exchange: ExchangeDocument,
    /// Where it belongs; null while it is in no conversation.
    conversation: Option<LinkDocument>,
    /// The id of the one that began just after it.
    newer: Option<String>,
    /// The id of the one that began just before it.
    older: Option<String>,
    /// What its cost is made of; null: the price table in force does not explain it.
    cost_classes: Option<Vec<ClassCost>>,
    /// Which bodies are kept; null: none, or this process may not read them.
    bodies: Option<KeptDocument>,
}

/// Where an exchange belongs.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Link)]
pub(crate) struct LinkDocument {
    /// The id of the conversation's first exchange.
    conversation: String,
    /// `main`, `branch_…`, `subtask_…` or `compact_…`.
    pub(crate) branch: String,
    /// The exchange that it continues.
    pub(crate) parent: Option<String>,
    /// `continues`, `subtask` or `compacts`.
    pub(crate) kind: Option<&'static str>,
}

impl From<&Link> for LinkDocument {
    fn from(link: &Link) -> Self {
        LinkDocument {
            conversation: link.conversation.clone(),
            branch: link.branch.clone(),
            parent: link.tie.as_ref().map(|tie| tie.parent.clone()),
            kind: link.tie.as_ref().map(|tie| tie.kind.name()),
        }
    }
}

/// One exchange, by the `x-request-id` of its reply.
#[utoipa::path(get, path = "/api/exchanges/{id}", operation_id = "exchange", tag = "exchanges",
    params(("id" = String, Path, description = "Its id.")), responses(
    (status = 200, body = WholeExchange), (status = 400, body = ErrorDocument),
    (status = 401, body = ErrorDocument), (status = 404, body = ErrorDocument),
    (status = 503, body = ErrorDocument),
))]
pub(crate) async fn one(
    State(shared): State<Arc<Shared>>,
    Named(id): Named,
) -> Result<Json<WholeExchange>, Failure> {
    let remembered = shared.console.hub.find(&id);
    let ledger = &shared.console.ledger;
    let mut kept = None;
    let (mut link, mut beside, mut bodies) = (None, Neighbours::default(), None);
    if ledger.is_there() {
        let began = remembered.as_ref().map(|(_, exchange)| exchange.began_ms);
        let of_ledger = id.clone();
        let asked = ledger.ask(move |store| {
            let kept = store.find(&of_ledger)?;
            let Some(began) = kept.as_ref().map(|kept| kept.began_ms).or(began) else {
                return Ok((None, None, Neighbours::default()));
            };
            let beside = store.neighbours(began, &of_ledger)?;
            Ok((kept, store.link_of(&of_ledger)?, beside))
        });
        match asked.await {
            Ok(answer) => (kept, link, beside) = answer,
            // What is remembered can be told without the ledger.
            Err(failure) if remembered.is_none() => return Err(failure),
            Err(_) => {}
        }
    }
    if kept.is_some() {
        let of_ledger = id.clone();
        let asked = ledger.ask(move |store| store.kept_bodies(&of_ledger));
        // A database role that may not read what was said is no failure.
        bodies = asked.await.unwrap_or_default().map(KeptDocument::from);
    }
    let (phase, exchange) = match (&remembered, &kept) {
        (Some((phase, exchange)), _) => (*phase, exchange.as_ref()),
        (None, Some(exchange)) => (Phase::Ended, exchange),
        (None, None) => {
            return Err(Failure::NotFound(format!("no exchange `{}` is known", shown(&id))));
        }
    };
    let cost_classes = cost::explain(exchange);
    let exchange = ExchangeDocument::of(exchange, phase);
    let conversation = link.as_ref().map(LinkDocument::from);
    let Neighbours { newer, older } = beside;
    Ok(Json(WholeExchange { exchange, conversation, newer, older, cost_classes, bodies }))
}

/// The longest id that an error repeats, in characters.
const SHOWN_MAX: usize = 100;

/// An id as it stands in an error.
pub(crate) fn shown(id: &str) -> String {
    id.chars().take(SHOWN_MAX).collect()
}
