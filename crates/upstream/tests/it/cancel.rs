//! Giving up tells the provider to stop.

use crate::setup::{chat, openai};
use ironbridge_testkit::{Gate, Position, Script, Upstream, chat as reply};

#[tokio::test]
async fn dropping_a_body_closes_the_connection() {
    let gate = Gate::new();
    let answer = reply::text("a b c d e").stream().silent_after(Position::Event(2), &gate);
    let upstream = Upstream::start(Script::always(answer)).await;
    let provider = openai(&upstream.base_url());
    let mut answer = provider.send(chat()).await.unwrap();
    answer.body.next().await.unwrap().unwrap();
    gate.reached().await;
    drop(answer);
    upstream.wait_until(|log| log.connections.aborted_by_peer == 1).await;
}

#[tokio::test]
async fn dropping_a_body_that_was_never_read_closes_the_connection() {
    let gate = Gate::new();
    let answer = reply::text("a b c d e").stream().silent_after(Position::Event(1), &gate);
    let upstream = Upstream::start(Script::always(answer)).await;
    let provider = openai(&upstream.base_url());
    drop(provider.send(chat()).await.unwrap());
    upstream.wait_until(|log| log.connections.aborted_by_peer == 1).await;
}

#[tokio::test]
async fn dropping_the_future_before_the_answer_closes_the_connection() {
    let gate = Gate::new();
    let upstream =
        Upstream::start(Script::always(reply::text("hi").plain().headers_behind(&gate))).await;
    let provider = openai(&upstream.base_url());
    tokio::select! {
        _ = provider.send(chat()) => panic!("the gate is closed"),
        () = gate.reached() => {}
    }
    upstream.wait_until(|log| log.connections.aborted_by_peer == 1).await;
    // What was given up leaves its place to others.
    gate.open();
    assert_eq!(provider.send(chat()).await.unwrap().status, 200);
}
