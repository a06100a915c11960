//! `/api/conversations`.

use crate::asked::{Asked, Named};
use crate::documents::{ExchangeDocument, Phase, WholeDocument};
use crate::exchanges::{LinkDocument, shown};
use crate::failure::{ErrorDocument, Failure};
use crate::page_of::{self, PageOf};
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use ironbridge_ledger::{Store, StoreError, SummaryPage, Whole};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// What is listed.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Conversations, as exchanges are linked.
    #[default]
    Conversation,
    /// Sessions, as clients name theirs.
    Session,
}

/// Which conversations are listed.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// `conversation` or `session`.
    #[param(inline)]
    kind: Option<Kind>,
    /// The id of a conversation, session or exchange: the one that it is or belongs to.
    search: Option<String>,
}

/// Conversations or sessions, by their last exchange.
#[utoipa::path(get, path = "/api/conversations", operation_id = "list_conversations", tag = "conversations", params(ConversationQuery), responses(
    (status = 200, body = PageOf<WholeDocument>), (status = 400, body = ErrorDocument),
    (status = 401, body = ErrorDocument), (status = 503, body = ErrorDocument),
))]
pub(crate) async fn list(
    State(shared): State<Arc<Shared>>,
    Asked(query): Asked<ConversationQuery>,
) -> Result<Json<PageOf<WholeDocument>>, Failure> {
    let limit = page_of::limit(query.limit)?;
    let after = query.after.as_deref().map(|after| {
        let (last_ms, id) = after.split_once('.')?;
        Some((last_ms.parse::<u64>().ok()?, id.to_owned()))
    });
    if after == Some(None) {
        return Err(Failure::Invalid("`after` is not the `next` of a page".to_owned()));
    }
    let kind = match query.kind.unwrap_or_default() {
        Kind::Conversation => Whole::Conversation,
        Kind::Session => Whole::Session,
    };
    let search = query.search.filter(|text| !text.trim().is_empty());
    let page = shared.console.ledger.ask(move |store| match search {
        Some(text) => found(store, kind, text.trim()),
        None => store.summaries(kind, after.flatten().as_ref(), limit),
    });
    let SummaryPage { summaries, next } = page.await?;
    Ok(Json(PageOf {
        data: summaries.iter().map(WholeDocument::from).collect(),
        next: next.map(|(last_ms, id)| format!("{last_ms}.{id}")),
    }))
}

/// The one that `text` names, or that the exchange of that id belongs to.
fn found(store: &mut Store, kind: Whole, text: &str) -> Result<SummaryPage, StoreError> {
    let summary = match store.summary(kind, text)? {
        Some(summary) => Some(summary),
        None => {
            let id = match kind {
                Whole::Conversation => store.link_of(text)?.map(|link| link.conversation),
                Whole::Session => store.find(text)?.and_then(|exchange| exchange.session),
            };
            id.map(|id| store.summary(kind, &id)).transpose()?.flatten()
        }
    };
    Ok(SummaryPage { summaries: summary.into_iter().collect(), next: None })
}

/// A conversation as a graph.
#[derive(Serialize, ToSchema)]
pub(crate) struct Conversation {
    #[serde(flatten)]
    whole: WholeDocument,
    /// Its exchanges, oldest first, at most 10,000.
    nodes: Vec<Node>,
}

/// An exchange in a conversation.
#[derive(Serialize, ToSchema)]
pub(crate) struct Node {
    link: LinkDocument,
    exchange: ExchangeDocument,
}

/// One conversation, with its branches and subtasks.
#[utoipa::path(get, path = "/api/conversations/{id}", operation_id = "conversation", tag = "conversations",
    params(("id" = String, Path, description = "Its id: that of its first exchange.")), responses(
    (status = 200, body = Conversation), (status = 400, body = ErrorDocument),
    (status = 401, body = ErrorDocument), (status = 404, body = ErrorDocument),
    (status = 503, body = ErrorDocument),
))]
pub(crate) async fn one(
    State(shared): State<Arc<Shared>>,
    Named(id): Named,
) -> Result<Json<Conversation>, Failure> {
    let of_ledger = id.clone();
    let asked = shared.console.ledger.ask(move |store| {
        let summary = store.summary(Whole::Conversation, &of_ledger)?;
        let nodes = match &summary {
            Some(_) => store.conversation_exchanges(&of_ledger)?,
            None => Vec::new(),
        };
        Ok(summary.map(|summary| (summary, nodes)))
    });
    let (summary, nodes) = asked
        .await?
        .ok_or_else(|| Failure::NotFound(format!("no conversation `{}` is known", shown(&id))))?;
    let node = |(link, exchange): &(ironbridge_ledger::Link, ironbridge_ledger::Exchange)| Node {
        link: link.into(),
        exchange: ExchangeDocument::of(exchange, Phase::Ended),
    };
    Ok(Json(Conversation { whole: (&summary).into(), nodes: nodes.iter().map(node).collect() }))
}
