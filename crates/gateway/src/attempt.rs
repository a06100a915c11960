//! One attempt at one target.

use crate::adapt::{Adapted, adapt};
use crate::conversation::Replied;
use crate::cooling::{Lane, Rest};
use crate::embeddings;
use crate::estimate::Estimator;
use crate::exchange::{Attempt, Cause, Exchange, Initiated, Side, millis};
use crate::failure::Failure;
use crate::initiator;
use crate::learn::Lesson;
use crate::passage::{Begin, Passage, Prelude};
use crate::rates::Reached;
use crate::respond::{self, CHANGES};
use crate::route::Target;
use crate::settle::{cause_of_body, cause_of_send};
use crate::shared::{Live, Shared};
use crate::trace::{self, ChunkTrace};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use ironbridge_upstream::{
    Answer, Call, CredentialId, CredentialOwner, Endpoint, SendError, Verdict,
    credentials_exhausted, seconds_up, verdict,
};
use ironbridge_wire::{ApiError, Changes, ErrorKind, StreamTranslator, Tally, translate_reply};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// The largest plain reply, in bytes: images in base64 come in tens of megabytes.
const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The largest body of an upstream's error that is read, in bytes.
const ERROR_BYTES_MAX: usize = 1024 * 1024;

/// What an attempt came to.
#[expect(clippy::large_enum_variant, reason = "made once and taken apart at once")]
pub(crate) enum Attempted {
    /// The client has its reply.
    Done(Response),
    /// Another target may be tried.
    Failed(Exchange, Failure),
}

/// Sends the exchange to `target`. `alternatives` says whether the stream is held back until its first content.
pub(crate) async fn attempt(
    shared: &Arc<Shared>,
    mut exchange: Exchange,
    target: &Target,
    strict: bool,
    alternatives: bool,
) -> Attempted {
    let (mut learned, session) = (false, exchange.session.clone());
    loop {
        let asked = target.model(&exchange.model);
        let spoken = match shared.unless_aborted(&session, target.provider.spoken(asked)).await {
            Ok(spoken) => spoken,
            Err(stopped) => return Attempted::Done(exchange.break_off(&stopped)),
        };
        let adapted = match adapt(&exchange, &target.provider, &spoken, strict) {
            Ok(adapted) => adapted,
            // What this target cannot be asked, the next one may understand as it is.
            Err(error) if alternatives => {
                let failed = Tried::unsent(&spoken.model, &error);
                note_attempt(&mut exchange, target, failed);
                return Attempted::Failed(exchange, Failure::of(error, Cause::Refused));
            }
            Err(error) => return Attempted::Done(exchange.refuse(&error)),
        };
        if let Some(failure) = line_before(shared, &exchange, target, &adapted.model).await {
            let tried = Tried::unsent(&adapted.model, &failure.error);
            note_attempt(&mut exchange, target, tried);
            return Attempted::Failed(exchange, failure);
        }
        note_target(&shared.live(), &mut exchange, target, &adapted);
        let began = Instant::now();
        let sent = target.provider.send(call(&mut exchange, target, &adapted));
        let answer = match shared.unless_aborted(&session, sent).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                let rest = rest_of(shared, &exchange, target, &adapted.model, &error).await;
                return unanswered(exchange, target, &adapted, &error, rest, began);
            }
            Err(stopped) => return Attempted::Done(exchange.break_off(&stopped)),
        };
        let mut tried = Tried {
            model: &adapted.model,
            status: Some(answer.status),
            tries: answer.attempts,
            error: None,
            began,
        };
        let id = &answer.upstream_request_id;
        exchange.account.note(|record| record.upstream_request_id.clone_from(id));
        if answer.status.is_success() {
            // The upstream takes requests again, so the next one may follow.
            exchange.turn = None;
            exchange.account.note_reached(Reached::Model);
            note_attempt(&mut exchange, target, tried);
            return if exchange.stream {
                stream(shared, exchange, target, adapted, answer, alternatives).await
            } else {
                plain(shared, exchange, target, adapted, answer).await
            };
        }
        exchange.account.note_reached(Reached::Refusal);
        let read = Refusal::read(target, &adapted, answer);
        let refusal = match shared.unless_aborted(&session, read).await {
            Ok(refusal) => refusal,
            Err(stopped) => return Attempted::Done(exchange.break_off(&stopped)),
        };
        tried.error = Some(&refusal.error.message);
        note_attempt(&mut exchange, target, tried);
        let (status, endpoint) = (refusal.status, adapted.endpoint);
        if !learned
            && target.provider.learn_from_error(&adapted.model, endpoint, status, &refusal.body)
        {
            learned = true;
            continue;
        }
        return refusal.decide(shared, exchange, target, &adapted);
    }
}

/// Why the exchange is not sent where others wait for the same already: it has to join their line, if it waits at all.
async fn line_before(
    shared: &Shared,
    exchange: &Exchange,
    target: &Target,
    model: &str,
) -> Option<Failure> {
    if !exchange.patient || shared.cooling.is_idle() {
        return None;
    }
    let lane = lane(exchange, target, model).await?;
    if exchange.turn.as_ref().is_some_and(|turn| turn.is_at(&lane)) {
        return None;
    }
    let rest = shared.cooling.rest(&lane)?;
    // While the first of the line is being sent the rest is over; a moment is all that can be said.
    let wait = rest.remaining().max(Duration::from_secs(1));
    let message = format!(
        "provider `{}` was asked too much, and requests wait for it already; ask again in {} s",
        target.provider.name(),
        seconds_up(wait)
    );
    let error = ApiError::new(ErrorKind::RateLimit, message).with_code("provider_cooling_down");
    let mut failure = Failure::of(error, Cause::Refused).with_retry_after(wait);
    failure.said_before = true;
    failure.rest = Some(rest);
    Some(failure)
}

/// Whose rest it is that `error` tells of, where the exchange would wait for its end.
async fn rest_of(
    shared: &Shared,
    exchange: &Exchange,
    target: &Target,
    model: &str,
    error: &SendError,
) -> Option<Rest> {
    let until = tokio::time::Instant::now() + error.retry_after()?;
    if !exchange.patient {
        return None;
    }
    let rest = Rest { lane: Arc::new(lane(exchange, target, model).await?), until };
    shared.cooling.prolong(&rest);
    Some(rest)
}

async fn lane(exchange: &Exchange, target: &Target, model: &str) -> Option<Lane> {
    let (domain, client) = (exchange.domain.as_str(), exchange.client_credential.as_ref());
    let account = target.provider.account(Some(domain), client).await?;
    Some(Lane { provider: target.provider.name().to_owned(), account, model: model.to_owned() })
}

fn call(exchange: &mut Exchange, target: &Target, adapted: &Adapted) -> Call {
    let mut call = Call::new(adapted.endpoint, adapted.model.as_str(), adapted.body.clone());
    call.query.clone_from(&exchange.query);
    call.headers = exchange.headers.clone();
    call.client_credential.clone_from(&exchange.client_credential);
    call.domain = Some(exchange.domain.clone());
    if target.provider.facts().reports_initiator
        && exchange.endpoint.streams()
        && let Some(dialect) = exchange.endpoint.dialect()
    {
        let (initiator, reason) = initiator::decide(&exchange.members(), dialect);
        call.initiator = Some(initiator);
        exchange.account.note(|record| record.initiator = Some(Initiated::new(initiator, reason)));
    }
    call
}

fn note_target(live: &Live, exchange: &mut Exchange, target: &Target, adapted: &Adapted) {
    let model = adapted.model.clone();
    if exchange.endpoint.streams() && !target.provider.serves(Endpoint::CountTokens) {
        exchange.account.teach(Lesson {
            body: exchange.body.clone(),
            dialect: exchange.dialect,
            estimator: Estimator::new(target.provider.name(), &model, &live.tokenizers),
        });
    }
    exchange.account.note(|record| {
        record.provider = Some(target.provider.name().to_owned());
        record.target_model = Some(model);
        record.target_dialect = Some(adapted.dialect.name());
        record.changes.clear();
        record.note_changes(&adapted.changes, Side::Request);
    });
}

/// What came of one attempt.
#[derive(Clone, Copy)]
struct Tried<'a> {
    model: &'a str,
    status: Option<StatusCode>,
    tries: u32,
    error: Option<&'a str>,
    began: Instant,
}

impl<'a> Tried<'a> {
    /// One that ended before anything was sent.
    fn unsent(model: &'a str, error: &'a ApiError) -> Self {
        Tried { model, status: None, tries: 0, error: Some(&error.message), began: Instant::now() }
    }
}

fn note_attempt(exchange: &mut Exchange, target: &Target, tried: Tried<'_>) {
    let attempt = Attempt {
        provider: target.provider.name().to_owned(),
        model: tried.model.to_owned(),
        status: tried.status.map(|status| status.as_u16()),
        tries: tried.tries,
        error: tried.error.map(str::to_owned),
        duration_ms: millis(tried.began.elapsed()),
    };
    exchange.account.note(|record| record.attempts.push(attempt));
}

/// The answer of the last attempt was no good after all.
fn spoil_attempt(exchange: &mut Exchange, error: &ApiError) {
    exchange.account.note(|record| {
        if let Some(attempt) = record.attempts.last_mut() {
            attempt.error = Some(error.message.clone());
        }
    });
}

/// A failure of an attempt whose answer had begun well.
fn spoilt(mut exchange: Exchange, failure: Failure) -> Attempted {
    spoil_attempt(&mut exchange, &failure.error);
    Attempted::Failed(exchange, failure)
}

/// There is no answer at all.
fn unanswered(
    mut exchange: Exchange,
    target: &Target,
    adapted: &Adapted,
    error: &SendError,
    rest: Option<Rest>,
    began: Instant,
) -> Attempted {
    if error.may_have_arrived() {
        exchange.account.note_reached(Reached::Model);
    }
    let api_error = error.to_api_error();
    let tried = Tried {
        model: &adapted.model,
        status: None,
        tries: error.tries,
        error: Some(&api_error.message),
        began,
    };
    note_attempt(&mut exchange, target, tried);
    let mut failure = Failure::of(api_error, cause_of_send(error));
    if let Some(wait) = error.retry_after() {
        failure = failure.with_retry_after(wait);
        failure.said_before = true;
        failure.rest = rest;
    }
    if error.try_other() {
        Attempted::Failed(exchange, failure)
    } else {
        Attempted::Done(failure.deliver(exchange))
    }
}

/// An upstream's answer that is an error.
struct Refusal {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    error: ApiError,
    /// Whose credential was refused, where that is what the error says.
    owner: CredentialOwner,
    /// The credential itself, by its id.
    account: CredentialId,
}

impl Refusal {
    async fn read(target: &Target, adapted: &Adapted, answer: Answer) -> Self {
        let (status, headers, owner) = (answer.status, answer.headers, answer.owner);
        let account = answer.credential;
        // An error whose body breaks off is still that error.
        let body = answer.body.collect(ERROR_BYTES_MAX).await.unwrap_or_default();
        trace::body(target.provider.name(), "upstream error", &body);
        let mut error = ApiError::read(status.as_u16(), &body);
        if body.is_empty() {
            error.message = format!(
                "provider `{}` answered {} on {} without a message",
                target.provider.name(),
                status.as_u16(),
                adapted.endpoint.name()
            );
        }
        Refusal { status, headers, body, error, owner, account }
    }

    /// Whether the client gets it, or another target a chance.
    fn decide(
        self,
        shared: &Shared,
        exchange: Exchange,
        target: &Target,
        adapted: &Adapted,
    ) -> Attempted {
        let now = SystemTime::now();
        // Retries at the same provider are behind us; what is left of them is another target's chance.
        let decided = verdict(self.status, &self.headers, u32::MAX, now, 0.0);
        // A client whose key is fine must not be told that it is bad: the refused key is ours.
        let hidden =
            self.owner == CredentialOwner::Operator && matches!(self.status.as_u16(), 401..=403);
        let error = if hidden {
            let mut error = credentials_exhausted(self.status.as_u16(), target.provider.name());
            error.message = format!("{}: {}", error.message, self.error.message);
            error
        } else {
            self.error
        };
        let rest = match decided {
            Verdict::TryOther { cooldown: Some(wait) } if exchange.patient => {
                let provider = target.provider.name().to_owned();
                let lane = Lane { provider, account: self.account, model: adapted.model.clone() };
                Some(Rest { lane: Arc::new(lane), until: tokio::time::Instant::now() + wait })
            }
            _ => None,
        };
        // Before its turn ends, so that nobody follows it.
        rest.iter().for_each(|rest| shared.cooling.prolong(rest));
        let same_dialect = adapted.dialect == exchange.dialect && !hidden;
        let is_json = serde_json::from_slice::<&serde_json::value::RawValue>(&self.body).is_ok();
        let failure = Failure {
            error,
            cause: Cause::UpstreamError,
            headers: self.headers,
            rest,
            body: (same_dialect && is_json).then_some(self.body),
            said_before: false,
            limited_by: None,
        };
        match decided {
            Verdict::Deliver => Attempted::Done(failure.deliver(exchange)),
            Verdict::RetrySame { .. } | Verdict::TryOther { .. } => {
                Attempted::Failed(exchange, failure)
            }
        }
    }
}

/// A streamed reply.
async fn stream(
    shared: &Arc<Shared>,
    mut exchange: Exchange,
    target: &Target,
    adapted: Adapted,
    answer: Answer,
    alternatives: bool,
) -> Attempted {
    if !answer.is_event_stream() {
        let failure = wrong_content(target, &answer.headers, "text/event-stream");
        return spoilt(exchange, failure);
    }
    let headers = reply_headers(&exchange, &adapted, &answer.headers, "text/event-stream");
    let mut translator = StreamTranslator::new(adapted.dialect, exchange.dialect, adapted.memo);
    if exchange.account.wants_reply() {
        translator.keep_reply();
    }
    let begin = Begin {
        account: exchange.account.take(),
        body: answer.body,
        translator,
        dialect: exchange.dialect,
        provider: target.provider.name().to_owned(),
        first_content: target.provider.settings().timeouts.first_content,
        trace: ChunkTrace::new(&exchange.id),
        session: exchange.session.clone(),
    };
    let mut passage = Passage::begin(begin, shared.clone());
    if alternatives {
        passage = match passage.prelude().await {
            Prelude::Shown(passage) => passage,
            Prelude::Broken(account, error, cause) => {
                exchange.account = account;
                return spoilt(exchange, Failure::of(error, cause));
            }
        };
    }
    let mut response = Response::new(passage.into_body());
    *response.headers_mut() = headers;
    Attempted::Done(response)
}

/// A reply in one piece.
async fn plain(
    shared: &Shared,
    mut exchange: Exchange,
    target: &Target,
    adapted: Adapted,
    answer: Answer,
) -> Attempted {
    let (status, upstream_headers) = (answer.status, answer.headers);
    let bytes_max = match exchange.endpoint {
        Endpoint::Embeddings => embeddings::REPLY_BYTES_MAX,
        _ => REPLY_BYTES_MAX,
    };
    let body = match shared.unless_aborted(&exchange.session, answer.body.collect(bytes_max)).await
    {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => {
            return spoilt(exchange, Failure::of(error.to_api_error(), cause_of_body(&error)));
        }
        Err(stopped) => return Attempted::Done(exchange.break_off(&stopped)),
    };
    trace::body(&exchange.id, "upstream reply", &body);
    let read = if exchange.endpoint == Endpoint::Embeddings {
        embeddings::read(&body).map(|tally| (body.clone(), tally, Changes::new()))
    } else if adapted.dialect == exchange.dialect {
        through(&body, &adapted)
    } else {
        translate_reply(&body, adapted.dialect, exchange.dialect, &adapted.memo)
            .map(|reply| (Bytes::from(reply.body.to_string()), reply.tally, reply.changes))
    };
    let (body, tally, changes) = match read {
        Ok(read) => read,
        Err(error) => {
            let is_json = serde_json::from_slice::<&serde_json::value::RawValue>(&body).is_ok();
            let failure = if is_json {
                Failure::of(error, Cause::UpstreamError)
            } else {
                wrong_content(target, &upstream_headers, "application/json")
            };
            return spoilt(exchange, failure);
        }
    };
    let headers = reply_headers(&exchange, &adapted, &upstream_headers, "application/json");
    exchange.account.note_first_content();
    exchange.account.note(|record| record.reply_bytes = body.len() as u64);
    exchange.account.note_reply(Replied::Whole(body.clone()));
    exchange.account.close_whole(status.as_u16(), &tally, &changes);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Attempted::Done(response)
}

/// A reply in the client's own dialect goes on as it is, as long as it is JSON; what it says is read for the books.
fn through(body: &Bytes, adapted: &Adapted) -> Result<(Bytes, Tally, Changes), ApiError> {
    let tally = Tally::of_body(body, adapted.dialect)?;
    Ok((body.clone(), tally, Changes::new()))
}

fn wrong_content(target: &Target, headers: &HeaderMap, wanted: &str) -> Failure {
    let found =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("nothing");
    let error = ApiError::new(
        ErrorKind::BadGateway,
        format!(
            "provider `{}` answered with {found} where {wanted} was due",
            target.provider.name()
        ),
    );
    Failure::of(error, Cause::UpstreamError)
}

/// The headers of a reply: the upstream's own where they still hold, ours, and the content type.
fn reply_headers(
    exchange: &Exchange,
    adapted: &Adapted,
    upstream: &HeaderMap,
    content_type: &'static str,
) -> HeaderMap {
    let mut headers = upstream.clone();
    if adapted.dialect != exchange.dialect || !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if exchange.stream {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    if !adapted.changes.is_empty()
        && let Ok(value) = HeaderValue::from_str(&adapted.changes.header())
    {
        headers.insert(CHANGES, value);
    }
    respond::sign(&mut headers, exchange.dialect, &exchange.id);
    headers
}
