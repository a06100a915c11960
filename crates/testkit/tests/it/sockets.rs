//! Sockets: counted, seen to be left, and gone at the end.

use ironbridge_testkit::client::{Connection, End};
use ironbridge_testkit::{Connections, Gate, Outcome, Position, Script, Upstream, messages};
use tokio::task::JoinSet;

use crate::streaming;

#[tokio::test]
async fn a_thousand_requests_in_a_row_take_one_socket() {
    let upstream = Upstream::start(Script::provider("hi")).await;
    let mut connection = Connection::open(&upstream.base_url()).await.unwrap();
    for _ in 0..1_000 {
        let mut response = connection.send(&streaming("/v1/messages")).await.unwrap();
        assert_eq!(response.collect().await.end, End::Complete);
        connection = response.into_connection();
    }
    let expected = Connections { accepted: 1, open: 1, open_peak: 1, aborted_by_peer: 0 };
    assert_eq!(upstream.connections(), expected);
    assert_eq!(upstream.requests().len(), 1_000);
    connection.close();
    upstream.wait_until(|log| log.connections.open == 0).await;
}

#[tokio::test]
async fn sixty_four_at_once_take_sixty_four() {
    let gate = Gate::new();
    let upstream = Upstream::start(messages::text("hi").stream().headers_behind(&gate)).await;
    let mut clients = JoinSet::new();
    for _ in 0..64 {
        let base_url = upstream.base_url();
        clients.spawn(async move {
            let connection = Connection::open(&base_url).await.unwrap();
            let mut response = connection.send(&streaming("/v1/messages")).await.unwrap();
            response.collect().await.end
        });
    }
    gate.reached_by(64).await;
    assert_eq!(upstream.connections().open_peak, 64);
    gate.open();
    assert!(clients.join_all().await.iter().all(|end| *end == End::Complete));
    let mut connections: Vec<u64> = upstream.requests().iter().map(|r| r.connection).collect();
    connections.sort_unstable();
    assert_eq!(connections, (0..64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_client_that_leaves_is_seen_in_silence_and_before_the_head() {
    for reset in [false, true] {
        let gate = Gate::new();
        let silent = messages::text("hi").stream().silent_after(Position::Event(1), &gate);
        let upstream = Upstream::start(silent).await;
        let connection = Connection::open(&upstream.base_url()).await.unwrap();
        let response = connection.send(&streaming("/v1/messages")).await.unwrap();
        gate.reached().await;
        let connection = response.into_connection();
        if reset {
            connection.reset();
        } else {
            connection.close();
        }
        upstream.wait_until(|log| log.connections.aborted_by_peer == 1).await;
        assert_eq!(upstream.requests()[0].outcome, Outcome::AbortedByPeer);
        upstream.wait_until(|log| log.connections.open == 0).await;
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let upstream = Upstream::start(Script::sequence([
        messages::text("one").plain(),
        messages::text("two").plain(),
    ]))
    .await;
    let mut connection = Connection::open(&upstream.base_url()).await.unwrap();
    let request = streaming("/v1/messages").to_bytes("testkit");
    connection.write(&[request.clone(), request].concat()).await.unwrap();
    let mut first = connection.read_response(false).await.unwrap();
    assert!(first.collect().await.text().contains("one"));
    let mut second = first.into_connection().read_response(false).await.unwrap();
    assert!(second.collect().await.text().contains("two"));
}

#[tokio::test]
async fn dropping_the_upstream_leaves_no_task_and_no_socket() {
    let gate = Gate::new();
    let upstream = Upstream::start(messages::text("hi").stream().silent_after(10, &gate)).await;
    let base_url = upstream.base_url();
    let connection = Connection::open(&base_url).await.unwrap();
    let mut response = connection.send(&streaming("/v1/messages")).await.unwrap();
    gate.reached().await;
    drop(upstream);
    let end = response.collect().await.end;
    assert!(matches!(end, End::Closed | End::Reset), "{end:?}");
    while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(Connection::open(&base_url).await.is_err(), "the port is closed");
}

#[test]
fn an_upstream_runs_without_a_runtime_and_stops_with_its_thread() {
    use std::io::{Read as _, Write as _};
    let upstream = Upstream::start_on_thread(Script::provider("from a thread"));
    let mut stream = std::net::TcpStream::connect(upstream.address()).unwrap();
    let request = streaming("/v1/responses").header("connection", "close");
    stream.write_all(&request.to_bytes("testkit")).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.contains("response.completed"), "{reply}");
    let address = upstream.address();
    drop(upstream);
    assert!(std::net::TcpStream::connect(address).is_err());
}
