//! `[[limit]]`.

use std::time::Duration;

use ironbridge_gateway::RateLimitSettings;

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
    if !section.has("requests_per_minute") && !section.has("tokens_per_minute") {
        let wrong =
            Wrong::hint("limits nothing", "set `requests_per_minute`, `tokens_per_minute` or both");
        section.wrong(section.line(), "match", wrong);
    }
    let burst = section.duration("burst").unwrap_or(BURST);
    Some(RateLimitSettings { pattern: pattern?, requests_per_minute, tokens_per_minute, burst })
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
