//! `/api/overview`: what a range of time amounted to, from the sums of its hours or days.

use crate::asked::Asked;
use crate::documents::SumsDocument;
use crate::failure::{ErrorDocument, Failure};
use crate::hub::now_ms;
use crate::surface::Shared;
use axum::Json;
use axum::extract::State;
use ironbridge_ledger::{DAY_MS, Group, LATENCIES_MAX, Latency, Range, Sums};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// By what sums are told apart.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dimension {
    Project,
    Key,
    Account,
    #[default]
    Model,
    Domain,
    Provider,
    Class,
}

impl From<Dimension> for Group {
    fn from(dimension: Dimension) -> Self {
        match dimension {
            Dimension::Project => Group::Project,
            Dimension::Key => Group::Key,
            Dimension::Account => Group::Account,
            Dimension::Model => Group::Model,
            Dimension::Domain => Group::Domain,
            Dimension::Provider => Group::Provider,
            Dimension::Class => Group::Class,
        }
    }
}

/// Over which time, and told apart by what.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverviewQuery {
    /// From the hour (or day) that holds this moment; a day ago where it is not given.
    since_ms: Option<u64>,
    /// To the hour (or day) that holds this moment; now where it is not given.
    until_ms: Option<u64>,
    /// `model` where it is not given.
    #[param(inline)]
    by: Option<Dimension>,
}

/// What a range of time amounted to.
#[derive(Serialize, ToSchema)]
pub(crate) struct Overview {
    /// Where the first span begins.
    since_ms: u64,
    /// Where the last span ends.
    until_ms: u64,
    /// How long a span is: an hour, or a day where the range is longer than two weeks.
    span_ms: u64,
    total: SumsDocument,
    /// How long its newest exchanges took; null: none of them was completed.
    latency: Option<Latencies>,
    /// The spans in which something was, in order.
    points: Vec<Point>,
    /// By what the groups are told apart.
    by: Dimension,
    /// The groups, the dearest first, then those with most exchanges.
    groups: Vec<Slice>,
}

/// How long the newest exchanges of a range took, of those that were completed.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Latencies {
    /// How many were completed, of the newest 5,000 of the range.
    exchanges: usize,
    /// From the head read to the first content sent; null: none had any.
    first_content: Option<Percentiles>,
    /// From the head read to the end.
    duration: Percentiles,
}

/// So long or less took that share of them. In milliseconds.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Percentiles {
    /// Half.
    p50_ms: u64,
    /// Nine of ten.
    p90_ms: u64,
    /// 99 of a hundred.
    p99_ms: u64,
}

impl Latencies {
    fn of(all: &[Latency]) -> Option<Self> {
        let durations = all.iter().map(|latency| latency.duration_ms).collect();
        let first_contents = all.iter().filter_map(|latency| latency.first_content_ms).collect();
        Some(Latencies {
            exchanges: all.len(),
            first_content: Percentiles::of(first_contents),
            duration: Percentiles::of(durations)?,
        })
    }
}

impl Percentiles {
    fn of(mut all: Vec<u64>) -> Option<Self> {
        all.sort_unstable();
        // The nearest rank: a value that occurred.
        let at = |percent: usize| {
            all.get((all.len() * percent).div_ceil(100).saturating_sub(1)).copied()
        };
        Some(Percentiles { p50_ms: at(50)?, p90_ms: at(90)?, p99_ms: at(99)? })
    }
}

/// A span.
#[derive(Serialize, ToSchema)]
pub(crate) struct Point {
    /// Where it begins.
    start_ms: u64,
    sums: SumsDocument,
}

/// A group.
#[derive(Serialize, ToSchema)]
#[schema(as = GroupSums)]
pub(crate) struct Slice {
    /// Its value; empty where exchanges have none.
    name: String,
    sums: SumsDocument,
}

/// Cost, tokens, requests, errors and latency over a range of time.
#[utoipa::path(get, path = "/api/overview", tag = "sums", params(OverviewQuery), responses(
    (status = 200, body = Overview), (status = 400, body = ErrorDocument),
    (status = 401, body = ErrorDocument), (status = 503, body = ErrorDocument),
))]
pub(crate) async fn overview(
    State(shared): State<Arc<Shared>>,
    Asked(query): Asked<OverviewQuery>,
) -> Result<Json<Overview>, Failure> {
    let until_ms = query.until_ms.unwrap_or_else(now_ms);
    let since_ms = query.since_ms.unwrap_or(until_ms.saturating_sub(DAY_MS));
    if since_ms > until_ms {
        return Err(Failure::Invalid("`since_ms` must not be after `until_ms`".to_owned()));
    }
    let by = query.by.unwrap_or_default();
    let range = whole_spans(Range::between(since_ms, until_ms));
    let asked = shared.console.ledger.ask(move |store| {
        let points = store.sums(range, true, None)?;
        let groups = store.sums(range, false, Some(by.into()))?;
        let latencies = store.latencies(range.since_ms, range.until_ms, LATENCIES_MAX)?;
        Ok((points, groups, latencies))
    });
    let (points, mut groups, latencies) = asked.await?;
    let mut total = Sums::default();
    for point in &points {
        total.add(&point.sums);
    }
    groups.sort_by_key(|group| {
        std::cmp::Reverse((group.sums.cost_picodollars, group.sums.exchanges))
    });
    let span = |point: &ironbridge_ledger::Point| Point {
        start_ms: point.start_ms,
        sums: (&point.sums).into(),
    };
    Ok(Json(Overview {
        since_ms: range.since_ms,
        until_ms: range.until_ms,
        span_ms: range.span_ms,
        total: (&total).into(),
        latency: Latencies::of(&latencies),
        points: points.iter().map(span).collect(),
        by,
        groups: groups
            .into_iter()
            .map(|group| Slice { sums: (&group.sums).into(), name: group.group })
            .collect(),
    }))
}

/// The range with its first and its last span whole.
pub(crate) fn whole_spans(range: Range) -> Range {
    let span_ms = range.span_ms;
    let since_ms = range.since_ms - range.since_ms % span_ms;
    let until_ms = range.until_ms - range.until_ms % span_ms;
    Range { since_ms, until_ms: until_ms.saturating_add(span_ms), span_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let of =
            |all: Vec<u64>| Percentiles::of(all).map(|all| (all.p50_ms, all.p90_ms, all.p99_ms));
        assert_eq!(of(Vec::new()), None);
        assert_eq!(of(vec![7]), Some((7, 7, 7)));
        assert_eq!(of((1..=100).rev().collect()), Some((50, 90, 99)));
        assert_eq!(of(vec![1, 2, 1000]), Some((2, 1000, 1000)));
    }
}
