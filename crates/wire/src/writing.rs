//! What an encoder needs to know and leaves behind.

use crate::changes::Changes;
use crate::memo::Memo;

/// What the target of a translated request can do, as far as the form of the request depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The most tokens the model generates: stands in where the client gives no limit and the dialect demands one.
    pub output_tokens_max: Option<u64>,
    /// Chat: the server wants `max_completion_tokens` (OpenAI's reasoning models) rather than `max_tokens`.
    pub max_completion_tokens: bool,
    /// Messages: the model decides by itself how much it thinks (`thinking.type = adaptive`), and takes an effort.
    pub adaptive_thinking: bool,
    /// The model is known not to reason: a wish for it would be refused, so it is not sent.
    pub never_reasons: bool,
}

/// The state of one encoding.
#[derive(Debug, Default)]
pub(crate) struct Writing {
    pub(crate) target: Target,
    pub(crate) changes: Changes,
    pub(crate) memo: Memo,
}
