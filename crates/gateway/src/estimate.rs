//! Which counter a target's tokens are estimated with.

use globset::GlobMatcher;
use ironbridge_tokens::{Count, Counter, Family, Request, Tokenizer};
use ironbridge_wire::Prompt;
use std::sync::Arc;

/// What the tokens of a model are counted with.
#[derive(Clone)]
pub(crate) struct Estimator {
    provider: String,
    model: String,
    /// The model's own vocabulary, where the operator has named it.
    own: Option<Arc<dyn Tokenizer>>,
}

impl Estimator {
    /// The estimator for `model` of `provider`.
    pub(crate) fn new(
        provider: &str,
        model: &str,
        tokenizers: &[(GlobMatcher, Arc<dyn Tokenizer>)],
    ) -> Self {
        let own = tokenizers.iter().find(|(models, _)| models.is_match(model));
        Estimator {
            provider: provider.to_owned(),
            model: model.to_owned(),
            own: own.map(|(_, tokenizer)| tokenizer.clone()),
        }
    }

    /// The model that is counted for.
    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    /// Estimates the input tokens of `prompt`, without what was learnt.
    pub(crate) fn estimate(&self, prompt: &Prompt, without_tool_preamble: bool) -> Count {
        let request = Request { without_tool_preamble, ..Request::of_prompt(prompt) };
        let provider = Some(self.provider.as_str());
        match &self.own {
            Some(own) => {
                let family = Family::of(provider, &self.model);
                Counter::new(family, &self.model, own.as_ref()).count(&request)
            }
            None => Counter::for_model(provider, &self.model).count(&request),
        }
    }
}
