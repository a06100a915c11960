//! `[[limit]]`.

use std::time::Duration;

use ironbridge_gateway::RateLimitSettings;
use ironbridge_ledger::{Allowance, AllowanceError};

use super::mistake::Mistakes;
use super::section::Section;
use super::value::{self, Wrong};

/// What may be used at once where the file does not say.
const BURST: Duration = Duration::from_secs(60);

/// One limit, or `None` where it is wrong.
pub(super) fn limit(section: &Section<'_>) -> Option<RateLimitSettings> {
    let pattern = section.text("match", value::glob);
    let requests_per_minute = section.count("requests_per_minute");
    let tokens_per_minute = section.count("tokens_per_minute");
    let budgets = section.text("budget", budgets).unwrap_or_default();
    let limits = ["requests_per_minute", "tokens_per_minute", "budget"];
    if !limits.iter().any(|name| section.has(name)) {
        let hint = "set one of `requests_per_minute`, `tokens_per_minute` and `budget`";
        let wrong = Wrong::hint("limits nothing", hint);
        section.wrong(section.line(), "match", wrong);
    }
    let burst = section.duration("burst").unwrap_or(BURST);
    Some(RateLimitSettings {
        pattern: pattern?,
        requests_per_minute,
        tokens_per_minute,
        burst,
        budgets,
    })
}

/// Amounts, separated by commas.
pub(crate) fn budgets(text: &str) -> Result<Vec<Allowance>, Wrong> {
    let mut budgets: Vec<Allowance> = Vec::new();
    for amount in text.split(',') {
        let allowance: Allowance = amount.trim().parse().map_err(|error: AllowanceError| {
            let hint = "for example 20USD/month, 2000000tokens/day, 500requests";
            Wrong::hint(format!("is refused: {error}"), hint)
        })?;
        if budgets.iter().any(|other| (other.unit, other.span) == (allowance.unit, allowance.span))
        {
            return Err(Wrong::new(format!("names {allowance} besides another of its kind")));
        }
        budgets.push(allowance);
    }
    Ok(budgets)
}

/// Warns of limits that an earlier one always wins over.
pub(super) fn warn_of_unreachable(
    limits: &[(RateLimitSettings, Option<usize>)],
    mistakes: &Mistakes<'_>,
) {
    for (index, (limit, line)) in limits.iter().enumerate() {
        let hides = |pattern: &str| pattern == "*" || pattern == limit.pattern;
        let winner = limits.iter().take(index).find(|(earlier, _)| hides(&earlier.pattern));
        if let Some((winner, _)) = winner {
            let message = format!(
                "the limit \"{}\" never counts: \"{}\" stands before it",
                limit.pattern, winner.pattern
            );
            mistakes.warn(*line, message, Some("the first limit that matches counts".to_owned()));
        }
    }
}
