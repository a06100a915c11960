//! `/metrics`, in Prometheus' text form and OpenTelemetry's GenAI names.
//!
//! Source of the names: open-telemetry/semantic-conventions-genai, metrics; dots become underscores.

use crate::exchange::{Cause, LimitedBy, Record, RecordedUsage};
use crate::labels::Labels;
use ironbridge_ledger::Status;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    gen_ai_operation_name: String,
    gen_ai_provider_name: String,
    gen_ai_request_model: String,
    error_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenType {
    gen_ai_provider_name: String,
    gen_ai_request_model: String,
    gen_ai_token_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenPart {
    gen_ai_provider_name: String,
    gen_ai_request_model: String,
    part: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KeyRequest {
    key: String,
    error_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KeyTokens {
    key: String,
    gen_ai_token_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limit {
    limit: &'static str,
}

impl Limit {
    fn of(limit: LimitedBy) -> Self {
        Limit { limit: limit.name() }
    }
}

/// How many requests wait, and for what.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waiting {
    /// For a place.
    pub(crate) place: usize,
    /// For their start.
    pub(crate) interval: usize,
    /// For the end of an upstream's rest.
    pub(crate) cooldown: usize,
}

/// The counters and histograms of one gateway.
pub(crate) struct Metrics {
    registry: Registry,
    duration: Family<Request, Histogram>,
    first_content: Family<Request, Histogram>,
    tokens: Family<TokenType, Histogram>,
    parts: Family<TokenPart, Counter>,
    key_requests: Family<KeyRequest, Counter>,
    key_tokens: Family<KeyTokens, Counter>,
    attempts: Counter,
    running: Gauge,
    waiting: Family<Limit, Gauge>,
    limited: Family<Limit, Counter>,
    ledger: LedgerGauges,
}

/// How the ledger is; all 0 where there is none.
#[derive(Clone, Default)]
struct LedgerGauges {
    journal_bytes: Gauge,
    trouble: Gauge,
    unrecorded: Gauge,
}

/// The boundaries that the conventions recommend for durations, in seconds.
const SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// The boundaries that the conventions recommend for tokens.
const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

impl Metrics {
    pub(crate) fn new() -> Self {
        let histogram = || Histogram::new(SECONDS);
        let metrics = Metrics {
            registry: Registry::default(),
            duration: Family::new_with_constructor(histogram),
            first_content: Family::new_with_constructor(histogram),
            tokens: Family::new_with_constructor(|| Histogram::new(TOKENS)),
            parts: Family::default(),
            key_requests: Family::default(),
            key_tokens: Family::default(),
            attempts: Counter::default(),
            running: Gauge::default(),
            waiting: Family::default(),
            limited: Family::default(),
            ledger: LedgerGauges::default(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register_with_unit(
            "gen_ai_server_request_duration",
            "From the request's head to the end of its reply",
            Unit::Seconds,
            self.duration.clone(),
        );
        registry.register_with_unit(
            "gen_ai_server_time_to_first_token",
            "From the request's head to the first content",
            Unit::Seconds,
            self.first_content.clone(),
        );
        registry.register(
            "gen_ai_client_token_usage",
            "Tokens of input (cached or not) and output, as the providers report them",
            self.tokens.clone(),
        );
        registry.register(
            "ironbridge_token_parts",
            "Of these: input read from and written to caches, output spent on reasoning",
            self.parts.clone(),
        );
        registry.register(
            "ironbridge_key_requests",
            "Exchanges by client key",
            self.key_requests.clone(),
        );
        registry.register(
            "ironbridge_key_tokens",
            "Tokens of input and output by client key",
            self.key_tokens.clone(),
        );
        registry.register(
            "ironbridge_upstream_attempts",
            "Requests sent to providers, retries and fallbacks included",
            self.attempts.clone(),
        );
        registry.register(
            "ironbridge_exchanges_running",
            "Exchanges under way",
            self.running.clone(),
        );
        registry.register(
            "ironbridge_requests_waiting",
            "Requests that wait now, by what they wait for",
            self.waiting.clone(),
        );
        registry.register(
            "ironbridge_requests_limited",
            "Requests refused, by the limit that refused them",
            self.limited.clone(),
        );
        self.ledger.register(&mut self.registry);
        self
    }

    /// Counts an exchange that has ended, under `names`.
    pub(crate) fn count(&self, record: &Record, names: &Labels<'_>) {
        if let Some(key) = names.key {
            self.count_key(record, key);
        }
        let labels = Request {
            gen_ai_operation_name: operation(record.endpoint).to_owned(),
            gen_ai_provider_name: record.provider.clone().unwrap_or_default(),
            gen_ai_request_model: names.model.to_owned(),
            error_type: error_type(record),
        };
        if let (Cause::Refused, Some(limit)) = (record.cause, record.limited_by) {
            self.limited.get_or_create(&Limit::of(limit)).inc();
        }
        let tries = record.attempts.iter().map(|attempt| u64::from(attempt.tries));
        self.attempts.inc_by(tries.sum());
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds of one request are far below 2^52"
        )]
        let seconds = |millis: u64| millis as f64 / 1000.0;
        if let Some(first) = record.first_content_ms {
            self.first_content.get_or_create(&labels).observe(seconds(first));
        }
        self.duration.get_or_create(&labels).observe(seconds(record.duration_ms));
        if let Some(usage) = record.usage {
            self.count_tokens(&usage, &labels);
        }
    }

    fn count_key(&self, record: &Record, key: &str) {
        let labels = KeyRequest { key: key.to_owned(), error_type: error_type(record) };
        self.key_requests.get_or_create(&labels).inc();
        let usage = record.usage.unwrap_or_default();
        for (kind, count) in [("input", usage.input_total()), ("output", usage.output_tokens)] {
            let labels = KeyTokens { key: key.to_owned(), gen_ai_token_type: kind };
            self.key_tokens.get_or_create(&labels).inc_by(count);
        }
    }

    fn count_tokens(&self, usage: &RecordedUsage, of: &Request) {
        let (provider, model) = (&of.gen_ai_provider_name, &of.gen_ai_request_model);
        #[expect(clippy::cast_precision_loss, reason = "tokens of one request are far below 2^52")]
        let tokens = |count: u64| count as f64;
        for (kind, count) in [("input", usage.input_total()), ("output", usage.output_tokens)] {
            let labels = TokenType {
                gen_ai_provider_name: provider.clone(),
                gen_ai_request_model: model.clone(),
                gen_ai_token_type: kind.to_owned(),
            };
            self.tokens.get_or_create(&labels).observe(tokens(count));
        }
        let parts = [
            ("cache_read", usage.cache_read_tokens),
            ("cache_write", usage.cache_write_tokens),
            ("reasoning", usage.reasoning_tokens),
        ];
        for (part, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
            let labels = TokenPart {
                gen_ai_provider_name: provider.clone(),
                gen_ai_request_model: model.clone(),
                part: part.to_owned(),
            };
            self.parts.get_or_create(&labels).inc_by(count);
        }
    }

    /// The page as Prometheus reads it.
    pub(crate) fn render(
        &self,
        running: u64,
        waiting: Waiting,
        ledger: Option<&Status>,
        unrecorded: u64,
    ) -> String {
        self.ledger.set(ledger, unrecorded);
        self.running.set(i64::try_from(running).unwrap_or(i64::MAX));
        for (limit, waiting) in [
            (LimitedBy::Place, waiting.place),
            (LimitedBy::Interval, waiting.interval),
            (LimitedBy::Cooldown, waiting.cooldown),
        ] {
            let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
            self.waiting.get_or_create(&Limit::of(limit)).set(waiting);
        }
        let mut page = String::new();
        // Writing to a String cannot fail.
        let _ = text::encode(&mut page, &self.registry);
        page
    }
}

impl LedgerGauges {
    fn register(&self, registry: &mut Registry) {
        let mut register = |name: &str, help: &str, gauge: &Gauge| {
            registry.register(name, help, gauge.clone());
        };
        register(
            "ironbridge_ledger_journal_bytes",
            "Bytes that the ledger's journal holds; whole files go once the database has them",
            &self.journal_bytes,
        );
        register(
            "ironbridge_ledger_trouble",
            "1 while the ledger's database cannot be written to",
            &self.trouble,
        );
        register(
            "ironbridge_ledger_unrecorded",
            "Exchanges that the ledger did not take since the start",
            &self.unrecorded,
        );
    }

    fn set(&self, ledger: Option<&Status>, unrecorded: u64) {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let bytes = ledger.map_or(0, |status| status.journal_bytes);
        self.journal_bytes.set(number(bytes));
        self.trouble.set(i64::from(ledger.is_some_and(|status| status.trouble.is_some())));
        self.unrecorded.set(number(unrecorded));
    }
}

/// `gen_ai.operation.name` of the conventions: what is asked for, whatever the dialect.
fn operation(endpoint: &'static str) -> &'static str {
    match endpoint {
        "chat" | "responses" | "messages" => "chat",
        other => other,
    }
}

/// `error.type` of the conventions: the status, or why a reply that began well did not end so; empty for a success.
fn error_type(record: &Record) -> String {
    match record.cause {
        Cause::Completed => String::new(),
        _ if record.status >= 400 => record.status.to_string(),
        cause => cause.name().to_owned(),
    }
}
