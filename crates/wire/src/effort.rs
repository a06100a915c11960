//! How hard a model thinks, in words and in tokens.
//!
//! OpenAI asks by word, Anthropic's older models by budget. The table is ours; its steps are those that Claude Code's
//! "think", "think hard" and "ultrathink" use (4,000, 10,000, 31,999 tokens).

/// Anthropic takes no smaller budget (docs.anthropic.com/en/docs/build-with-claude/extended-thinking).
pub const BUDGET_TOKENS_MIN: u64 = 1024;

const STEPS: [(&str, u64); 6] = [
    ("minimal", 1024),
    ("low", 4000),
    ("medium", 10_000),
    ("high", 24_000),
    ("xhigh", 31_999),
    ("max", 63_999),
];

/// The thinking budget, in tokens, that stands for an effort; `None` for `none` and unknown words.
#[must_use]
pub fn budget_of(effort: &str) -> Option<u64> {
    STEPS.iter().find(|step| step.0 == effort).map(|step| step.1)
}

/// The effort that stands for a thinking budget in tokens: `low`, `medium` or `high`, which every server knows.
#[must_use]
pub const fn effort_of(budget_tokens: u64) -> &'static str {
    match budget_tokens {
        0..=4000 => "low",
        4001..=10_000 => "medium",
        _ => "high",
    }
}
