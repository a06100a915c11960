//! Counting, encoding and decoding tokens.

use ironbridge_tokens::{Encoding, Family};
use ironbridge_tools::Failure;
use serde::Deserialize;

use crate::answer::Answer;
use crate::failure::invalid;
use crate::operation::Call;

/// Which vocabulary; `encoding` goes before `model`, and without both it is that of the current OpenAI models.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Vocabulary {
    model: Option<String>,
    encoding: Option<String>,
}

impl Vocabulary {
    fn encoding(&self) -> Result<Encoding, Failure> {
        if let Some(name) = &self.encoding {
            return Encoding::by_name(name).ok_or_else(|| {
                let known = "o200k_base, cl100k_base, p50k_base and r50k_base";
                Failure::new(
                    "unknown_encoding",
                    format!("encoding {name:?} is not known; there are {known}"),
                )
            });
        }
        match &self.model {
            None => Ok(Encoding::O200kBase),
            Some(model) => Encoding::for_model(model).ok_or_else(|| {
                let advice = "only OpenAI's can be encoded; `countTokens` estimates the others";
                Failure::new(
                    "unknown_encoding",
                    format!("the vocabulary of {model:?} is not public: {advice}"),
                )
            }),
        }
    }
}

pub(crate) fn count(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let vocabulary: Vocabulary = call.input()?;
    let text = call.text()?;
    let tokens = match (&vocabulary.encoding, &vocabulary.model) {
        (None, Some(model)) => Family::of(None, model).tokenizer(model).count_text(&text),
        _ => u64::try_from(vocabulary.encoding()?.count(&text)).unwrap_or(u64::MAX),
    };
    Answer::json(&tokens)
}

/// The tokens as bytes: 32 bits each, little end first.
pub(crate) fn encode(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let vocabulary: Vocabulary = call.input()?;
    let tokens = vocabulary.encoding()?.encode(&call.text()?);
    Ok(Answer::of_bytes(tokens.into_iter().flat_map(u32::to_le_bytes).collect()))
}

/// Bytes that are no UTF-8, as a token alone may hold, become U+FFFD.
pub(crate) fn decode(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let vocabulary: Vocabulary = call.input()?;
    let bytes = call.parts.bytes.take().ok_or_else(|| invalid("the tokens are missing"))?;
    let (tokens, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(invalid("the tokens are not 32 bits each"));
    }
    let tokens: Vec<u32> = tokens.iter().map(|token| u32::from_le_bytes(*token)).collect();
    let decoded = vocabulary.encoding()?.decode(&tokens);
    let decoded = decoded.map_err(|error| Failure::new("unknown_token", error.to_string()))?;
    Ok(Answer::of_text(String::from_utf8_lossy(&decoded).into_owned()))
}
