//! `POST /v1/embeddings`: one dialect, so the bytes pass untouched but for the model's name.

use crate::accept;
use crate::adapt::renamed;
use crate::exchange::{Attempt, Cause, Exchange, millis};
use crate::respond;
use crate::settle::{cause_of_body, cause_of_send};
use crate::shared::Shared;
use axum::body::Body;
use axum::response::Response;
use ironbridge_upstream::{Call, Endpoint};
use ironbridge_wire::{ApiError, ErrorKind, Tally, Usage};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Instant;

/// The largest reply, in bytes: 2,048 vectors of 3,072 numbers in text.
const REPLY_BYTES_MAX: usize = 128 * 1024 * 1024;

#[derive(Deserialize)]
struct Reported {
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Tokens {
    prompt_tokens: u64,
}

/// Answers a request for embeddings from the first target that has them.
pub(crate) async fn embed(shared: Arc<Shared>, mut exchange: Exchange, body: Body) -> Response {
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
    let target = route.targets.iter().find(|target| target.provider.serves(Endpoint::Embeddings));
    let Some(target) = target else {
        let message = format!("no provider that serves `{}` has embeddings", exchange.model);
        return exchange.refuse(&ApiError::new(ErrorKind::NotFound, message).with_param("/model"));
    };
    let model = target.model(&exchange.model).to_owned();
    let provider = target.provider.name().to_owned();
    let body = match renamed(&exchange.body, &exchange.model, &model) {
        Ok(body) => body,
        Err(error) => return exchange.refuse(&error),
    };
    let mut call = Call::new(Endpoint::Embeddings, model.clone(), body);
    call.headers = exchange.headers.clone();
    let began = Instant::now();
    let sent = target.provider.send(call).await;
    let status = sent.as_ref().ok().map(|answer| answer.status.as_u16());
    let error = sent.as_ref().err().map(ToString::to_string);
    exchange.account.note(|record| {
        record.provider = Some(provider.clone());
        record.target_model = Some(model.clone());
        record.attempts.push(Attempt {
            provider,
            model,
            status,
            error,
            duration_ms: millis(began.elapsed()),
        });
    });
    match sent {
        Ok(answer) => deliver(exchange, answer).await,
        Err(error) => exchange.fail(cause_of_send(&error), &error.to_api_error()),
    }
}

async fn deliver(mut exchange: Exchange, answer: ironbridge_upstream::Answer) -> Response {
    let status = answer.status;
    let mut headers = answer.headers;
    let body = match answer.body.collect(REPLY_BYTES_MAX).await {
        Ok(body) => body,
        Err(error) => return exchange.fail(cause_of_body(&error), &error.to_api_error()),
    };
    if status.is_success() {
        let usage =
            serde_json::from_slice::<Reported>(&body).ok().and_then(|reported| reported.usage);
        let usage = usage.map(|tokens| Usage { input: tokens.prompt_tokens, ..Usage::default() });
        let tally = Tally { usage, ended: true, ..Tally::default() };
        exchange.account.note(|record| record.reply_bytes = body.len() as u64);
        exchange.account.close_whole(status.as_u16(), &tally, &ironbridge_wire::Changes::new());
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
