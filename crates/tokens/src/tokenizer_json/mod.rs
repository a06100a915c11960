//! Exact counting for models whose vocabulary comes as a Hugging Face `tokenizer.json`.

mod added;
mod error;
mod model;
mod normalizer;
mod pattern;
mod pre_tokenizer;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::tokenizer::{Exactness, Tokenizer};
use added::{AddedToken, AddedTokens, Section};
pub use error::TokenizerJsonError;
use model::Model;
use normalizer::Normalizer;
use pattern::Pattern;
use pre_tokenizer::PreTokenizer;

/// The largest file that is read. Gemma 3's, the largest in wide use, has 33 MB.
pub const TOKENIZER_JSON_BYTES_MAX: usize = 64 << 20;

/// The tokenizer of a `tokenizer.json`: byte-pair encoding, on bytes (Llama 3, Qwen, DeepSeek, Mistral's
/// newer models) or on characters with byte fallback (Llama 2, Mistral's older models, Gemma).
///
/// What the chat template and the post-processor put round a text (`<s>`, roles) is not counted here.
/// Added tokens in the text count as one each, as they do where the file is used. Loading
/// reads the whole vocabulary and builds its tables, so the caller keeps the value.
#[derive(Debug)]
pub struct TokenizerJson {
    name: String,
    added: AddedTokens,
    added_normalized: AddedTokens,
    normalizer: Option<Normalizer>,
    pre_tokenizer: Option<PreTokenizer>,
    model: Model,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    model: Value,
}

/// A literal or a regular expression.
#[derive(Deserialize)]
enum PatternSpec {
    String(String),
    Regex(String),
}

impl PatternSpec {
    fn compile(&self) -> Result<Pattern, TokenizerJsonError> {
        match self {
            Self::String(text) => Pattern::literal(text),
            Self::Regex(pattern) => Pattern::regex(pattern),
        }
    }
}

fn kind(spec: &Value) -> &str {
    spec.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn read<T: DeserializeOwned>(spec: Value) -> Result<T, TokenizerJsonError> {
    serde_json::from_value(spec).map_err(TokenizerJsonError::Json)
}

impl TokenizerJson {
    /// Reads a file's content; `name` is what [`Tokenizer::name`] says afterwards.
    ///
    /// # Errors
    /// When the file is no tokenizer, is larger than [`TOKENIZER_JSON_BYTES_MAX`], or has a part that is
    /// not supported: models other than BPE, WordPiece-like prefixes, `Precompiled` and Bert's
    /// normalizers, look-around other than `\s+(?!\S)`.
    pub fn from_bytes(name: impl Into<String>, bytes: &[u8]) -> Result<Self, TokenizerJsonError> {
        if bytes.len() > TOKENIZER_JSON_BYTES_MAX {
            let (bytes, bytes_max) = (bytes.len(), TOKENIZER_JSON_BYTES_MAX);
            return Err(TokenizerJsonError::TooLarge { bytes, bytes_max });
        }
        let file: File = serde_json::from_slice(bytes).map_err(TokenizerJsonError::Json)?;
        let normalizer = file.normalizer.map(Normalizer::new).transpose()?;
        let (normalized, raw): (Vec<_>, Vec<_>) =
            file.added_tokens.into_iter().partition(|token| token.normalized);
        Ok(Self {
            name: name.into(),
            added: AddedTokens::new(raw, str::to_owned)?,
            added_normalized: AddedTokens::new(normalized, |content| {
                normalize(normalizer.as_ref(), content).into_owned()
            })?,
            normalizer,
            pre_tokenizer: file.pre_tokenizer.map(PreTokenizer::new).transpose()?,
            model: Model::new(file.model)?,
        })
    }

    /// The tokens of a text, without those of a post-processor.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::new();
        for section in self.added.sections(text) {
            match section {
                Section::Added(id) => tokens.push(id),
                Section::Text(at, text) => self.encode_section(text, at == 0, &mut tokens),
            }
        }
        tokens
    }

    fn encode_section(&self, text: &str, is_first: bool, tokens: &mut Vec<u32>) {
        let normalized = normalize(self.normalizer.as_ref(), text);
        for section in self.added_normalized.sections(&normalized) {
            match section {
                Section::Added(id) => tokens.push(id),
                Section::Text(at, text) => match &self.pre_tokenizer {
                    None => self.model.encode(text, tokens),
                    Some(pre_tokenizer) => {
                        for piece in pre_tokenizer.apply(Cow::Borrowed(text), is_first && at == 0) {
                            self.model.encode(&piece, tokens);
                        }
                    }
                },
            }
        }
    }
}

fn normalize<'t>(normalizer: Option<&Normalizer>, text: &'t str) -> Cow<'t, str> {
    match normalizer {
        None => Cow::Borrowed(text),
        Some(normalizer) => normalizer.apply(Cow::Borrowed(text)),
    }
}

impl Tokenizer for TokenizerJson {
    fn name(&self) -> &str {
        &self.name
    }

    fn exactness(&self) -> Exactness {
        Exactness::Exact
    }

    fn count_raw(&self, text: &str) -> u64 {
        self.encode(text).len() as u64
    }
}
