//! Token classes of one exchange.

/// What an exchange used, in disjoint classes.
///
/// OpenAI reports cached tokens inside `prompt_tokens`, Anthropic beside `input_tokens`; here they are always apart, so
/// that no class is counted twice (BerriAI/litellm#9812).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input tokens that were neither read from nor written to a cache.
    pub input: u64,
    /// Input tokens read from the provider's cache; `None` where it does not say.
    pub cache_read: Option<u64>,
    /// Input tokens written to the provider's cache, of any lifetime.
    pub cache_write: Option<u64>,
    /// Of `cache_write`, those that live an hour (Anthropic's `ephemeral_1h_input_tokens`).
    pub cache_write_1h: Option<u64>,
    /// Output tokens, reasoning included.
    pub output: u64,
    /// Of `output`, those spent on reasoning.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// All input tokens, cached or not.
    #[must_use]
    pub fn input_total(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read.unwrap_or(0))
            .saturating_add(self.cache_write.unwrap_or(0))
    }

    /// Input and output together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.input_total().saturating_add(self.output)
    }
}
