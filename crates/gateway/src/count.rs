//! `POST /v1/messages/count_tokens`: from the provider where it counts, else our own estimate, which says so.

use crate::accept;
use crate::adapt::renamed;
use crate::estimate::Estimator;
use crate::exchange::{Attempt, Cause, Exchange, millis};
use crate::respond::{self, ESTIMATED};
use crate::route::Target;
use crate::shared::Shared;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use ironbridge_upstream::{Call, Endpoint};
use ironbridge_wire::{
    ApiError, Changes, ErrorKind, Invalid, Tally, json, read_count_tokens_request,
};
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
    let limits = &live.settings.server.limits;
    if let Err(error) = accept::body(&mut exchange, body, limits).await {
        return exchange.refuse(&error);
    }
    let route = live.routes.route(&exchange.model, &live.providers).await;
    match shared.admission.place(&exchange.fairness_key, limits).await {
        Ok(place) => exchange.account.hold(place),
        Err(error) => return exchange.refuse(&error),
    }
    // The count is for the target that would get the request.
    let Some(target) = route.targets.first() else {
        return exchange
            .refuse(&ApiError::new(ErrorKind::NotFound, "no provider serves this model"));
    };
    exchange.account.note(|record| record.provider = Some(target.provider.name().to_owned()));
    if target.provider.serves(Endpoint::CountTokens)
        && let Some((status, headers, body)) = ask(&mut exchange, target).await
    {
        return deliver(exchange, status, headers, body);
    }
    let estimator =
        Estimator::new(target.provider.name(), target.model(&exchange.model), &live.tokenizers);
    match count(&exchange, estimator).await {
        Ok(tokens) => {
            let tokens = shared.learned.correct(target.model(&exchange.model), tokens);
            let body = json!({"input_tokens": tokens}).to_string();
            let mut headers = HeaderMap::new();
            headers.insert(ESTIMATED, HeaderValue::from_static("true"));
            headers
                .insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            deliver(exchange, StatusCode::OK, headers, body.into())
        }
        Err(invalid) => {
            let error = invalid.to_api_error();
            exchange.refuse(&error)
        }
    }
}

/// Asks the provider; `None` when it cannot say (unreachable, 404, 5xx), so that an estimate must do.
async fn ask(exchange: &mut Exchange, target: &Target) -> Option<(StatusCode, HeaderMap, Bytes)> {
    let model = target.model(&exchange.model).to_owned();
    let body = renamed(&exchange.body, &exchange.model, &model).ok()?;
    let mut call = Call::new(Endpoint::CountTokens, model.clone(), body);
    call.query.clone_from(&exchange.query);
    call.headers = exchange.headers.clone();
    let began = Instant::now();
    let sent = target.provider.send(call).await;
    let (status, error) = match &sent {
        Ok(answer) => (Some(answer.status), None),
        Err(error) => (None, Some(error.to_string())),
    };
    exchange.account.note(|record| {
        record.target_model = Some(model.clone());
        record.attempts.push(Attempt {
            provider: target.provider.name().to_owned(),
            model,
            status: status.map(|status| status.as_u16()),
            error,
            duration_ms: millis(began.elapsed()),
        });
    });
    let answer = sent.ok()?;
    if answer.status == StatusCode::NOT_FOUND || answer.status.is_server_error() {
        return None;
    }
    let (status, headers) = (answer.status, answer.headers);
    let body = answer.body.collect(ANSWER_BYTES_MAX).await.ok()?;
    Some((status, headers, body))
}

/// Counts here, beside the relay's threads: a long conversation takes milliseconds.
async fn count(exchange: &Exchange, estimator: Estimator) -> Result<u64, Invalid> {
    let body = exchange.body.clone();
    let claude_code = exchange
        .headers
        .get_all("anthropic-beta")
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.starts_with("claude-code")));
    let counted = tokio::task::spawn_blocking(move || {
        let (prompt, _) = read_count_tokens_request(json::parse(&body)?)?;
        let mcp = prompt.tools.iter().any(|tool| tool.name.starts_with("mcp__"));
        Ok(estimator.estimate(&prompt, claude_code && mcp).tokens)
    });
    counted.await.unwrap_or(Ok(0))
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
