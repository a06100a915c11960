//! `/token-stats`: sums since the start, by domain, by model and by client key.

use crate::class::RequestClass;
use crate::exchange::{Cause, Record};
use crate::labels::Labels;
use serde::Serialize;
use std::collections::BTreeMap;

/// The sums of one domain, model or client key.
#[derive(Clone, Debug, Default, Serialize)]
struct Sums {
    requests: u64,
    /// Those that did not end well, but for those that their client left.
    errors: u64,
    client_aborts: u64,
    quota: u64,
    query_evaluation: u64,
    inference: u64,
    tool_calls: u64,
    input_tokens: u64,
    cache_read_tokens: u64,
    cache_write_tokens: u64,
    output_tokens: u64,
    reasoning_tokens: u64,
    last_ms: u64,
}

impl Sums {
    fn add(&mut self, record: &Record) {
        self.requests += 1;
        match record.cause {
            Cause::Completed => {}
            Cause::ClientAbort => self.client_aborts += 1,
            _ => self.errors += 1,
        }
        match record.class {
            Some(RequestClass::Quota) => self.quota += 1,
            Some(RequestClass::QueryEvaluation) => self.query_evaluation += 1,
            Some(RequestClass::Inference) => self.inference += 1,
            None => {}
        }
        self.tool_calls += record.tool_calls.len() as u64;
        let usage = record.usage.unwrap_or_default();
        // What an upstream reports may be any number.
        let add = |sum: &mut u64, tokens: u64| *sum = sum.saturating_add(tokens);
        add(&mut self.input_tokens, usage.input_tokens);
        add(&mut self.cache_read_tokens, usage.cache_read_tokens);
        add(&mut self.cache_write_tokens, usage.cache_write_tokens);
        add(&mut self.output_tokens, usage.output_tokens);
        add(&mut self.reasoning_tokens, usage.reasoning_tokens);
        self.last_ms = record.began_ms.saturating_add(record.duration_ms);
    }
}

/// The most domains with sums of their own; `Host` is bounded by the guard, but `*.localhost` is open.
const DOMAINS_MAX: usize = 200;

/// All sums.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Statistics {
    total: Sums,
    domains: BTreeMap<String, Sums>,
    models: BTreeMap<String, Sums>,
    keys: BTreeMap<String, Sums>,
}

impl Statistics {
    /// Adds an exchange, counted under `labels`.
    pub(crate) fn count(&mut self, record: &Record, labels: &Labels<'_>) {
        self.total.add(record);
        let room = self.domains.len() < DOMAINS_MAX || self.domains.contains_key(&record.domain);
        let domain = if room { record.domain.as_str() } else { "other" };
        self.domains.entry(domain.to_owned()).or_default().add(record);
        self.models.entry(labels.model.to_owned()).or_default().add(record);
        if let Some(key) = labels.key {
            self.keys.entry(key.to_owned()).or_default().add(record);
        }
    }

    /// The page's document.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!(self)
    }
}
