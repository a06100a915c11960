//! OpenAI embeddings: `POST /v1/embeddings`.
//!
//! Only OpenAI has them, so nothing is translated: a request is checked and passed on as it came, and a reply is read
//! for its usage. What is written here are the replies of the offline model.
//!
//! ```
//! use ironbridge_wire::embeddings::{EmbeddingInput, read_request};
//! let request = read_request(serde_json::json!({"model": "m", "input": ["a", "b"]}))?;
//! assert_eq!(request.input, EmbeddingInput::Texts(vec!["a".into(), "b".into()]));
//! # Ok::<(), ironbridge_wire::Invalid>(())
//! ```
//!
//! Source: platform.openai.com/docs/api-reference/embeddings.

use crate::error::{ApiError, ErrorKind};
use crate::fields::{Fields, Reading, elements, kind};
use crate::invalid::Invalid;
use crate::pointer::{At, Pointer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The most inputs of one request.
pub const INPUTS_MAX: usize = 2048;

/// What is to be embedded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmbeddingInput {
    /// Texts; a single one also comes as a list of one.
    Texts(Vec<String>),
    /// Token ids of each input.
    Tokens(Vec<Vec<u64>>),
}

impl EmbeddingInput {
    /// How many vectors the reply has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            EmbeddingInput::Texts(texts) => texts.len(),
            EmbeddingInput::Tokens(inputs) => inputs.len(),
        }
    }

    /// Never true of an input that [`read_request`] has read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How a vector is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EncodingFormat {
    /// An array of numbers.
    #[default]
    Float,
    /// Base64 of little-endian 32-bit floats; what OpenAI's SDKs ask for.
    Base64,
}

/// A request for embeddings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddingRequest {
    /// The model as the client named it.
    pub model: String,
    /// What is to be embedded.
    pub input: EmbeddingInput,
    /// How the vectors are to be written.
    pub encoding_format: EncodingFormat,
    /// How many numbers a vector is to have; `None` leaves it to the model.
    pub dimensions: Option<u64>,
    /// An opaque id of the end user.
    pub user: Option<String>,
}

/// Reads a request. Members that OpenAI does not have are let through, since some servers have more.
///
/// # Errors
/// All mistakes of the document at once, each with its pointer.
pub fn read_request(body: Value) -> Result<EmbeddingRequest, Invalid> {
    let reading = Reading::default();
    let request = Fields::of(body, Pointer::root(), &reading).map(|mut fields| EmbeddingRequest {
        model: fields.required_string("model"),
        input: read_input(&mut fields),
        encoding_format: read_format(&mut fields),
        dimensions: read_dimensions(&mut fields),
        user: fields.string("user").map(|found| found.value),
    });
    let (request, _) = reading.finish(request)?;
    // Without an object a problem was noted, and `finish` has returned.
    request.ok_or_else(|| Invalid::one(Pointer::root(), "expected an object"))
}

fn read_input(fields: &mut Fields<'_>) -> EmbeddingInput {
    let reading = fields.reading();
    let none = EmbeddingInput::Texts(Vec::new());
    let Some(At { value, at }) = fields.take("input") else {
        reading.problem(&fields.path("input"), "required, but missing");
        return none;
    };
    let items = match value {
        Value::String(text) => {
            check_text(&text, &at, reading);
            return EmbeddingInput::Texts(vec![text]);
        }
        Value::Array(items) => items,
        other => {
            reading.problem(&at, format!("expected a string or an array, found {}", kind(&other)));
            return none;
        }
    };
    match items.first() {
        None => {
            reading.problem(&at, "expected at least one input");
            none
        }
        Some(Value::Number(_)) => EmbeddingInput::Tokens(vec![read_tokens(items, &at, reading)]),
        Some(Value::Array(_)) => {
            check_count(items.len(), &at, reading);
            EmbeddingInput::Tokens(read_token_lists(items, &at, reading))
        }
        Some(_) => {
            check_count(items.len(), &at, reading);
            EmbeddingInput::Texts(read_texts(items, &at, reading))
        }
    }
}

fn check_count(count: usize, at: &Pointer, reading: &Reading) {
    if count > INPUTS_MAX {
        reading.problem(at, format!("expected at most {INPUTS_MAX} inputs, found {count}"));
    }
}

fn check_text(text: &str, at: &Pointer, reading: &Reading) {
    if text.is_empty() {
        reading.problem(at, "expected a text that is not empty");
    }
}

fn read_texts(items: Vec<Value>, at: &Pointer, reading: &Reading) -> Vec<String> {
    let mut texts = Vec::with_capacity(items.len());
    for item in elements(items, at) {
        match item.value {
            Value::String(text) => {
                check_text(&text, &item.at, reading);
                texts.push(text);
            }
            other => {
                reading.problem(&item.at, format!("expected a string, found {}", kind(&other)));
            }
        }
    }
    texts
}

fn read_token_lists(items: Vec<Value>, at: &Pointer, reading: &Reading) -> Vec<Vec<u64>> {
    let mut inputs = Vec::with_capacity(items.len());
    for item in elements(items, at) {
        match item.value {
            Value::Array(tokens) if tokens.is_empty() => {
                reading.problem(&item.at, "expected at least one token id");
            }
            Value::Array(tokens) => inputs.push(read_tokens(tokens, &item.at, reading)),
            other => {
                let message = format!("expected an array of token ids, found {}", kind(&other));
                reading.problem(&item.at, message);
            }
        }
    }
    inputs
}

fn read_tokens(items: Vec<Value>, at: &Pointer, reading: &Reading) -> Vec<u64> {
    let mut tokens = Vec::with_capacity(items.len());
    for item in elements(items, at) {
        match item.value.as_u64() {
            Some(token) => tokens.push(token),
            None => {
                let message = format!("expected a token id, found {}", kind(&item.value));
                reading.problem(&item.at, message);
            }
        }
    }
    tokens
}

fn read_format(fields: &mut Fields<'_>) -> EncodingFormat {
    let Some(found) = fields.string("encoding_format") else { return EncodingFormat::default() };
    match found.value.as_str() {
        "float" => EncodingFormat::Float,
        "base64" => EncodingFormat::Base64,
        other => {
            let message = format!("expected float or base64, found {other:?}");
            fields.reading().problem(&found.at, message);
            EncodingFormat::default()
        }
    }
}

fn read_dimensions(fields: &mut Fields<'_>) -> Option<u64> {
    let found = fields.u64("dimensions")?;
    if found.value == 0 {
        fields.reading().problem(&found.at, "expected a whole number from 1, found 0");
    }
    Some(found.value)
}

/// A reply with embeddings.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingReply {
    /// The model that answered.
    pub model: String,
    /// One vector for each input, in their order.
    pub vectors: Vec<Vec<f32>>,
    /// The tokens of all inputs.
    pub prompt_tokens: u64,
}

impl EmbeddingReply {
    /// Reads an upstream's reply; vectors may be written either way.
    ///
    /// # Errors
    /// When the document is an error, or no list of embeddings.
    pub fn read(body: &Value) -> Result<Self, ApiError> {
        if body.get("error").is_some_and(|error| !error.is_null()) {
            return Err(ApiError::of_value(body, ErrorKind::BadGateway));
        }
        let data = body.get("data").and_then(Value::as_array);
        let data = data.ok_or_else(|| not_embeddings("has no data"))?;
        let vectors = data.iter().map(|item| read_vector(item.get("embedding"))).collect();
        let tokens =
            body.pointer("/usage/prompt_tokens").or_else(|| body.pointer("/usage/total_tokens"));
        Ok(EmbeddingReply {
            model: body.get("model").and_then(Value::as_str).unwrap_or_default().to_owned(),
            vectors: Option::ok_or_else(vectors, || {
                not_embeddings("has an embedding that is no vector")
            })?,
            prompt_tokens: tokens.and_then(Value::as_u64).unwrap_or(0),
        })
    }

    /// The reply for a client.
    #[must_use]
    pub fn write(&self, format: EncodingFormat) -> Value {
        let item = |(index, vector): (usize, &Vec<f32>)| {
            json!({
                "object": "embedding",
                "index": index,
                "embedding": write_vector(vector, format),
            })
        };
        json!({
            "object": "list",
            "data": self.vectors.iter().enumerate().map(item).collect::<Vec<_>>(),
            "model": self.model,
            "usage": {"prompt_tokens": self.prompt_tokens, "total_tokens": self.prompt_tokens},
        })
    }
}

fn not_embeddings(what: &str) -> ApiError {
    ApiError::new(ErrorKind::BadGateway, format!("the upstream's list of embeddings {what}"))
}

fn read_vector(embedding: Option<&Value>) -> Option<Vec<f32>> {
    match embedding? {
        Value::Array(numbers) => numbers
            .iter()
            .map(|number| {
                #[expect(clippy::cast_possible_truncation, reason = "vectors are of 32-bit floats")]
                number.as_f64().map(|number| number as f32)
            })
            .collect(),
        Value::String(text) => {
            let bytes = STANDARD.decode(text).ok()?;
            let (numbers, rest) = bytes.as_chunks::<4>();
            rest.is_empty().then(|| numbers.iter().copied().map(f32::from_le_bytes).collect())
        }
        _ => None,
    }
}

fn write_vector(vector: &[f32], format: EncodingFormat) -> Value {
    match format {
        EncodingFormat::Float => vector.iter().map(|number| f64::from(*number)).collect(),
        EncodingFormat::Base64 => {
            let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
            STANDARD.encode(bytes).into()
        }
    }
}

#[cfg(test)]
#[path = "embeddings_tests.rs"]
mod tests;
