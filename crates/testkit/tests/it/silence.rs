//! Gates, delays, slow readers, and the fake clock.

use std::time::Duration;

use ironbridge_testkit::client::{Connection, End, Piece};
use ironbridge_testkit::{FakeClock, Gate, Outcome, Position, Script, Upstream, messages};

use crate::{play, send, streaming};

#[tokio::test]
async fn headers_wait_behind_their_gate() {
    let gate = Gate::new();
    let upstream = Upstream::start(messages::text("hi").stream().headers_behind(&gate)).await;
    let request = streaming("/v1/messages");
    let mut sent = Box::pin(send(&upstream, &request));
    tokio::select! {
        biased;
        _ = &mut sent => panic!("the head came through a closed gate"),
        () = gate.reached() => {}
    }
    assert_eq!(upstream.requests()[0].outcome, Outcome::Running);
    assert_eq!(upstream.bytes_sent(), 0);
    gate.open();
    assert_eq!(sent.await.collect().await.end, End::Complete);
}

#[tokio::test]
async fn a_stream_falls_silent_after_the_named_event_and_goes_on() {
    let gate = Gate::new();
    let answer = messages::text("hi").stream().silent_after(Position::Event(2), &gate);
    let upstream = Upstream::start(answer).await;
    let mut response = send(&upstream, &streaming("/v1/messages")).await;
    let before = response.read_at_least(1).await;
    gate.reached().await;
    assert!(before.starts_with(b"event: message_start"));
    let ping = response.read_at_least(1).await;
    assert!(ping.starts_with(b"event: ping"));
    tokio::select! {
        biased;
        piece = response.next() => panic!("{piece:?} came through a closed gate"),
        () = tokio::task::yield_now() => {}
    }
    gate.open();
    let rest = response.collect().await;
    assert_eq!(rest.events().names().last(), Some(&"message_stop"));
}

/// Tokio's clock is paused: the delays pass at once, and in the order of their length.
#[tokio::test(start_paused = true)]
async fn delays_follow_tokios_clock() {
    let answer = messages::text("hi")
        .stream()
        .headers_after(Duration::from_secs(3_600))
        .delayed_after(10, Duration::from_secs(60));
    let started = tokio::time::Instant::now();
    let (_, reply) = play(answer).await;
    assert_eq!(reply.end, End::Complete);
    assert!(started.elapsed() >= Duration::from_secs(3_660));
}

/// The kernel's buffers hold 4 MB of an unread answer at most (`tcp_wmem`); more must stall.
#[tokio::test]
async fn a_reader_that_stops_stalls_the_sender() {
    const BODY_BYTES: usize = 24 << 20;
    let script = Script::always(messages::text("x".repeat(BODY_BYTES)).plain());
    let upstream = Upstream::start_on_thread(script);
    let connection =
        Connection::open_with_receive_buffer(&upstream.base_url(), 16 << 10).await.unwrap();
    let mut response = connection.send(&streaming("/v1/messages")).await.unwrap();
    upstream.wait_until(|log| log.bytes_sent > 0).await;
    let mut read = response.read_at_least(100_000).await.len();
    let mut connection = response.into_connection();
    for _ in 0..100 {
        let Piece::Data(data) = connection.read_some(1_024).await else { panic!("it ended") };
        assert!(data.len() <= 1_024);
        read += data.len();
    }
    let request = &upstream.requests()[0];
    assert_eq!(request.outcome, Outcome::Running);
    assert!(upstream.bytes_sent() < (BODY_BYTES / 2) as u64, "{}", upstream.bytes_sent());
    while read < BODY_BYTES {
        let Piece::Data(data) = connection.read_some(usize::MAX).await else { panic!("it ended") };
        read += data.len();
    }
    upstream.wait_until(|log| log.requests[0].outcome == Outcome::Sent).await;
}

#[tokio::test]
async fn the_fake_clock_wakes_whose_moment_came() {
    let clock = FakeClock::new();
    let start = clock.now();
    let second = Duration::from_secs(1);
    let mut early = Box::pin(clock.sleep_until(start + second));
    let mut late = Box::pin(clock.sleep_until(start + second * 5));
    let other = clock.clone();
    tokio::select! {
        biased;
        () = &mut early => panic!("nobody advanced the clock"),
        () = &mut late => panic!("nobody advanced the clock"),
        () = async { other.advance(second) } => {}
    }
    early.await;
    assert_eq!(clock.sleepers(), 1);
    tokio::select! {
        biased;
        () = &mut late => panic!("four seconds are missing"),
        () = async { other.advance(second * 4) } => {}
    }
    late.await;
    assert_eq!(clock.now() - start, second * 5);
    let epoch = clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(epoch, FakeClock::EPOCH + second * 5);
}
