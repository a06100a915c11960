//! `/api/windows`: what each account used of the windows by which providers limit: five hours and seven days.

use crate::documents::SumsDocument;
use crate::failure::{ErrorDocument, Failure};
use crate::hub::now_ms;
use crate::overview::whole_spans;
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use ironbridge_ledger::{DAY_MS, Group, HOUR_MS, Point, Range};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The windows, by name and length.
const WINDOWS: [(&str, u64); 2] = [("5h", 5 * HOUR_MS), ("7d", 7 * DAY_MS)];

/// What was used of each window.
#[derive(Serialize, ToSchema)]
pub(crate) struct Windows {
    data: Vec<Window>,
}

/// What one account used of one window.
#[derive(Serialize, ToSchema)]
pub(crate) struct Window {
    /// `5h` or `7d`.
    window: &'static str,
    /// Where the window's first hour begins: it is counted whole.
    since_ms: u64,
    /// The account; null where exchanges name none, and then the provider tells them apart.
    account: Option<String>,
    /// The provider, where no account is named.
    provider: Option<String>,
    sums: SumsDocument,
}

/// What each account used within the last five hours and seven days.
#[utoipa::path(get, path = "/api/windows", tag = "sums", responses(
    (status = 200, body = Windows), (status = 401, body = ErrorDocument),
    (status = 503, body = ErrorDocument),
))]
pub(crate) async fn windows(State(shared): State<Arc<Shared>>) -> Result<Json<Windows>, Failure> {
    let now = now_ms();
    let asked = shared.console.ledger.ask(move |store| {
        let mut data = Vec::new();
        for (window, length_ms) in WINDOWS {
            let since_ms = now.saturating_sub(length_ms);
            let range = whole_spans(Range { since_ms, until_ms: now, span_ms: HOUR_MS });
            let accounts = store.sums(range, false, Some(Group::Account))?;
            let has_accounts = accounts.iter().any(|point| !point.group.is_empty());
            let groups = match has_accounts {
                true => accounts,
                false => store.sums(range, false, Some(Group::Provider))?,
            };
            let named = |point: Point| {
                let name = Some(point.group).filter(|name| !name.is_empty());
                let (account, provider) = if has_accounts { (name, None) } else { (None, name) };
                let sums = (&point.sums).into();
                Window { window, since_ms: range.since_ms, account, provider, sums }
            };
            data.extend(groups.into_iter().map(named));
        }
        Ok(data)
    });
    Ok(Json(Windows { data: asked.await? }))
}
