//! How many sockets a provider is reached by.

use crate::setup::{BODY_BYTES_MAX, chat, openai, provider, settings};
use ironbridge_testkit::{Gate, Script, Upstream, chat as reply};
use ironbridge_upstream::{Pool, ProviderKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_thousand_requests_in_turn_take_one_socket() {
    let upstream = Upstream::start(Script::always(reply::text("hi"))).await;
    let provider = openai(&upstream.base_url());
    for _ in 0..1000 {
        let answer = provider.send(chat()).await.unwrap();
        answer.body.collect(BODY_BYTES_MAX).await.unwrap();
    }
    assert_eq!(upstream.requests().len(), 1000);
    assert_eq!(upstream.connections().accepted, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_do_they_take_more_than_one_where_tasks_run_side_by_side_and_one_is_allowed() {
    let upstream = Upstream::start_on_thread(Script::always(reply::text("hi")));
    let mut settings = settings(ProviderKind::Openai, &upstream.base_url());
    settings.pool = Pool { connections_max: 1, ..Pool::default() };
    let provider = provider(settings);
    for _ in 0..1000 {
        let answer = provider.send(chat()).await.unwrap();
        answer.body.collect(BODY_BYTES_MAX).await.unwrap();
    }
    assert_eq!(upstream.connections().open_peak, 1);
    assert_eq!(upstream.connections().accepted, 1);
}

#[tokio::test]
async fn streams_in_turn_take_one_socket() {
    let upstream = Upstream::start(Script::always(reply::text("a b c d").stream())).await;
    let provider = openai(&upstream.base_url());
    for _ in 0..100 {
        let mut answer = provider.send(chat()).await.unwrap();
        assert!(answer.is_event_stream());
        while let Some(chunk) = answer.body.next().await {
            assert!(!chunk.unwrap().is_empty());
        }
    }
    assert_eq!(upstream.connections().accepted, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_at_once_take_sixty_four_and_keep_them() {
    let gate = Gate::new();
    let upstream =
        Upstream::start(Script::always(reply::text("hi").plain().headers_behind(&gate))).await;
    let provider = Arc::new(openai(&upstream.base_url()));
    for round in 0..3 {
        let mut requests = JoinSet::new();
        for _ in 0..64 {
            let provider = Arc::clone(&provider);
            requests.spawn(async move {
                let answer = provider.send(chat()).await.unwrap();
                answer.body.collect(BODY_BYTES_MAX).await.unwrap();
            });
        }
        if round == 0 {
            gate.reached_by(64).await;
            gate.open();
        }
        requests.join_all().await;
    }
    assert_eq!(upstream.requests().len(), 3 * 64);
    assert_eq!(upstream.connections().open_peak, 64);
    // A request that finds none free opens one and takes the first of the two that is ready.
    assert!(upstream.connections().accepted <= 2 * 64, "{:?}", upstream.connections());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_are_opened_than_allowed_and_all_requests_come_through() {
    let upstream = Upstream::start(Script::always(reply::text("hi"))).await;
    let mut settings = settings(ProviderKind::Openai, &upstream.base_url());
    settings.pool = Pool { connections_max: 3, ..Pool::default() };
    let provider = Arc::new(provider(settings));
    let mut requests = JoinSet::new();
    for _ in 0..60 {
        let provider = Arc::clone(&provider);
        requests.spawn(async move {
            let answer = provider.send(chat()).await.unwrap();
            answer.body.collect(BODY_BYTES_MAX).await.unwrap();
        });
    }
    requests.join_all().await;
    assert_eq!(upstream.requests().len(), 60);
    assert!(upstream.connections().open_peak <= 3, "{:?}", upstream.connections());
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_in_time_and_another_opened() {
    let upstream = Upstream::start(Script::always(reply::text("hi"))).await;
    let mut settings = settings(ProviderKind::Openai, &upstream.base_url());
    settings.pool = Pool { idle_timeout: Duration::from_secs(90), ..Pool::default() };
    let provider = provider(settings);
    for _ in 0..2 {
        let answer = provider.send(chat()).await.unwrap();
        answer.body.collect(BODY_BYTES_MAX).await.unwrap();
        tokio::time::advance(Duration::from_secs(100)).await;
        upstream.wait_until(|log| log.connections.open == 0).await;
    }
    assert_eq!(upstream.connections().accepted, 2);
}

#[tokio::test]
async fn dropping_the_provider_closes_its_connections() {
    let upstream = Upstream::start(Script::always(reply::text("hi"))).await;
    let provider = openai(&upstream.base_url());
    let answer = provider.send(chat()).await.unwrap();
    answer.body.collect(BODY_BYTES_MAX).await.unwrap();
    drop(provider);
    upstream.wait_until(|log| log.connections.open == 0).await;
}
