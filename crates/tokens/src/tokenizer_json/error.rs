//! Why a `tokenizer.json` cannot be used.

/// Why a `tokenizer.json` cannot be used. Nothing is guessed: a file with a part that we would get wrong is
/// refused, and the caller falls back to an estimate.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerJsonError {
    /// Not JSON, or not of the expected shape.
    #[error("tokenizer.json is not readable")]
    Json(#[source] serde_json::Error),
    /// Larger than [`TOKENIZER_JSON_BYTES_MAX`](crate::TOKENIZER_JSON_BYTES_MAX).
    #[error("tokenizer.json has {bytes} bytes, more than {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// A model, normalizer, pre-tokenizer or option that this reader does not know.
    #[error("tokenizer.json uses a {part} that is not supported: {what}")]
    Unsupported {
        /// `model`, `normalizer`, `pre-tokenizer` or `pattern`.
        part: &'static str,
        /// Its type, option or text.
        what: String,
    },
    /// A regular expression that does not compile.
    #[error("tokenizer.json has a pattern that does not compile: {pattern}")]
    Pattern {
        /// The regular expression.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: Box<regex_automata::meta::BuildError>,
    },
    /// A merge or a special role names a token that is not in the vocabulary.
    #[error("tokenizer.json has no token {token:?}, which it refers to")]
    NoSuchToken {
        /// The token's text.
        token: String,
    },
}

impl TokenizerJsonError {
    pub(super) fn unsupported(part: &'static str, what: impl Into<String>) -> Self {
        Self::Unsupported { part, what: what.into() }
    }
}
