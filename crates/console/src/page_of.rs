//! A page of a list, and how long it may be.

use crate::failure::Failure;
use ironbridge_ledger::PAGE_MAX;
use serde::Serialize;
use utoipa::ToSchema;

/// Items of a page where nobody says how many.
const LIMIT_DEFAULT: usize = 50;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct PageOf<T> {
    /// The newest first. It may be short, even empty, while `next` is there: then fewer than all were looked at.
    pub(crate) data: Vec<T>,
    /// What to give as `after` for the next page; null: this was the last one.
    pub(crate) next: Option<String>,
}

/// How many items a page is to have.
pub(crate) fn limit(asked: Option<usize>) -> Result<usize, Failure> {
    let limit = asked.unwrap_or(LIMIT_DEFAULT);
    if (1..=PAGE_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Failure::Invalid(format!("`limit` must be from 1 to {PAGE_MAX}")))
}
