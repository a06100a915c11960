//! Faults in how an answer ends.

use ironbridge_testkit::client::{self, ClientError, End};
use ironbridge_testkit::{Answer, Fault, Outcome, Position, Script, Upstream, chat, messages};

use crate::{play, send, streaming};

fn answer() -> Answer {
    messages::text("hi ✓").stream()
}

/// The faults are only worth anything if they hold for every N.
#[tokio::test]
async fn each_ending_holds_after_every_number_of_bytes() {
    let whole = play(answer()).await.1.bytes();
    let upstream = Upstream::start(Script::by(|request| {
        let bytes: usize = request.query.parse().expect("the query is a number");
        match request.header("x-ending") {
            Some("reset") => answer().reset_after(bytes),
            Some("close") => answer().close_after(bytes),
            _ => answer().end_after(bytes),
        }
    }))
    .await;
    for (ending, end) in [("reset", End::Reset), ("close", End::Closed), ("end", End::Complete)] {
        for bytes in 0..=whole.len() {
            let request = streaming(&format!("/v1/messages?{bytes}")).header("x-ending", ending);
            let reply = send(&upstream, &request).await.collect().await;
            assert_eq!(reply.end, end, "{ending} after {bytes}");
            assert_eq!(reply.bytes(), whole[..bytes], "{ending} after {bytes}");
        }
    }
}

#[tokio::test]
async fn positions_name_events_and_characters() {
    let cases = [
        (Position::Event(2), "event: ping\ndata: {\"type\":\"ping\"}\n\n", ""),
        (Position::InsideEvent(1), "\n\n", "event: ping\ndata:"),
    ];
    for (position, before, unfinished) in cases {
        let (_, reply) = play(answer().close_after(position)).await;
        assert!(reply.text().contains(before), "{}", reply.text());
        assert!(reply.events().unfinished.starts_with(unfinished));
        assert_eq!(reply.events().unfinished.is_empty(), unfinished.is_empty());
    }
    let (_, reply) = play(answer().close_after(Position::InsideCharacter(0))).await;
    assert_eq!(reply.bytes().last(), Some(&"✓".as_bytes()[0]));
}

#[tokio::test]
async fn a_position_that_is_not_there_is_said_so() {
    let answer = messages::text("ascii").stream().reset_after(Position::InsideCharacter(0));
    let (response, reply) = play(answer).await;
    assert_eq!(response.status, 500);
    assert_eq!(
        reply.text(),
        "testkit: the body has 0 characters of more than one byte, there is no InsideCharacter(0)"
    );
}

#[tokio::test]
async fn a_plain_body_is_cut_below_its_length() {
    let (response, reply) = play(chat::text("hi").plain().close_after(10)).await;
    let length: usize = response.header("content-length").unwrap().parse().unwrap();
    assert!(length > 10);
    assert_eq!((reply.bytes().len(), reply.end), (10, End::Closed));
    let (response, reply) = play(chat::text("hi").plain().end_after(10)).await;
    assert_eq!(response.header("content-length"), Some("10"));
    assert_eq!((reply.bytes().len(), reply.end), (10, End::Complete));
}

#[tokio::test]
async fn an_answer_may_fail_before_its_head() {
    let upstream = Upstream::start(Script::sequence([
        answer().close_before_headers(),
        answer().reset_before_headers(),
    ]))
    .await;
    let closed = client::send(&upstream.base_url(), &streaming("/v1/messages")).await;
    assert!(matches!(closed, Err(ClientError::NoReply)), "{closed:?}");
    let reset = client::send(&upstream.base_url(), &streaming("/v1/messages")).await;
    let Err(ClientError::Io(reset)) = reset else { panic!("{reset:?}") };
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    let outcomes: Vec<_> = upstream.requests().iter().map(|request| request.outcome).collect();
    assert_eq!(outcomes, [Outcome::Sent, Outcome::Sent]);
}

#[tokio::test]
async fn seeded_faults_repeat_and_reach_every_kind() {
    let draw = |seed| Fault::seeded(seed, 500);
    let kinds: std::collections::HashSet<_> =
        (0..200).map(|seed| std::mem::discriminant(&draw(seed))).collect();
    assert_eq!(kinds.len(), 14, "all but gzip, which ends no stream");
    for seed in 0..40 {
        assert_eq!(draw(seed), draw(seed));
        let upstream = Upstream::start(answer().with(draw(seed))).await;
        let mut seen = Vec::new();
        for _ in 0..2 {
            let sent = client::send(&upstream.base_url(), &streaming("/v1/messages")).await;
            seen.push(match sent {
                Ok(mut response) => Ok((response.status, response.collect().await)),
                Err(error) => Err(error.to_string()),
            });
        }
        assert_eq!(seen[0], seen[1], "seed {seed}: {:?}", draw(seed));
    }
}
