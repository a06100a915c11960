//! What a caller from outside gets when a tool fails: a code, a message, and facts to go on with.

use std::error::Error;

use serde_json::{Map, Value, json};

/// The errors of one tool, for callers from outside.
pub trait Coded: Error {
    /// Every code [`Coded::code`] can give, with its meaning; `docs/reference/tools.md` is made of it.
    fn codes() -> &'static [(&'static str, &'static str)]
    where
        Self: Sized;

    /// Which of them this is.
    fn code(&self) -> &'static str;

    /// Facts beside the message, by name: line numbers, nearest names, hashes. Names are in camelCase.
    fn details(&self) -> Map<String, Value> {
        Map::new()
    }
}

/// An error as it leaves the house: over JSON, to JavaScript, to a model.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Stable, in `snake_case`; JavaScript sees it as `ERR_` and capitals.
    pub code: &'static str,
    /// The whole chain in one line: what, where, why, how to mend it.
    pub message: String,
    /// Facts by name.
    pub details: Map<String, Value>,
}

impl Failure {
    /// One without details.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Map::new() }
    }

    /// `{"error":{"code","message",…details}}`.
    pub fn to_json(&self) -> Value {
        let mut error = Map::new();
        error.insert("code".to_owned(), json!(self.code));
        error.insert("message".to_owned(), json!(self.message));
        error.extend(self.details.clone());
        json!({ "error": error })
    }
}

impl<E: Coded> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self { code: error.code(), message, details: error.details() }
    }
}
