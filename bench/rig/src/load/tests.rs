use std::net::SocketAddr;

use super::*;
use crate::case::{CASES, Case, Dialect};
use crate::mock::Mock;

/// Two connections that ask once each.
const TWICE: Plan = Plan { connections: 2, window: Duration::ZERO, spread: Duration::ZERO };

fn request(address: SocketAddr, case: &Case, chunks: usize) -> Arc<Request> {
    Arc::new(Request {
        address,
        path: case.dialect.path(),
        headers: HeaderMap::new(),
        body: case.body("").into(),
        end: if case.chunks.is_some() { case.dialect.end_of_stream() } else { b"}" },
        chunks,
    })
}

#[tokio::test]
async fn every_case_is_answered_whole_by_the_mock() {
    let mock = Mock::start(0).unwrap();
    for case in CASES.iter().filter(|case| case.crowd.is_none()) {
        let chunks = case.chunks.map_or(0, |chunks| chunks.count);
        let outcome = run(&request(mock.address, case, chunks), TWICE).await;
        assert_eq!(outcome.failures, Failures::new(), "{}", case.name);
        assert_eq!((outcome.requests, outcome.chunks_lost), (2, 0), "{}", case.name);
        assert_eq!(outcome.chunk_delay.p50_us.is_some(), chunks > 0, "{}", case.name);
    }
    assert_eq!((mock.asked.count(Dialect::Chat), mock.asked.count(Dialect::Messages)), (6, 4));
}

#[tokio::test]
async fn a_chunk_that_does_not_come_is_lost_and_the_answer_does_not_count() {
    let mock = Mock::start(0).unwrap();
    let stream = CASES.iter().find(|case| case.name == "stream").unwrap();
    let outcome = run(&request(mock.address, stream, 101), TWICE).await;
    assert_eq!((outcome.requests, outcome.chunks_lost), (0, 2));
    assert_eq!(outcome.failures, Failures::from([("100 chunks instead of 101".to_owned(), 2)]));
}

#[tokio::test]
async fn an_answer_that_is_none_does_not_count() {
    let mock = Mock::start(0).unwrap();
    let small = CASES.first().unwrap();
    let mut nowhere = Arc::unwrap_or_clone(request(mock.address, small, 0));
    nowhere.path = "/v1/nowhere";
    let outcome = run(&Arc::new(nowhere), TWICE).await;
    assert_eq!(outcome.requests, 0);
    assert!(outcome.failures.keys().all(|reason| reason.starts_with("status 404: ")));
    assert_eq!(outcome.failures.values().sum::<u64>(), 2);
}
