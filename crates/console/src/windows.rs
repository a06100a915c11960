//! `/api/windows`: what each account used of the windows by which providers limit: five hours and seven days.

use crate::documents::{SumsDocument, dollars};
use crate::failure::{ErrorDocument, Failure};
use crate::hub::now_ms;
use crate::overview::whole_spans;
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use ironbridge_ledger::{DAY_MS, Group, HOUR_MS, Point, Range, Store, StoreError, Sums};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The windows, by name and length.
const WINDOWS: [(&str, u64); 2] = [("5h", SHORT_MS), ("7d", 7 * DAY_MS)];

/// The window that slides over the longer one.
const SHORT_MS: u64 = 5 * HOUR_MS;

/// What was used of each window.
#[derive(Serialize, ToSchema)]
pub(crate) struct Windows {
    data: Vec<Window>,
    /// How the window of five hours slid over the last seven days, for each account.
    sliding: Vec<Sliding>,
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

/// What one account used within any five hours.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Sliding {
    account: Option<String>,
    provider: Option<String>,
    /// The most output of any five hours.
    output_tokens_max: u64,
    /// Each hour in which the window held anything, in order.
    points: Vec<SlidingPoint>,
}

/// The five hours up to the end of an hour.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct SlidingPoint {
    /// Where that hour begins.
    start_ms: u64,
    exchanges: u64,
    output_tokens: u64,
    /// All input, however it was billed.
    input_tokens: u64,
    /// In USD.
    dollars: f64,
    /// How many exchanges of that hour alone a limit held back or refused.
    limited: u64,
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
            let range = hours(now, length_ms);
            let (points, owner) = by_account(store, range, false)?;
            data.extend(points.into_iter().map(|point| {
                let (account, provider) = owner.of(point.group);
                let sums = (&point.sums).into();
                Window { window, since_ms: range.since_ms, account, provider, sums }
            }));
        }
        // Five hours more, so that the first window is whole.
        let (points, owner) = by_account(store, hours(now, 7 * DAY_MS + SHORT_MS), true)?;
        let since_ms = hours(now, 7 * DAY_MS).since_ms;
        Ok(Windows { data, sliding: slide(points, owner, since_ms, now) })
    });
    Ok(Json(asked.await?))
}

fn hours(now: u64, length_ms: u64) -> Range {
    let since_ms = now.saturating_sub(length_ms);
    whole_spans(Range { since_ms, until_ms: now, span_ms: HOUR_MS })
}

/// What tells the points apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Account,
    Provider,
}

impl Owner {
    /// The account and the provider that a group's name stands for.
    fn of(self, group: String) -> (Option<String>, Option<String>) {
        let name = Some(group).filter(|name| !name.is_empty());
        match self {
            Owner::Account => (name, None),
            Owner::Provider => (None, name),
        }
    }
}

/// The sums of each account; where exchanges name none, of each provider.
fn by_account(
    store: &mut Store,
    range: Range,
    by_span: bool,
) -> Result<(Vec<Point>, Owner), StoreError> {
    let accounts = store.sums(range, by_span, Some(Group::Account))?;
    if accounts.iter().any(|point| !point.group.is_empty()) {
        return Ok((accounts, Owner::Account));
    }
    Ok((store.sums(range, by_span, Some(Group::Provider))?, Owner::Provider))
}

/// Adds up the last five hours at each hour, from hourly sums.
fn slide(points: Vec<Point>, owner: Owner, since_ms: u64, until_ms: u64) -> Vec<Sliding> {
    let mut groups: BTreeMap<String, BTreeMap<u64, Sums>> = BTreeMap::new();
    for point in points {
        groups.entry(point.group).or_default().insert(point.start_ms, point.sums);
    }
    let sliding = groups.into_iter().map(|(group, hours)| {
        let ends = (since_ms..=until_ms).step_by(usize::try_from(HOUR_MS).unwrap_or(usize::MAX));
        let points: Vec<SlidingPoint> = ends.filter_map(|start| window(&hours, start)).collect();
        let (account, provider) = owner.of(group);
        let output_tokens_max = points.iter().map(|point| point.output_tokens).max().unwrap_or(0);
        Sliding { account, provider, output_tokens_max, points }
    });
    sliding.filter(|one| !one.points.is_empty()).collect()
}

/// The window that ends with the hour from `start_ms` on; `None`: nothing is in it.
fn window(hours: &BTreeMap<u64, Sums>, start_ms: u64) -> Option<SlidingPoint> {
    let first = (start_ms + HOUR_MS).saturating_sub(SHORT_MS);
    let mut sums = Sums::default();
    for (_, hour) in hours.range(first..=start_ms) {
        sums.add(hour);
    }
    (sums.exchanges > 0).then(|| SlidingPoint {
        start_ms,
        exchanges: sums.exchanges,
        output_tokens: sums.output_tokens,
        input_tokens: sums.input_tokens
            + sums.cache_read_tokens
            + sums.cache_write_5m_tokens
            + sums.cache_write_1h_tokens,
        dollars: dollars(sums.cost_picodollars),
        limited: hours.get(&start_ms).map_or(0, |hour| hour.limited),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_hours_slide_over_hourly_sums() {
        let point = |hour: u64, output_tokens, limited| Point {
            start_ms: hour * HOUR_MS,
            group: "team".into(),
            sums: Sums { exchanges: 1, output_tokens, limited, ..Sums::default() },
        };
        let points = vec![point(8, 1, 0), point(10, 10, 0), point(13, 100, 2)];
        let all = slide(points, Owner::Account, 10 * HOUR_MS, 20 * HOUR_MS);
        let one = &all[0];
        assert_eq!(
            (all.len(), one.account.as_deref(), one.output_tokens_max),
            (1, Some("team"), 110)
        );
        let seen: Vec<_> = one
            .points
            .iter()
            .map(|point| (point.start_ms / HOUR_MS, point.output_tokens, point.limited))
            .collect();
        let expected =
            [(10, 11, 0), (11, 11, 0), (12, 11, 0), (13, 110, 2), (14, 110, 0), (15, 100, 0)];
        assert_eq!(seen[..6], expected);
        assert_eq!(seen[6..], [(16, 100, 0), (17, 100, 0)], "then it is over");
    }
}
