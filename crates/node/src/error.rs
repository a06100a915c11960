//! What can go wrong here; what goes wrong in a tool is the tool's own.

use ironbridge_tokens::DecodeError;
use ironbridge_tools::{Coded, Stopped};
use ironbridge_wire::{self as wire, ApiError, Dialect, Invalid};
use serde_json::{Map, Value, json};

/// The encodings that can be named.
const ENCODINGS: &str = "o200k_base, cl100k_base, p50k_base, p50k_edit and r50k_base";

/// A failure of the addon itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("{0}")]
    Input(String),
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("it is closed already")]
    Closed,
    #[error("{0}: no such operation")]
    UnknownOperation(String),
    #[error("no thread to work on; the system limits how many there may be")]
    NoThread(#[source] std::io::Error),
    #[error("something in Rust went wrong: {0}; please report this as a bug of ironbridge")]
    Panic(String),
    #[error("the result is no JSON")]
    Internal(#[source] serde_json::Error),
    #[error("encoding {0:?} is not known; there are {ENCODINGS}")]
    UnknownEncoding(String),
    #[error(
        "the vocabulary of {0:?} is not public: only OpenAI's can be encoded; `countTokens` estimates the others"
    )]
    NoVocabulary(String),
    #[error(transparent)]
    UnknownToken(#[from] DecodeError),
    #[error("dialect {0:?} is not known; there are {known}", known = Dialect::ALL.map(Dialect::name).join(", "))]
    UnknownDialect(String),
    #[error(transparent)]
    Payload(Invalid),
    #[error("{0}")]
    Response(ApiError),
}

impl CallError {
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::Input(message.into())
    }
}

impl Coded for CallError {
    fn codes() -> &'static [(&'static str, &'static str)] {
        &[
            ("cancelled", "its `signal` was aborted; nothing of the call happens any more"),
            ("closed", "the handle was closed before"),
            ("deadline", "its `timeoutMs` has passed"),
            ("internal", "a result could not be written as JSON; a bug of ironbridge"),
            ("invalid_input", "an argument is not what the function takes; the message says which"),
            ("invalid_payload", "the payload is none of that dialect; `errors` says why"),
            ("invalid_response", "the reply is none of that dialect"),
            ("no_thread", "the system allows no further thread"),
            ("panic", "something in Rust went wrong; a bug of ironbridge"),
            ("unknown_dialect", "the dialect is none of `chat`, `responses` and `messages`"),
            ("unknown_encoding", "there is no such encoding, or the model's is not public"),
            ("unknown_operation", "the native file is of another version than the package"),
            ("unknown_token", "a number is no token of the encoding"),
        ]
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Input(_) => "invalid_input",
            Self::Stopped(stopped) => stopped.code(),
            Self::Closed => "closed",
            Self::UnknownOperation(_) => "unknown_operation",
            Self::NoThread(_) => "no_thread",
            Self::Panic(_) => "panic",
            Self::Internal(_) => "internal",
            Self::UnknownEncoding(_) | Self::NoVocabulary(_) => "unknown_encoding",
            Self::UnknownToken(_) => "unknown_token",
            Self::UnknownDialect(_) => "unknown_dialect",
            Self::Payload(_) => "invalid_payload",
            Self::Response(_) => "invalid_response",
        }
    }

    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        if let Self::Payload(invalid) = self {
            details.insert("errors".to_owned(), problems(invalid).into());
        }
        details
    }
}

/// `[{path, message}]`.
pub(crate) fn problems(invalid: &Invalid) -> Vec<Value> {
    let problem = |problem: &wire::Problem| json!({ "path": problem.path.as_str(), "message": problem.message });
    invalid.problems.iter().map(problem).collect()
}
