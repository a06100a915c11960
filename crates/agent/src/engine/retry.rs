//! What is done about a request that failed.

use super::limits::{
    RETRIES_MAX, RETRY_AFTER_MAX_MS, RETRY_FIRST_MS, RETRY_LIMITED_FIRST_MS, RETRY_WAIT_MAX_MS,
};
use super::{Effect, Engine, FailureKind, ModelFailure, Phase};
use ironbridge_session::{EndReason, Event};
use ironbridge_wire::{ApiError, ErrorKind};

/// A failure that the provider told inside the stream.
pub(super) fn of_stream(error: &ApiError) -> ModelFailure {
    ModelFailure {
        kind: kind_of(error.kind, &error.message),
        message: error.message.clone(),
        retry_after_ms: None,
    }
}

/// Which class an error of a provider is of.
pub(crate) fn kind_of(kind: ErrorKind, message: &str) -> FailureKind {
    match kind {
        ErrorKind::RateLimit => FailureKind::Limited,
        ErrorKind::Timeout
        | ErrorKind::Conflict
        | ErrorKind::Internal
        | ErrorKind::BadGateway
        | ErrorKind::Unavailable
        | ErrorKind::GatewayTimeout
        | ErrorKind::Overloaded => FailureKind::Transient,
        ErrorKind::TooLarge => FailureKind::ContextFull,
        ErrorKind::InvalidRequest | ErrorKind::Unprocessable if says_too_long(message) => {
            FailureKind::ContextFull
        }
        ErrorKind::InvalidRequest
        | ErrorKind::Authentication
        | ErrorKind::Billing
        | ErrorKind::Permission
        | ErrorKind::NotFound
        | ErrorKind::MethodNotAllowed
        | ErrorKind::UnsupportedMediaType
        | ErrorKind::Unprocessable
        | ErrorKind::ClientClosed => FailureKind::Fatal,
    }
}

/// Whether a provider's words mean that the request does not fit its context. Every server has its own.
fn says_too_long(message: &str) -> bool {
    const WORDS: [&str; 8] = [
        "prompt is too long",
        "context length",
        "context_length",
        "context window",
        "maximum context",
        "too many tokens",
        "input is too long",
        "exceeds the available context",
    ];
    let message = message.to_ascii_lowercase();
    WORDS.iter().any(|word| message.contains(word))
}

impl Engine {
    /// The request got no reply, or half of one: it is sent again where that may help. No tool has run from it, since
    /// calls run only when a reply is whole.
    pub(super) fn model_failed(&mut self, request: u64, failure: &ModelFailure) {
        match &self.phase {
            Phase::Asking(building) if building.request == request => {}
            Phase::Summarising(_) => return self.summary_failed(request, failure),
            _ => return,
        }
        self.discard_reply();
        self.effects.push(Effect::CancelAsk);
        match failure.kind {
            FailureKind::ContextFull if self.give_way() => self.send(),
            FailureKind::Fatal | FailureKind::ContextFull => {
                self.end_turn(EndReason::Error, Some(failure.message.clone()));
            }
            FailureKind::Transient | FailureKind::Limited => self.retry(failure),
        }
    }

    pub(super) fn retry(&mut self, failure: &ModelFailure) {
        let asked = failure.retry_after_ms.unwrap_or(0);
        if self.turn.retries >= RETRIES_MAX || asked > RETRY_AFTER_MAX_MS {
            return self.end_turn(EndReason::Error, Some(failure.message.clone()));
        }
        self.turn.retries += 1;
        self.numbers.timer += 1;
        let timer = self.numbers.timer;
        let first = match failure.kind {
            FailureKind::Limited => RETRY_LIMITED_FIRST_MS,
            FailureKind::Transient | FailureKind::ContextFull | FailureKind::Fatal => {
                RETRY_FIRST_MS
            }
        };
        let doubled = first.saturating_mul(1 << (self.turn.retries - 1)).min(RETRY_WAIT_MAX_MS);
        let own = varied(doubled, self.settings.seed.wrapping_add(timer));
        let wait_ms = own.max(asked);
        self.phase = Phase::Waiting(timer);
        self.tell(Event::Retrying {
            attempt: self.turn.retries,
            attempts_max: RETRIES_MAX,
            wait_ms,
            reason: failure.message.clone(),
        });
        self.effects.push(Effect::Wait { timer, wait_ms });
    }

    /// A wait is over.
    pub(super) fn timer(&mut self, timer: u64) {
        if matches!(self.phase, Phase::Waiting(awaited) if awaited == timer) {
            self.send();
        }
    }
}

/// 90 to 110 % of `wait_ms`, by a number of which every bit counts (splitmix64).
fn varied(wait_ms: u64, seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    let tenth = wait_ms / 10;
    wait_ms - tenth + mixed % (2 * tenth + 1)
}
