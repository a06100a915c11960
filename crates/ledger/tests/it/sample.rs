//! Exchanges to test with.

use ironbridge_ledger::{Attempt, Cause, Change, Exchange};

/// An exchange in which every field says something.
pub(crate) fn whole(id: &str, began_ms: u64) -> Exchange {
    let text = |text: &str| Some(text.to_owned());
    Exchange {
        id: id.to_owned(),
        began_ms,
        duration_ms: 1200,
        first_content_ms: Some(310),
        waited_ms: 5,
        status: 200,
        cause: Cause::Completed,
        error: text("nothing, \u{1f980} but a \"quote\" and a ' and a \\"),
        dialect: "messages".into(),
        endpoint: "messages".into(),
        stream: true,
        class: text("inference"),
        key_id: text("key_1"),
        key_name: text("laptop"),
        project: text("house"),
        account: text("acc"),
        domain: "localhost".into(),
        session: text("session-1"),
        agent: text("agent-1"),
        model: "claude-sonnet-4-5".into(),
        provider: text("anthropic"),
        target_model: text("claude-sonnet-4-5"),
        target_dialect: text("messages"),
        reply_model: text("claude-sonnet-4-5-20250929"),
        initiator: text("user"),
        initiator_reason: text("last message"),
        limited_by: text("key"),
        attempts: vec![Attempt {
            provider: "anthropic".into(),
            model: "claude-sonnet-4-5".into(),
            status: Some(529),
            tries: 2,
            error: text("overloaded"),
            duration_ms: 40,
        }],
        changes: vec![Change {
            path: "/tools/0".into(),
            what: "dropped".into(),
            why: "no such notion".into(),
            side: "request".into(),
        }],
        tool_calls: vec!["Read".into(), "Bash".into()],
        finish: text("tool_use"),
        input_tokens: Some(12),
        output_tokens: Some(345),
        cache_read_tokens: Some(6789),
        cache_write_5m_tokens: Some(10),
        cache_write_1h_tokens: Some(11),
        reasoning_tokens: Some(100),
        cost_picodollars: Some(7_300_000_000),
        price_version: text("2026-11-21"),
        client_request_id: text("c-1"),
        upstream_request_id: text("u-1"),
        reply_id: text("msg_1"),
        client_retries: Some(1),
        request_bytes: 40_000,
        reply_bytes: 2000,
    }
}

/// One of many: the `number`th, with a model, key and session of few.
pub(crate) fn numbered(number: u64) -> Exchange {
    let cause = if number.is_multiple_of(7) { Cause::UpstreamError } else { Cause::Completed };
    Exchange {
        id: format!("req_{number:08}"),
        // Three begin in the same millisecond.
        began_ms: 1_700_000_000_000 + number / 3,
        cause,
        domain: "localhost".into(),
        model: format!("model-{}", number % 3),
        key_id: number.is_multiple_of(2).then(|| format!("key-{}", number % 4)),
        session: Some(format!("session-{}", number % 5)),
        ..Exchange::default()
    }
}
