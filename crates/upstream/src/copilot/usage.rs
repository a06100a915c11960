//! What is left of an account's quotas.

use super::github_error::words;
use serde_json::Value;

/// The most snapshots that are read; GitHub has three.
const SNAPSHOTS_MAX: usize = 32;

/// The order in which they are shown; others follow as they came.
const SHOWN_FIRST: [&str; 3] = ["premium_interactions", "chat", "completions"];

/// The reply of `GET /copilot_internal/user`. It is no documented API: whatever is missing is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct CopilotUsage {
    /// `copilot_plan`: `individual`, `business` …
    pub plan: Option<String>,
    /// `access_type_sku`.
    pub access_type: Option<String>,
    /// `chat_enabled`.
    pub chat_enabled: Option<bool>,
    /// `quota_reset_date`, as it came: a date without a time.
    pub quota_reset_date: Option<String>,
    /// The quotas: premium requests, chat, completions, then any other; at most 32.
    pub snapshots: Vec<QuotaSnapshot>,
    /// The whole document as it came.
    pub document: Value,
}

/// One quota.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotaSnapshot {
    /// Its key in `quota_snapshots`: `premium_interactions`, `chat`, `completions`.
    pub name: String,
    /// How many requests the plan includes until the reset.
    pub entitlement: Option<f64>,
    /// How many of them are left; below zero when more were made than are included.
    pub remaining: Option<f64>,
    /// The same in percent, 0 to 100.
    pub percent_remaining: Option<f64>,
    /// There is no limit; the numbers then mean nothing.
    pub unlimited: bool,
    /// How many requests were made beyond those included.
    pub overage_count: Option<f64>,
    /// Whether requests beyond those included are served, for money.
    pub overage_permitted: Option<bool>,
}

impl CopilotUsage {
    pub(super) fn of(document: Value) -> Self {
        let text = |name: &str| document[name].as_str().map(|text| words(text, &[]));
        let named = document["quota_snapshots"].as_object().into_iter().flatten();
        let mut snapshots: Vec<QuotaSnapshot> = named
            .filter(|(_, snapshot)| snapshot.is_object())
            .take(SNAPSHOTS_MAX)
            .map(|(name, snapshot)| QuotaSnapshot::of(name, snapshot))
            .collect();
        let place = |name: &str| SHOWN_FIRST.iter().position(|first| *first == name);
        snapshots.sort_by_key(|snapshot| place(&snapshot.name).unwrap_or(SHOWN_FIRST.len()));
        CopilotUsage {
            plan: text("copilot_plan"),
            access_type: text("access_type_sku"),
            chat_enabled: document["chat_enabled"].as_bool(),
            quota_reset_date: text("quota_reset_date"),
            snapshots,
            document,
        }
    }
}

impl QuotaSnapshot {
    fn of(name: &str, snapshot: &Value) -> Self {
        let number = |name: &str| snapshot[name].as_f64();
        QuotaSnapshot {
            name: words(name, &[]),
            entitlement: number("entitlement"),
            // `quota_remaining` is the same with decimals; older replies have only the first.
            remaining: number("remaining").or_else(|| number("quota_remaining")),
            percent_remaining: number("percent_remaining"),
            unlimited: snapshot["unlimited"].as_bool().unwrap_or(false),
            overage_count: number("overage_count"),
            overage_permitted: snapshot["overage_permitted"].as_bool(),
        }
    }

    /// How many of the included requests were used; `None` when unlimited or not told.
    #[must_use]
    pub fn used(&self) -> Option<f64> {
        if self.unlimited {
            return None;
        }
        Some(self.entitlement? - self.remaining?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use serde_json::json;

    fn check(document: Value, expected: Expect) {
        let usage = CopilotUsage::of(document.clone());
        assert_eq!(usage.document, document);
        let mut shown = format!(
            "{:?} {:?} {:?} {:?}\n",
            usage.plan, usage.access_type, usage.chat_enabled, usage.quota_reset_date
        );
        for quota in &usage.snapshots {
            let unlimited = if quota.unlimited { " unlimited" } else { "" };
            shown.push_str(&format!(
                "{}: used {:?} of {:?}, {:?} % left, beyond {:?} ({:?}){unlimited}\n",
                quota.name,
                quota.used(),
                quota.entitlement,
                quota.percent_remaining,
                quota.overage_count,
                quota.overage_permitted,
            ));
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_whole_document_is_read() {
        let unlimited = json!({"entitlement": 0, "remaining": 0, "percent_remaining": 100.0, "unlimited": true});
        check(
            json!({
                "copilot_plan": "individual", "access_type_sku": "monthly_subscriber", "chat_enabled": true,
                "quota_reset_date": "2026-12-01",
                "quota_snapshots": {
                    "chat": unlimited, "completions": unlimited,
                    "premium_interactions": {
                        "entitlement": 300, "overage_count": 2, "overage_permitted": false,
                        "percent_remaining": 71.4, "quota_id": "premium_interactions",
                        "quota_remaining": 214.3, "remaining": 214, "unlimited": false,
                    },
                },
            }),
            expect![[r#"
                Some("individual") Some("monthly_subscriber") Some(true) Some("2026-12-01")
                premium_interactions: used Some(86.0) of Some(300.0), Some(71.4) % left, beyond Some(2.0) (Some(false))
                chat: used None of Some(0.0), Some(100.0) % left, beyond None (None) unlimited
                completions: used None of Some(0.0), Some(100.0) % left, beyond None (None) unlimited
            "#]],
        );
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_left_open() {
        check(
            json!({}),
            expect![[r#"
            None None None None
        "#]],
        );
        check(
            json!({
                "copilot_plan": 7, "quota_snapshots": {
                    "news": {"quota_remaining": 1.5, "entitlement": "many"}, "chat": null, "completions": {},
                },
            }),
            expect![[r#"
                None None None None
                completions: used None of None, None % left, beyond None (None)
                news: used None of None, None % left, beyond None (None)
            "#]],
        );
        check(
            json!({"quota_snapshots": []}),
            expect![[r#"
            None None None None
        "#]],
        );
    }
}
