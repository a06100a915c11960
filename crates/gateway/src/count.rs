//! `POST /v1/messages/count_tokens`: from the provider where it counts, else our own estimate, which says so.

use crate::adapt::with_model;
use crate::estimate::Estimator;
use crate::exchange::{Attempt, Cause, Exchange, millis};
use crate::relay::let_in;
use crate::respond::{self, ESTIMATED};
use crate::route::Target;
use crate::shared::Shared;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use ironbridge_upstream::{Call, CredentialOwner, Endpoint};
use ironbridge_wire::{ApiError, Changes, ErrorKind, Tally, json, read_count_tokens_request};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// The largest answer to a count, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Counts the input tokens of a messages request.
pub(crate) async fn count_tokens(
    shared: Arc<Shared>,
    mut exchange: Exchange,
    body: Body,
) -> Response {
    let live = shared.live();
    let route = match let_in(&shared, &live, &mut exchange, body).await {
        Ok(route) => route,
        Err(failure) => return failure.deliver(exchange),
    };
    // The count is for the target that would get the request.
    let Some(target) = route.targets.first() else {
        return exchange
            .refuse(&ApiError::new(ErrorKind::NotFound, "no provider serves this model"));
    };
    let model = target.provider.spoken(target.model(&exchange.model)).await.model;
    exchange.account.note(|record| record.provider = Some(target.provider.name().to_owned()));
    if target.provider.serves(Endpoint::CountTokens)
        && let Some((status, headers, body)) = ask(&mut exchange, target, &model).await
    {
        return deliver(exchange, status, headers, body);
    }
    let estimator = Estimator::new(target.provider.name(), &model, &live.tokenizers);
    match count(&exchange, estimator).await {
        Ok(tokens) => {
            let tokens = shared.learned.correct(&model, tokens);
            let body = json!({"input_tokens": tokens}).to_string();
            let mut headers = HeaderMap::new();
            headers.insert(ESTIMATED, HeaderValue::from_static("true"));
            headers
                .insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            deliver(exchange, StatusCode::OK, headers, body.into())
        }
        Err(error) => exchange.refuse(&error),
    }
}

/// Asks the provider; `None` when it cannot say, so that an estimate must do: it is unreachable, does not count, is
/// tired or in trouble, or refuses a key that is not the client's.
async fn ask(
    exchange: &mut Exchange,
    target: &Target,
    model: &str,
) -> Option<(StatusCode, HeaderMap, Bytes)> {
    let body = with_model(exchange, model);
    let mut call = Call::new(Endpoint::CountTokens, model, body);
    call.query.clone_from(&exchange.query);
    call.headers = exchange.headers.clone();
    call.client_credential.clone_from(&exchange.client_credential);
    call.domain = Some(exchange.domain.clone());
    let began = Instant::now();
    let sent = target.provider.send(call).await;
    let (status, tries, error) = match &sent {
        Ok(answer) => (Some(answer.status), answer.attempts, None),
        Err(error) => (None, error.tries, Some(error.to_string())),
    };
    exchange.account.note(|record| {
        record.target_model = Some(model.to_owned());
        record.attempts.push(Attempt {
            provider: target.provider.name().to_owned(),
            model: model.to_owned(),
            status: status.map(|status| status.as_u16()),
            tries,
            error,
            duration_ms: millis(began.elapsed()),
        });
    });
    let answer = sent.ok()?;
    let (status, headers) = (answer.status, answer.headers);
    let clients_own = answer.owner == CredentialOwner::Client;
    let clients_matter = match status.as_u16() {
        404 | 429 | 500.. => false,
        401..=403 => clients_own,
        _ => true,
    };
    if !clients_matter {
        return None;
    }
    let body = answer.body.collect(ANSWER_BYTES_MAX).await.ok()?;
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok();
    is_json.then_some((status, headers, body))
}

/// Counts here, beside the relay's threads: a long conversation takes milliseconds.
async fn count(exchange: &Exchange, estimator: Estimator) -> Result<u64, ApiError> {
    let body = exchange.body.clone();
    let claude_code = exchange
        .headers
        .get_all("anthropic-beta")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|feature| feature.trim_start().starts_with("claude-code"));
    let counted = tokio::task::spawn_blocking(move || {
        let document = json::parse(&body).and_then(read_count_tokens_request);
        let (prompt, _) = document.map_err(|invalid| invalid.to_api_error())?;
        let mcp = prompt.tools.iter().any(|tool| tool.name.starts_with("mcp__"));
        Ok(estimator.estimate(&prompt, claude_code && mcp).tokens)
    });
    counted.await.unwrap_or_else(|_| {
        Err(ApiError::new(ErrorKind::Internal, "the tokens could not be counted"))
    })
}

fn deliver(
    mut exchange: Exchange,
    status: StatusCode,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    if status.is_success() {
        let whole = Tally { ended: true, ..Tally::default() };
        exchange.account.close_whole(status.as_u16(), &whole, &Changes::new());
    } else {
        let error = ApiError::read(status.as_u16(), &body);
        exchange.account.close_failed(Cause::UpstreamError, &error);
    }
    respond::sign(&mut headers, exchange.dialect, &exchange.id);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
