//! Which tokenizer and which counting rules a model belongs to, told from its name.

use crate::{Encoding, StandIn, Tokenizer};

/// A group of models that are counted alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// GPT and the o series: exact from their encodings.
    OpenAi,
    /// Claude: estimated, or counted by the provider.
    Anthropic,
    /// Llama and its kin (Mistral, Qwen, Gemma, Phi, DeepSeek): exact with their `tokenizer.json`.
    Llama,
    /// Everything else.
    Generic,
}

const LLAMA_KIN: [&str; 8] =
    ["llama", "mistral", "qwen", "gemma", "phi", "codellama", "deepseek", "mixtral"];
const LOCAL_PROVIDERS: [&str; 3] = ["ollama", "llama.cpp", "local"];

impl Family {
    /// The family of a model, case ignored. The first rule that fits decides:
    ///
    /// 1. provider contains `openai` → OpenAI; `anthropic` or `claude` → Anthropic
    /// 2. model contains `gpt` or `openai` → OpenAI; `claude` → Anthropic; the name of Llama or one
    ///    of its kin → Llama
    /// 3. provider contains `ollama`, `llama.cpp` or `local` → Llama
    /// 4. the model is in OpenAI's own table (`o1`, `text-embedding-3-small`) → OpenAI; else generic
    ///
    /// A `:cloud` or `-cloud` at the end of the model's name does not count.
    #[must_use]
    pub fn of(provider: Option<&str>, model: &str) -> Self {
        let provider = provider.unwrap_or_default().to_ascii_lowercase();
        let model = model.to_ascii_lowercase();
        let model = model.strip_suffix(":cloud").or(model.strip_suffix("-cloud")).unwrap_or(&model);
        let any = |names: &[&str], text: &str| names.iter().any(|name| text.contains(name));
        if provider.contains("openai") {
            Self::OpenAi
        } else if any(&["anthropic", "claude"], &provider) {
            Self::Anthropic
        } else if any(&["gpt", "openai"], model) {
            Self::OpenAi
        } else if model.contains("claude") {
            Self::Anthropic
        } else if any(&LLAMA_KIN, model) || any(&LOCAL_PROVIDERS, &provider) {
            Self::Llama
        } else if Encoding::for_model(model).is_some() {
            Self::OpenAi
        } else {
            Self::Generic
        }
    }

    /// The best tokenizer for a model of this family that needs no file: the model's own encoding
    /// for OpenAI (o200k_base when the model is too new for the table), stand-ins for the rest.
    #[must_use]
    pub fn tokenizer(self, model: &str) -> &'static dyn Tokenizer {
        match self {
            Self::OpenAi => match Encoding::for_model(&model.to_ascii_lowercase()) {
                None | Some(Encoding::O200kBase) => &Encoding::O200kBase,
                Some(Encoding::Cl100kBase) => &Encoding::Cl100kBase,
                Some(Encoding::P50kBase) => &Encoding::P50kBase,
                Some(Encoding::P50kEdit) => &Encoding::P50kEdit,
                Some(Encoding::R50kBase) => &Encoding::R50kBase,
            },
            Self::Anthropic => &StandIn::ANTHROPIC,
            Self::Generic if model.to_ascii_lowercase().contains("grok") => &StandIn::GROK,
            Self::Llama | Self::Generic => &StandIn::GENERIC,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_by_provider_and_model() {
        for (provider, model, family, tokenizer) in [
            ("openai", "llama-3", Family::OpenAi, "o200k_base"),
            ("Azure-OpenAI", "gpt-4", Family::OpenAi, "cl100k_base"),
            ("Anthropic", "x", Family::Anthropic, "anthropic"),
            ("my-claude", "gpt-4o", Family::Anthropic, "anthropic"),
            ("copilot", "GPT-5-mini", Family::OpenAi, "o200k_base"),
            ("openrouter", "openai/gpt-3.5-turbo", Family::OpenAi, "cl100k_base"),
            ("copilot", "claude-sonnet-4.5", Family::Anthropic, "anthropic"),
            ("openrouter", "meta-llama/llama-3.1-8b", Family::Llama, "o200k_base (stand-in)"),
            ("ollama", "gpt-oss:120b-cloud", Family::OpenAi, "o200k_base"),
            ("ollama", "qwen3-coder:480b-cloud", Family::Llama, "o200k_base (stand-in)"),
            ("ollama", "starcoder", Family::Llama, "o200k_base (stand-in)"),
            ("x", "deepseek-v3.1:cloud", Family::Llama, "o200k_base (stand-in)"),
            ("", "o3-mini", Family::OpenAi, "o200k_base"),
            ("copilot", "grok-code-fast-1", Family::Generic, "grok"),
            ("google", "gemini-2.5-pro", Family::Generic, "o200k_base (stand-in)"),
        ] {
            let found = Family::of(Some(provider), model);
            assert_eq!(
                (found, found.tokenizer(model).name()),
                (family, tokenizer),
                "{provider} {model}"
            );
        }
        assert_eq!(Family::of(None, "o1"), Family::OpenAi);
    }
}
