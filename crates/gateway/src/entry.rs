//! A record, as the ledger keeps it.

use crate::class::RequestClass;
use crate::exchange::{Attempt, Cause, LimitedBy, Record, RecordedChange};
use crate::prices::Priced;
use ironbridge_ledger::Exchange;

impl From<&Record> for Exchange {
    fn from(record: &Record) -> Self {
        let owned = |text: Option<&'static str>| text.map(str::to_owned);
        let usage = record.usage;
        Exchange {
            id: record.id.clone(),
            began_ms: record.began_ms,
            duration_ms: record.duration_ms,
            first_content_ms: record.first_content_ms,
            waited_ms: record.waited_ms,
            status: record.status,
            cause: record.cause.into(),
            error: record.error.clone(),
            dialect: record.dialect.to_owned(),
            endpoint: record.endpoint.to_owned(),
            stream: record.stream,
            class: owned(record.class.map(RequestClass::name)),
            key_id: record.key.as_ref().map(|key| key.id.clone()),
            key_name: record.key.as_ref().map(|key| key.name.clone()),
            project: record.project.clone(),
            // Accounts are not told apart yet.
            account: None,
            domain: record.domain.clone(),
            session: record.session.clone(),
            agent: record.agent.clone(),
            model: record.model.clone(),
            provider: record.provider.clone(),
            target_model: record.target_model.clone(),
            target_dialect: owned(record.target_dialect),
            reply_model: record.reply_model.clone(),
            initiator: owned(record.initiator.map(|initiated| initiated.by)),
            initiator_reason: owned(record.initiator.map(|initiated| initiated.reason)),
            limited_by: owned(record.limited_by.map(LimitedBy::name)),
            attempts: record.attempts.iter().map(Into::into).collect(),
            changes: record.changes.iter().map(Into::into).collect(),
            tool_calls: record.tool_calls.clone(),
            finish: record.finish.clone(),
            input_tokens: usage.map(|usage| usage.input_tokens),
            output_tokens: usage.map(|usage| usage.output_tokens),
            cache_read_tokens: usage.map(|usage| usage.cache_read_tokens),
            cache_write_5m_tokens: usage.map(|usage| usage.cache_write_5m_tokens()),
            cache_write_1h_tokens: usage.map(|usage| usage.cache_write_1h_tokens),
            reasoning_tokens: usage.map(|usage| usage.reasoning_tokens),
            cost_picodollars: record.cost.map(|cost| cost.picodollars),
            price_version: record.cost.map(|cost| {
                Priced { version: cost.price_version, prices: cost.prices }.tag().to_string()
            }),
            client_request_id: record.client_request_id.clone(),
            upstream_request_id: record.upstream_request_id.clone(),
            reply_id: record.reply_id.clone(),
            client_retries: record.client_retries,
            request_bytes: record.request_bytes,
            reply_bytes: record.reply_bytes,
        }
    }
}

impl From<Cause> for ironbridge_ledger::Cause {
    fn from(cause: Cause) -> Self {
        use ironbridge_ledger::Cause as Kept;
        match cause {
            // The books close a running exchange as completed.
            Cause::Running | Cause::Completed => Kept::Completed,
            Cause::Refused => Kept::Refused,
            Cause::UpstreamError => Kept::UpstreamError,
            Cause::UpstreamAbort => Kept::UpstreamAbort,
            Cause::Timeout => Kept::Timeout,
            Cause::ClientAbort => Kept::ClientAbort,
            Cause::Shutdown => Kept::Shutdown,
            Cause::Stopped => Kept::Stopped,
            Cause::Fault => Kept::Fault,
        }
    }
}

impl From<&Attempt> for ironbridge_ledger::Attempt {
    fn from(attempt: &Attempt) -> Self {
        ironbridge_ledger::Attempt {
            provider: attempt.provider.clone(),
            model: attempt.model.clone(),
            status: attempt.status,
            tries: attempt.tries,
            error: attempt.error.clone(),
            duration_ms: attempt.duration_ms,
        }
    }
}

impl From<&RecordedChange> for ironbridge_ledger::Change {
    fn from(change: &RecordedChange) -> Self {
        ironbridge_ledger::Change {
            path: change.path.clone(),
            what: change.what.to_owned(),
            why: change.why.clone(),
            side: change.side.to_owned(),
        }
    }
}
