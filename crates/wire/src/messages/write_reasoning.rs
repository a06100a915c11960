//! Thinking: a budget for older models, an effort for those that decide themselves.

use crate::effort::{BUDGET_TOKENS_MIN, budget_of, effort_of};
use crate::pointer::At;
use crate::prompt::{Reasoning, ReasoningMode};
use crate::writing::Writing;
use serde_json::{Value, json};

/// The limit of a request that gives none, where its model's own is not known, in tokens. Every model that is still
/// served takes it.
pub(super) const OUTPUT_TOKENS_DEFAULT: u64 = 8192;

/// How many tokens may be generated, thinking included.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutputLimit {
    pub(super) tokens: u64,
    /// Whether nobody gave the limit, neither the client nor the model's description.
    pub(super) free: bool,
}

/// What a request says about thinking.
#[derive(Debug, Default)]
pub(super) struct Thinking {
    /// The `thinking` member.
    pub(super) thinking: Option<Value>,
    /// `output_config.effort`.
    pub(super) effort: Option<String>,
    /// Whether the model will think, which bars some other settings.
    pub(super) on: bool,
}

/// Writes `reasoning`; may raise a free `limit` so that an answer has room beside the thinking.
pub(super) fn write_thinking(
    reasoning: Reasoning,
    limit: &mut OutputLimit,
    goes_on_without_thinking: bool,
    writing: &mut Writing,
) -> Thinking {
    let Reasoning { mode, budget_tokens, effort, summary, encrypted: _ } = reasoning;
    let disabled = mode.as_ref().is_some_and(|mode| mode.value == ReasoningMode::Disabled);
    let adaptive = mode.as_ref().is_some_and(|mode| mode.value == ReasoningMode::Adaptive);
    if disabled || effort.as_ref().is_some_and(|effort| effort.value == "none") {
        let said = disabled || writing.target.adaptive_thinking;
        let thinking = said.then(|| json!({ "type": "disabled" }));
        return Thinking { thinking, ..Thinking::default() };
    }
    if mode.is_none() && budget_tokens.is_none() && effort.is_none() {
        if let Some(summary) = summary {
            writing.changes.dropped(&summary.at, "no reasoning is asked for");
        }
        return Thinking::default();
    }
    let mut written = if adaptive || writing.target.adaptive_thinking {
        by_effort(budget_tokens, effort, writing)
    } else {
        let at = [
            effort.as_ref().map(|found| &found.at),
            budget_tokens.as_ref().map(|found| &found.at),
            mode.as_ref().map(|found| &found.at),
        ];
        let at = at.into_iter().flatten().next().cloned().unwrap_or_default();
        if goes_on_without_thinking {
            let why = "the turn under way has no sealed thinking, which Anthropic demands";
            writing.changes.dropped(&at, why);
            return Thinking::default();
        }
        let wish = At { value: (budget_tokens.map(|found| found.value), effort), at };
        by_budget(wish, limit, writing)
    };
    if let (Some(summary), Some(thinking)) = (summary, &mut written.thinking) {
        write_display(summary, thinking, writing);
    }
    written
}

/// For models that decide by themselves how much they think.
fn by_effort(
    budget_tokens: Option<At<u64>>,
    effort: Option<At<String>>,
    writing: &mut Writing,
) -> Thinking {
    let effort = match (effort, budget_tokens) {
        (Some(effort), budget) => {
            if let Some(budget) = budget {
                writing.changes.dropped(&budget.at, "the model has an effort and no budget");
            }
            known_effort(effort, writing)
        }
        (None, Some(budget)) => {
            let effort = effort_of(budget.value);
            writing.changes.changed(&budget.at, format!("the budget goes on as effort {effort}"));
            Some(effort.to_owned())
        }
        (None, None) => None,
    };
    Thinking { thinking: Some(json!({ "type": "adaptive" })), effort, on: true }
}

fn known_effort(effort: At<String>, writing: &mut Writing) -> Option<String> {
    match effort.value.as_str() {
        "low" | "medium" | "high" | "xhigh" | "max" => Some(effort.value),
        "minimal" => {
            writing.changes.changed(&effort.at, "the least effort is low");
            Some("low".to_owned())
        }
        _ => {
            writing.changes.dropped(&effort.at, "no such effort");
            None
        }
    }
}

/// For models that are told how many tokens they may think.
fn by_budget(
    wish: At<(Option<u64>, Option<At<String>>)>,
    limit: &mut OutputLimit,
    writing: &mut Writing,
) -> Thinking {
    let At { value: (exact, effort), at } = wish;
    let word = effort.as_ref().map(|effort| effort.value.as_str());
    let Some(wanted) = exact.or_else(|| budget_of(word.unwrap_or("medium"))) else {
        writing.changes.dropped(&at, "no such effort");
        return Thinking::default();
    };
    if limit.free && wanted.saturating_add(OUTPUT_TOKENS_DEFAULT) > limit.tokens {
        limit.tokens = wanted.saturating_add(OUTPUT_TOKENS_DEFAULT);
    }
    // A budget that the client counted out is cut only as far as it must be; one that stands for a word leaves a
    // quarter of the limit for the answer.
    let room = if exact.is_some() { 1 } else { limit.tokens / 4 };
    let most = limit.tokens.saturating_sub(room.max(1));
    if most < BUDGET_TOKENS_MIN {
        let why = format!("thinking takes at least {BUDGET_TOKENS_MIN} tokens besides the answer");
        writing.changes.dropped(&at, why);
        return Thinking::default();
    }
    let budget = wanted.clamp(BUDGET_TOKENS_MIN, most);
    if exact != Some(budget) {
        writing.changes.changed(&at, format!("goes on as a thinking budget of {budget} tokens"));
    }
    Thinking {
        thinking: Some(json!({ "type": "enabled", "budget_tokens": budget })),
        // Beside a budget the effort is a setting of its own; without one it has become the budget.
        effort: exact.and(effort).and_then(|effort| known_effort(effort, writing)),
        on: true,
    }
}

/// OpenAI's `summary` or Anthropic's `display`.
///
/// Models with a budget show their thinking summarized unless told otherwise; those that decide themselves may not.
fn write_display(summary: At<String>, thinking: &mut Value, writing: &mut Writing) {
    match summary.value.as_str() {
        "summarized" | "omitted" => thinking["display"] = summary.value.into(),
        "none" => thinking["display"] = "omitted".into(),
        _ => {
            if thinking["type"] == "adaptive" {
                thinking["display"] = "summarized".into();
            }
            if summary.value != "auto" {
                let why = "thinking is shown summarized, in no other length";
                writing.changes.changed(&summary.at, why);
            }
        }
    }
}
