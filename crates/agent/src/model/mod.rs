//! A model at a provider, asked in whatever dialect that provider speaks.

mod in_words;
mod prompt;

use prompt::{Offer, prompt};

use crate::engine::{FailureKind, Measure, ModelFailure, ToolSpec, kind_of};
use ironbridge_session::Message;
use ironbridge_upstream::{
    AnswerBody, Call, Catalogue, Endpoint, Failure, Initiator, ModelFacts, Provider, ProviderKind,
    SendError, Spoken, first_content_timeout, retry_after,
};
use ironbridge_wire::{
    ApiError, Body, Delta, Dialect, Event, EventReader, Memo, Opening, Prompt, Reply, read_reply,
    write_request,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

/// The most of an answer that is no stream, in bytes.
const PLAIN_ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most of an error's body, in bytes.
const ERROR_BYTES_MAX: usize = 1024 * 1024;

/// A model at a provider. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Model {
    provider: Arc<Provider>,
    name: String,
    /// Whether the server has refused tools: from then on they are told in words.
    in_words: Arc<AtomicBool>,
}

/// What a model is asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The system prompt.
    pub(crate) system: String,
    /// The tools on offer.
    pub(crate) tools: Vec<ToolSpec>,
    /// The conversation.
    pub(crate) messages: Vec<Arc<Message>>,
    /// Who brought the request about.
    pub(crate) initiator: Initiator,
}

impl Model {
    /// The model that `provider` knows as `name`.
    #[must_use]
    pub fn new(provider: Arc<Provider>, name: impl Into<String>) -> Self {
        Model { provider, name: name.into(), in_words: Arc::default() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of its provider.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.provider.name()
    }

    /// What is known of it.
    #[must_use]
    pub fn facts(&self) -> ModelFacts {
        Catalogue::model(&self.name)
    }

    /// How its tokens are counted.
    #[must_use]
    pub(crate) fn measure(&self) -> Measure {
        let provider = match self.provider.settings().kind {
            ProviderKind::Anthropic => Some("anthropic"),
            ProviderKind::Offline => Some("openai"),
            ProviderKind::Copilot | ProviderKind::Openai => None,
        };
        Measure::of_model(provider, &self.name)
    }

    /// Asks it and gives each event of the reply to `hear`, which may wait.
    ///
    /// Cancel safe: dropping the future ends the exchange at the provider's end, too.
    ///
    /// # Errors
    /// When there is no reply, or it breaks off without the provider saying so. What a provider says inside a stream is
    /// an event.
    pub(crate) async fn ask<H, F>(&self, asked: Asked, mut hear: H) -> Result<(), ModelFailure>
    where
        H: FnMut(Event) -> F,
        F: Future<Output = ()>,
    {
        let mut spoken = self.provider.spoken(&self.name).await;
        loop {
            let in_words = self.in_words.load(Ordering::Relaxed);
            let (dialect, call, memo) = self.call(&asked, &spoken, in_words)?;
            let answer = self.provider.send(call).await.map_err(|error| unsent(&error))?;
            if answer.status.is_success() {
                if answer.is_event_stream() {
                    return self.stream(answer.body, dialect, memo, &mut hear).await;
                }
                return whole(answer.body, dialect, &memo, &mut hear).await;
            }
            let status = answer.status;
            let wait = retry_after(&answer.headers, SystemTime::now());
            let body = answer.body.collect(ERROR_BYTES_MAX).await.unwrap_or_default();
            let endpoint = Endpoint::of(dialect);
            if self.provider.learn_from_error(&spoken.model, endpoint, status, &body) {
                spoken.dialects = self.provider.dialects(&spoken.model);
                continue;
            }
            let error = ApiError::read(status.as_u16(), &body);
            if !in_words && status.as_u16() == 400 && refuses_tools(&error.message) {
                tracing::info!(
                    model = self.name,
                    "the server refuses tools; they are told in words"
                );
                self.in_words.store(true, Ordering::Relaxed);
                continue;
            }
            return Err(ModelFailure {
                kind: kind_of(error.kind, &error.message),
                message: format!("{} answered {status}: {}", self.provider.name(), error.message),
                retry_after_ms: wait
                    .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            });
        }
    }

    fn call(
        &self,
        asked: &Asked,
        spoken: &Spoken,
        in_words: bool,
    ) -> Result<(Dialect, Call, Memo), ModelFailure> {
        let dialect = spoken.dialects.first().copied().unwrap_or(Dialect::Chat);
        let tools: Vec<&ToolSpec> = asked.tools.iter().collect();
        let facts = self.facts();
        let vision = facts.vision || !facts.known;
        let offer = Offer { system: &asked.system, tools: &tools, vision, in_words };
        let prompt = prompt(offer, &asked.messages);
        let prompt = Prompt { model: spoken.model.clone(), ..prompt };
        let written = write_request(prompt, dialect, &self.facts().target())
            .map_err(|invalid| fatal(invalid.to_string()))?;
        if !written.changes.is_empty() {
            tracing::debug!(changes = %written.changes.header(), "the request was changed");
        }
        let body = written.body.to_string().into();
        let mut call = Call::new(Endpoint::of(dialect), spoken.model.clone(), body);
        call.initiator = Some(asked.initiator);
        Ok((dialect, call, written.memo))
    }

    async fn stream<H, F>(
        &self,
        mut body: AnswerBody,
        dialect: Dialect,
        memo: Memo,
        hear: &mut H,
    ) -> Result<(), ModelFailure>
    where
        H: FnMut(Event) -> F,
        F: Future<Output = ()>,
    {
        let mut reader = EventReader::new(dialect, memo);
        let mut events = Vec::new();
        let first_content = self.provider.settings().timeouts.first_content;
        let deadline = tokio::time::Instant::now() + first_content;
        let mut has_content = false;
        while !reader.is_over() {
            let next = if has_content {
                body.next().await
            } else {
                let within = tokio::time::timeout_at(deadline, body.next()).await;
                within.map_err(|_| {
                    of_error(&first_content_timeout(self.provider.name(), first_content))
                })?
            };
            match next {
                Some(Ok(bytes)) => reader.push(&bytes, &mut events),
                Some(Err(error)) => return Err(of_error(&error.to_api_error())),
                None => reader.end(&mut events),
            }
            has_content |= events.iter().any(|event| matches!(event, Event::Open { .. }));
            for event in events.drain(..) {
                hear(event).await;
            }
        }
        Ok(())
    }
}

/// Whether a server says that it, or its model, takes no tools. Every server has its own words.
fn refuses_tools(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let names_tools = ["tool", "function call"].iter().any(|word| message.contains(word));
    let refuses =
        ["support", "not allowed", "unknown field", "unrecognized", "unexpected", "--jinja"];
    names_tools && refuses.iter().any(|word| message.contains(word))
}

/// A reply that came in one piece, as the events of a stream.
async fn whole<H, F>(
    body: AnswerBody,
    dialect: Dialect,
    memo: &Memo,
    hear: &mut H,
) -> Result<(), ModelFailure>
where
    H: FnMut(Event) -> F,
    F: Future<Output = ()>,
{
    let bytes = body.collect(PLAIN_ANSWER_BYTES_MAX).await;
    let bytes = bytes.map_err(|error| of_error(&error.to_api_error()))?;
    let document = serde_json::from_slice(&bytes);
    let document = document
        .map_err(|error| transient(format!("the provider's reply is not JSON: {error}")))?;
    let mut reply = read_reply(document, dialect).map_err(|error| of_error(&error))?;
    memo.restore(&mut reply);
    for event in events(reply) {
        hear(event).await;
    }
    Ok(())
}

fn events(reply: Reply) -> Vec<Event> {
    let mut events = Vec::new();
    for (part, content) in reply.parts.into_iter().enumerate() {
        let (opening, delta) = match content.body {
            Body::Text { text, .. } => (Opening::Text, Delta::Text(text)),
            Body::Refusal(text) => (Opening::Refusal, Delta::Text(text)),
            Body::Call(call) => {
                let opening = Opening::Call { id: call.id, name: call.name, kind: call.kind };
                (opening, Delta::Arguments(call.arguments))
            }
            Body::Thinking { text, seal } => {
                events.push(Event::Open { part, opening: Opening::Thinking });
                events.push(Event::Delta { part, delta: Delta::Text(text) });
                let seal = seal.map(|seal| Event::Delta { part, delta: Delta::Seal(seal) });
                events.extend(seal);
                continue;
            }
            _ => continue,
        };
        events.push(Event::Open { part, opening });
        events.push(Event::Delta { part, delta });
        events.push(Event::Close { part });
    }
    events.extend(reply.usage.map(Event::Usage));
    events.extend([Event::Finish(reply.finish), Event::End]);
    events
}

fn fatal(message: String) -> ModelFailure {
    ModelFailure { kind: FailureKind::Fatal, message, retry_after_ms: None }
}

fn transient(message: String) -> ModelFailure {
    ModelFailure { kind: FailureKind::Transient, message, retry_after_ms: None }
}

fn of_error(error: &ApiError) -> ModelFailure {
    let kind = kind_of(error.kind, &error.message);
    ModelFailure { kind, message: error.message.clone(), retry_after_ms: None }
}

fn unsent(error: &SendError) -> ModelFailure {
    let kind = match &error.failure {
        Failure::Cooling { .. } => FailureKind::Limited,
        _ if error.retryable() => FailureKind::Transient,
        Failure::Timeout { .. } => FailureKind::Transient,
        _ => FailureKind::Fatal,
    };
    let rest = match &error.failure {
        Failure::Cooling { rest } => u64::try_from(rest.as_millis()).ok(),
        _ => None,
    };
    ModelFailure { kind, message: error.to_string(), retry_after_ms: rest }
}
