//! Fuzzy search in a list of the caller's.

use ironbridge_tools::find::FuzzyList;
use ironbridge_tools::{Failure, find};
use serde::Deserialize;
use serde_json::json;

use crate::answer::Answer;
use crate::operation::Call;
use crate::utf16::Utf16;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SearchInput {
    query: String,
    items: Vec<String>,
    limit: Option<usize>,
}

/// Matches given when the caller names no limit, as of `find`.
const RESULTS: usize = 20;

pub(crate) fn fuzzy_search(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let input: SearchInput = call.input()?;
    let list = FuzzyList::new(&input.items);
    let limit = input.limit.unwrap_or(RESULTS);
    let stopped =
        |stopped: ironbridge_tools::Stopped| Failure::new(stopped.code(), stopped.to_string());
    let found = list.search(&input.query, limit, call.control).map_err(stopped)?;
    let found: Vec<_> = found.iter().map(|found| in_units(found, &input.items)).collect();
    Answer::json(&found)
}

fn in_units(found: &find::FoundItem, items: &[String]) -> serde_json::Value {
    let text = usize::try_from(found.index).ok().and_then(|index| items.get(index));
    let mut units = Utf16::of(text.map_or("", String::as_str));
    let mut unit = |byte: u32| units.at(usize::try_from(byte).unwrap_or(usize::MAX));
    let ranges: Vec<_> = found
        .ranges
        .iter()
        .map(|range| json!({ "start": unit(range.start), "end": unit(range.end) }))
        .collect();
    json!({ "index": found.index, "score": found.score, "ranges": ranges })
}
