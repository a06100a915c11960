//! Counting, encoding and decoding tokens.

#![allow(unreachable_pub, reason = "what `#[napi]` exports has to be `pub`")]
#![allow(clippy::needless_pass_by_value, reason = "N-API hands over values")]

use ironbridge_tokens::{Counter, Encoding, Family, Request, Tokenizer};
use ironbridge_tools::Failure;
use ironbridge_wire::{Dialect, Prompt, json, read_count_tokens_request, read_request};
use napi_derive::napi;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::dialects::dialect;
use crate::error::CallError;
use crate::failure::{guarded, thrown};
use crate::operation::Call;

/// The rules for messages where neither a model nor the payload says whose.
const MODEL: &str = "gpt-4o";

/// Which vocabulary; `encoding` goes before `model`, and without both it is that of the current OpenAI models.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Vocabulary {
    model: Option<String>,
    encoding: Option<String>,
}

impl Vocabulary {
    /// The one that is named.
    fn named(&self) -> Result<Option<Encoding>, CallError> {
        let Some(name) = &self.encoding else { return Ok(None) };
        let encoding = Encoding::by_name(name);
        encoding.map(Some).ok_or_else(|| CallError::UnknownEncoding(name.clone()))
    }

    /// For tokens themselves: an estimate will not do.
    fn encoding(&self) -> Result<Encoding, CallError> {
        match (self.named()?, &self.model) {
            (Some(encoding), _) => Ok(encoding),
            (None, None) => Ok(Encoding::O200kBase),
            (None, Some(model)) => {
                Encoding::for_model(model).ok_or_else(|| CallError::NoVocabulary(model.clone()))
            }
        }
    }

    fn count(&self, text: &str) -> Result<u64, CallError> {
        Ok(match (self.named()?, &self.model) {
            (Some(encoding), _) => encoding.count_text(text),
            (None, None) => Encoding::O200kBase.count_text(text),
            (None, Some(model)) => Family::of(None, model).tokenizer(model).count_text(text),
        })
    }
}

pub(crate) fn count(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let vocabulary: Vocabulary = call.input()?;
    Answer::json(&vocabulary.count(&call.text()?)?)
}

/// The same at once. It is asked for often and of little, so it crosses as what it is: a text and a number.
#[napi]
pub fn count_text(
    text: String,
    model: Option<String>,
    encoding: Option<String>,
) -> napi::Result<f64> {
    let counted = guarded(|| Ok(Vocabulary { model, encoding }.count(&text)?));
    // No text has 2⁵³ tokens.
    #[allow(clippy::cast_precision_loss)]
    counted.map(|tokens| tokens as f64).map_err(|failure| thrown(&failure))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PayloadInput {
    model: Option<String>,
    encoding: Option<String>,
    dialect: Option<String>,
}

/// Text: a request's payload as JSON, or the list of its messages. What the provider would report as input.
pub(crate) fn count_payload(call: &mut Call<'_>) -> Result<Answer, Failure> {
    let PayloadInput { model, encoding, dialect: asked } = call.input()?;
    let vocabulary = Vocabulary { model, encoding };
    let asked = asked.as_deref().map(dialect).transpose()?;
    let prompt = read(&call.text()?, asked)?;
    let own = (prompt.model != MODEL).then_some(&prompt.model);
    let model = vocabulary.model.as_ref().or(own).map_or(MODEL, String::as_str);
    let named = vocabulary.named()?;
    let counter = match &named {
        Some(encoding) => Counter::new(Family::of(None, model), model, encoding as &dyn Tokenizer),
        None => Counter::for_model(None, model),
    };
    Answer::json(&counter.count(&Request::of_prompt(&prompt)).tokens)
}

fn read(payload: &str, asked: Option<Dialect>) -> Result<Prompt, CallError> {
    let mut document = json::parse(payload.as_bytes()).map_err(CallError::Payload)?;
    if document.is_array() {
        let member = if asked == Some(Dialect::Responses) { "input" } else { "messages" };
        document = json!({ member: document });
    }
    let dialect = asked.unwrap_or_else(|| dialect_of(&document));
    if let Some(members) = document.as_object_mut() {
        members.entry("model").or_insert_with(|| MODEL.into());
    }
    let read = match dialect {
        Dialect::Messages => read_count_tokens_request(document),
        other => read_request(document, other),
    };
    read.map(|(prompt, _)| prompt).map_err(CallError::Payload)
}

/// The dialect of a payload by what only one of them has. What all have in common counts the same in each.
fn dialect_of(payload: &Value) -> Dialect {
    /// Parts that only Anthropic's messages have.
    const PARTS: [&str; 7] = [
        "tool_use",
        "tool_result",
        "thinking",
        "redacted_thinking",
        "image",
        "document",
        "search_result",
    ];
    if payload.get("input").is_some() || payload.get("instructions").is_some() {
        return Dialect::Responses;
    }
    let is_part = |part: &Value| {
        part.get("type").and_then(Value::as_str).is_some_and(|name| PARTS.contains(&name))
    };
    let messages = payload.get("system").is_some()
        || items(payload, "tools").iter().any(|tool| tool.get("input_schema").is_some())
        || items(payload, "messages").iter().flat_map(|one| items(one, "content")).any(is_part);
    if messages { Dialect::Messages } else { Dialect::Chat }
}

fn items<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
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
    let bytes =
        call.parts.bytes.take().ok_or_else(|| CallError::input("the tokens are missing"))?;
    let (tokens, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(CallError::input("the tokens are not 32 bits each").into());
    }
    let tokens: Vec<u32> = tokens.iter().map(|token| u32::from_le_bytes(*token)).collect();
    let decoded = vocabulary.encoding()?.decode(&tokens).map_err(CallError::from)?;
    Ok(Answer::of_text(String::from_utf8_lossy(&decoded).into_owned()))
}
