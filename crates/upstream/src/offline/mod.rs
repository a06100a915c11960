//! The built-in model: a provider without a network, for trying things out and for tests (DESIGN §6.1).
//!
//! It speaks every dialect, takes any model name, and is a function of the request alone: the same request gives the
//! same reply, ids and vectors included, on every machine and at any time. It looks at the last user text:
//!
//! | The conversation ends with | It answers |
//! |---|---|
//! | a user text | `You said: ` and the text |
//! | one with lines `call NAME {…}`, where a tool of that name is offered | calls of those tools |
//! | results of tools after it | for each `Tool NAME returned: ` and its first 200 characters |
//!
//! Nothing outside this folder knows that it is special.

mod count;
mod decide;
mod embed;
mod reply;
#[cfg(test)]
mod tests;

use crate::answer::{Answer, Timings};
use crate::body::AnswerBody;
use crate::call::{Call, Endpoint};
use crate::catalogue::{Catalogue, Tokenizer};
use crate::credential::{Credential, CredentialOwner, hex};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use ironbridge_wire::models::{ModelEntry, write_list};
use ironbridge_wire::{Dialect, Invalid, embeddings, json, read_count_tokens_request};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::{Duration, Instant};

/// When every reply of the built-in model was made, in seconds since 1970: the begin of 2025. It has no clock.
pub const CREATED: u64 = 1_735_689_600;

/// The name under which it is listed.
const NAME: &str = "offline";

/// Ids that follow from the request.
struct Ids {
    digest: String,
}

impl Ids {
    fn of(call: &Call) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(call.endpoint.name());
        hasher.update(&call.body);
        Ids { digest: hex(&hasher.finalize(), 12) }
    }

    /// `prefix` and 24 hex digits.
    fn whole(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.digest)
    }

    /// The same for the part of that number: `prefix`, 22 digits and 2 of the number.
    fn part(&self, prefix: &str, number: usize) -> String {
        let digest = self.digest.get(..22).unwrap_or_default();
        format!("{prefix}{digest}{:02x}", number % 256)
    }
}

/// A body and how it is labelled.
struct Made {
    status: StatusCode,
    content_type: &'static str,
    chunks: Vec<Bytes>,
}

impl Made {
    fn json(status: StatusCode, document: &Value) -> Self {
        let chunks = vec![Bytes::from(document.to_string())];
        Made { status, content_type: "application/json", chunks }
    }
}

/// Answers a request at once.
pub(crate) fn answer(call: &Call) -> Answer {
    let started = Instant::now();
    let ids = Ids::of(call);
    let made = match call.endpoint {
        Endpoint::Chat => reply::make(call, Dialect::Chat, &ids),
        Endpoint::Responses => reply::make(call, Dialect::Responses, &ids),
        Endpoint::Messages => reply::make(call, Dialect::Messages, &ids),
        Endpoint::CountTokens => count_tokens(call),
        Endpoint::Embeddings => embed(call),
        Endpoint::Models => Ok(Made::json(StatusCode::OK, &write_list(&models()))),
    };
    let made = made.unwrap_or_else(|invalid| refused(&invalid, call, &ids));
    let content_type = HeaderValue::from_static(made.content_type);
    Answer {
        status: made.status,
        headers: HeaderMap::from_iter([(CONTENT_TYPE, content_type)]),
        body: AnswerBody::from_chunks(made.chunks),
        upstream_request_id: Some(ids.whole("req_")),
        owner: CredentialOwner::Operator,
        credential: Credential::none().id().clone(),
        attempts: 1,
        timings: Timings { started, connected: None, headers: Duration::ZERO },
    }
}

fn refused(invalid: &Invalid, call: &Call, ids: &Ids) -> Made {
    let error = invalid.to_api_error();
    let dialect = call.endpoint.dialect().unwrap_or(Dialect::Chat);
    Made::json(StatusCode::BAD_REQUEST, &error.body(dialect, &ids.whole("req_")))
}

fn count_tokens(call: &Call) -> Result<Made, Invalid> {
    let (prompt, _) = read_count_tokens_request(json::parse(&call.body)?)?;
    let tokens = serde_json::json!({"input_tokens": count::input(&prompt)});
    Ok(Made::json(StatusCode::OK, &tokens))
}

fn embed(call: &Call) -> Result<Made, Invalid> {
    let request = embeddings::read_request(json::parse(&call.body)?)?;
    let format = request.encoding_format;
    Ok(Made::json(StatusCode::OK, &embed::reply(request)?.write(format)))
}

/// Itself and the catalogue.
fn models() -> Vec<ModelEntry> {
    std::iter::once(NAME).chain(Catalogue::names()).map(entry).collect()
}

fn entry(name: &str) -> ModelEntry {
    let facts = Catalogue::model(name);
    let owned_by = match facts.tokenizer {
        _ if name == NAME => "ironbridge",
        Tokenizer::Anthropic => "anthropic",
        Tokenizer::Openai(_) => "openai",
        Tokenizer::Llama(family) => family,
        Tokenizer::Unknown => "",
    };
    ModelEntry {
        created: CREATED,
        owned_by: owned_by.to_owned(),
        context_tokens_max: Some(facts.context_tokens),
        output_tokens_max: (!facts.embeddings).then_some(facts.output_tokens_max),
        dialects: if facts.embeddings { Vec::new() } else { Dialect::ALL.to_vec() },
        ..ModelEntry::new(name)
    }
}
