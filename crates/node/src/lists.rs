//! Fuzzy search in a list of the caller's: once, or in one that stays.

use std::sync::{Arc, Mutex, PoisonError};

use ironbridge_tools::Failure;
use ironbridge_tools::find::{FoundItem, FuzzyList};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::error::CallError;
use crate::indexes::{RESULTS, Units, in_units};
use crate::operation::Call;

/// A list and its items, whose matches are shown in UTF-16 units.
struct Kept {
    list: FuzzyList,
    items: Vec<String>,
}

impl Kept {
    fn of(items: Vec<String>) -> Self {
        Self { list: FuzzyList::new(&items), items }
    }

    fn search(
        &self,
        query: &str,
        limit: Option<usize>,
        call: &Call<'_>,
    ) -> Result<Answer, Failure> {
        let found = self
            .list
            .search(query, limit.unwrap_or(RESULTS), call.control)
            .map_err(CallError::from)?;
        let rows: Vec<_> = found.iter().map(|found| self.row(found)).collect();
        Answer::json(&rows)
    }

    fn row(&self, found: &FoundItem) -> Row<'_> {
        let index = usize::try_from(found.index).unwrap_or(usize::MAX);
        let item = self.items.get(index).map_or("", String::as_str);
        let ranges = in_units(item, &found.ranges);
        Row { index: found.index, item, score: found.score, ranges }
    }
}

/// A match as JavaScript gets it.
#[derive(Serialize)]
struct Row<'l> {
    index: u32,
    item: &'l str,
    score: u32,
    ranges: Vec<Units>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OnceInput {
    query: String,
    items: Vec<String>,
    limit: Option<usize>,
}

pub(crate) fn fuzzy_search(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let OnceInput { query, items, limit } = call.input()?;
    Kept::of(items).search(&query, limit, call)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ItemsInput {
    items: Vec<String>,
}

pub(crate) fn keep(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let ItemsInput { items } = call.input()?;
    Ok(Answer { handle: Some(Arc::new(Mutex::new(Kept::of(items)))), ..Answer::default() })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SearchInput {
    handle: u32,
    query: String,
    limit: Option<usize>,
}

pub(crate) fn search(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let SearchInput { handle, query, limit } = call.input()?;
    let kept = call.handle::<Mutex<Kept>>(handle)?;
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.search(&query, limit, call)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReplaceInput {
    handle: u32,
    items: Vec<String>,
}

/// Takes other items for all there are.
pub(crate) fn replace(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let ReplaceInput { handle, items } = call.input()?;
    let kept = call.handle::<Mutex<Kept>>(handle)?;
    *kept.lock().unwrap_or_else(PoisonError::into_inner) = Kept::of(items);
    Ok(Answer::default())
}
