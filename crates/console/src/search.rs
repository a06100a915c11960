//! Looking for exchanges by several properties at once.
//!
//! The ledger follows one index for each list. So the property that leaves least is looked up, and the others are held
//! against what comes: at most [`SCANNED_MAX`] for one page, which may then be short, and say where to go on.

use crate::failure::Failure;
use crate::page_of;
use ironbridge_ledger::{By, Cause, Cursor, Exchange, Filter, Page, Store, StoreError};
use serde::Deserialize;
use utoipa::IntoParams;

/// The most exchanges that are looked at for one page.
pub const SCANNED_MAX: usize = 5000;

/// How many are read at once.
const CHUNK: usize = 500;

/// Which exchanges are listed.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeQuery {
    /// `next` of the page before.
    pub(crate) after: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 500)]
    pub(crate) limit: Option<usize>,
    /// Those that began at this moment or later.
    pub(crate) since_ms: Option<u64>,
    /// Those that began before this moment.
    pub(crate) until_ms: Option<u64>,
    /// The Host that the client named.
    domain: Option<String>,
    /// The model that the client named.
    model: Option<String>,
    /// `completed`, `failed` (all others), a cause such as `client_abort`, or an HTTP status such as `429`.
    status: Option<String>,
    /// `quota`, `query_evaluation` or `inference`.
    class: Option<String>,
    /// The id of a client key.
    key: Option<String>,
    project: Option<String>,
    account: Option<String>,
    /// The client's session.
    session: Option<String>,
    provider: Option<String>,
}

/// A status that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Failed,
    Of(Cause),
    Code(u16),
}

/// A checked query.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    query: ExchangeQuery,
    status: Option<Status>,
    after: Option<Cursor>,
    pub(crate) limit: usize,
}

impl Search {
    /// Checks a query.
    pub(crate) fn new(query: ExchangeQuery) -> Result<Self, Failure> {
        let invalid = |why: &str| Failure::Invalid(why.to_owned());
        let status = query.status.as_deref().map(read_status).transpose().map_err(invalid)?;
        let after = query
            .after
            .as_deref()
            .map(|after| Cursor::parse(after).ok_or("`after` is not the `next` of a page"));
        let after = after.transpose().map_err(invalid)?;
        let limit = page_of::limit(query.limit)?;
        Ok(Search { status, after, limit, query })
    }

    /// Whether it asks for the newest of all that fit.
    pub(crate) fn is_first_page(&self) -> bool {
        self.after.is_none()
    }

    /// Whether an exchange is one of those asked for, but for its place in the list.
    pub(crate) fn fits(&self, exchange: &Exchange) -> bool {
        let query = &self.query;
        let is = |asked: &Option<String>, found: Option<&str>| {
            asked.as_deref().is_none_or(|asked| found == Some(asked))
        };
        query.since_ms.is_none_or(|since| exchange.began_ms >= since)
            && query.until_ms.is_none_or(|until| exchange.began_ms < until)
            && is(&query.domain, Some(&exchange.domain))
            && is(&query.model, Some(&exchange.model))
            && is(&query.class, exchange.class.as_deref())
            && is(&query.key, exchange.key_id.as_deref())
            && is(&query.project, exchange.project.as_deref())
            && is(&query.account, exchange.account.as_deref())
            && is(&query.session, exchange.session.as_deref())
            && is(&query.provider, exchange.provider.as_deref())
            && self.status.is_none_or(|status| match status {
                Status::Failed => exchange.cause != Cause::Completed,
                Status::Of(cause) => exchange.cause == cause,
                Status::Code(code) => exchange.status == code,
            })
    }

    /// The page, from the ledger. Blocks.
    pub(crate) fn page(&self, store: &mut Store) -> Result<Page, StoreError> {
        let filter =
            Filter { since_ms: self.query.since_ms, until_ms: self.query.until_ms, by: self.by() };
        let mut found = Page { exchanges: Vec::new(), next: self.after.clone() };
        for scanned in (0..SCANNED_MAX).step_by(CHUNK) {
            // A list without a residue is read in one piece.
            let count = if scanned == 0 { self.limit.min(CHUNK) } else { CHUNK };
            let page = store.list(&filter, found.next.as_ref(), count)?;
            found.next = page.next;
            for exchange in page.exchanges.into_iter().filter(|exchange| self.fits(exchange)) {
                if found.exchanges.len() == self.limit {
                    // The rest of this chunk belongs to the next page.
                    found.next = found.exchanges.last().and_then(cursor);
                    return Ok(found);
                }
                found.exchanges.push(exchange);
            }
            if found.next.is_none() || found.exchanges.len() == self.limit {
                break;
            }
        }
        Ok(found)
    }

    /// The page, from the few that are remembered: the newest last.
    pub(crate) fn page_of(&self, remembered: &[std::sync::Arc<Exchange>]) -> Page {
        let mut fitting: Vec<Exchange> = remembered
            .iter()
            .filter(|exchange| self.fits(exchange) && self.is_behind(exchange))
            .map(|exchange| Exchange::clone(exchange))
            .collect();
        newest_first(&mut fitting);
        let more = fitting.len() > self.limit;
        fitting.truncate(self.limit);
        let next = fitting.last().filter(|_| more).and_then(cursor);
        Page { exchanges: fitting, next }
    }

    /// Whether an exchange stands behind the page before.
    fn is_behind(&self, exchange: &Exchange) -> bool {
        let Some((began, id)) = self.query.after.as_deref().and_then(|text| text.split_once('.'))
        else {
            return true;
        };
        let began = began.parse::<u64>().unwrap_or(0);
        (exchange.began_ms, exchange.id.as_str()) < (began, id)
    }

    fn by(&self) -> Option<By> {
        let query = self.query.clone();
        let failed = matches!(self.status, Some(Status::Failed | Status::Of(_)))
            && self.status != Some(Status::Of(Cause::Completed));
        query
            .session
            .map(By::Session)
            .or_else(|| query.key.map(By::Key))
            .or_else(|| query.project.map(By::Project))
            .or_else(|| query.account.map(By::Account))
            .or_else(|| failed.then_some(By::Failed))
            .or_else(|| query.model.map(By::Model))
            .or_else(|| query.domain.map(By::Domain))
    }
}

/// Sorts as lists are: by time and id, the newest first.
pub(crate) fn newest_first(exchanges: &mut [Exchange]) {
    exchanges.sort_by(|one, other| (other.began_ms, &other.id).cmp(&(one.began_ms, &one.id)));
}

/// The place behind an exchange.
pub(crate) fn cursor(exchange: &Exchange) -> Option<Cursor> {
    Cursor::parse(&format!("{}.{}", exchange.began_ms, exchange.id))
}

fn read_status(text: &str) -> Result<Status, &'static str> {
    if text == "failed" {
        return Ok(Status::Failed);
    }
    if let Some(cause) = Cause::of_name(text) {
        return Ok(Status::Of(cause));
    }
    let code = text.parse::<u16>().ok().filter(|code| (100..600).contains(code));
    code.map(Status::Code).ok_or(
        "`status` must be `failed`, a cause such as `completed`, or an HTTP status such as `429`",
    )
}
