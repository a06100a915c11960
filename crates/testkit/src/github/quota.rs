//! What `GET /copilot_internal/user` tells about an account and its quotas.

use serde_json::{Value, json};

/// The document of an individual plan with so many premium requests in a month, of which some are
/// left; below 0 the quota is overdrawn (caozhiyuan/copilot-api#110). Chat and completions are
/// unlimited.
pub fn quota(entitlement: i64, remaining: i64) -> Value {
    json!({
        "access_type_sku": "monthly_subscriber",
        "analytics_tracking_id": "testkit",
        "assigned_date": "2026-01-01T00:00:00Z",
        "can_signup_for_limited": false,
        "chat_enabled": true,
        "copilot_plan": "individual",
        "organization_login_list": [],
        "organization_list": [],
        "quota_reset_date": "2026-02-01",
        "quota_snapshots": {
            "chat": snapshot("chat", None),
            "completions": snapshot("completions", None),
            "premium_interactions": snapshot("premium_interactions", Some((entitlement, remaining))),
        },
    })
}

/// One quota; `None` is an unlimited one.
fn snapshot(id: &str, limit: Option<(i64, i64)>) -> Value {
    let (entitlement, remaining) = limit.unwrap_or_default();
    let percent = match limit {
        Some((entitlement, remaining)) if entitlement > 0 => {
            100.0 * remaining as f64 / entitlement as f64
        }
        Some(_) => 0.0,
        None => 100.0,
    };
    json!({
        "entitlement": entitlement, "overage_count": 0, "overage_permitted": false,
        "percent_remaining": percent, "quota_id": id, "quota_remaining": remaining,
        "remaining": remaining, "unlimited": limit.is_none(),
    })
}
