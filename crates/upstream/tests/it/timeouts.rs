//! The time-outs, against servers that stay silent. The clock is tokio's and stands still until nothing else can go
//! on, so that no test waits and none depends on how fast the machine is.

use crate::setup::{chat, provider, settings};
use ironbridge_testkit::{Gate, Position, Script, Upstream, chat as reply};
use ironbridge_upstream::{BodyError, Failure, Provider, ProviderKind, Step, Timeouts};
use std::sync::Arc;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(7);

fn with(base_url: &str, change: impl FnOnce(&mut Timeouts)) -> Arc<Provider> {
    let mut settings = settings(ProviderKind::Openai, base_url);
    change(&mut settings.timeouts);
    provider(settings)
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_take_the_connection() {
    // The kernel completes connections up to the backlog; TLS is what never comes.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let error = with(&url, |t| t.connect = LIMIT).send(chat()).await.unwrap_err();
    assert_eq!(error.failure, Failure::Timeout { step: Step::Connect, after: LIMIT });
    assert_eq!(error.to_api_error().status(), 504);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer() {
    let gate = Gate::new();
    let upstream =
        Upstream::start(Script::always(reply::text("hi").plain().headers_behind(&gate))).await;
    let provider = with(&upstream.base_url(), |t| t.headers = LIMIT);
    let error = provider.send(chat()).await.unwrap_err();
    assert_eq!(error.failure, Failure::Timeout { step: Step::Headers, after: LIMIT });
    assert!(!error.retryable());
    upstream.wait_until(|log| log.connections.aborted_by_peer == 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_within_the_body() {
    let gate = Gate::new();
    let answer = reply::text("a b c").stream().silent_after(Position::Event(2), &gate);
    let upstream = Upstream::start(Script::always(answer)).await;
    let provider = with(&upstream.base_url(), |t| t.idle = LIMIT);
    let mut answer = provider.send(chat()).await.unwrap();
    let mut bytes = 0;
    let error = loop {
        match answer.body.next().await.unwrap() {
            Ok(chunk) => bytes += chunk.len(),
            Err(error) => break error,
        }
    };
    assert!(bytes > 0);
    assert_eq!(error, BodyError::Idle { provider: "up".to_owned(), after: LIMIT });
    assert_eq!(error.to_api_error().status(), 504);
    assert!(answer.body.next().await.is_none());
    upstream.wait_until(|log| log.connections.aborted_by_peer == 1).await;
}

#[tokio::test(start_paused = true)]
async fn comments_are_life() {
    let pause = Duration::from_secs(5);
    let slow = (1..=4).fold(reply::text("a").stream().comments("alive"), |answer, frame| {
        answer.delayed_after(Position::Event(frame), pause)
    });
    let upstream = Upstream::start(Script::always(slow)).await;
    let provider = with(&upstream.base_url(), |t| t.idle = LIMIT);
    let mut answer = provider.send(chat()).await.unwrap();
    while let Some(chunk) = answer.body.next().await {
        chunk.unwrap();
    }
}
