//! Faults in what is sent: chunks, encodings, shapes, sizes.

use std::io::Read as _;
use std::time::{Duration, SystemTime};

use ironbridge_testkit::client::{End, Request};
use ironbridge_testkit::sse::{Event, Frame, LineEnd};
use ironbridge_testkit::{Answer, Script, Upstream, messages, sse};

use crate::{play, send};

const TEXT: &str = "naïve ✓ 🦀 text";

async fn whole() -> Vec<u8> {
    play(messages::text(TEXT)).await.1.bytes()
}

fn text_of(events: &[Event]) -> String {
    let texts = events.iter().filter_map(Event::json).filter_map(|event| {
        event.pointer("/delta/text").and_then(|text| text.as_str()).map(str::to_owned)
    });
    texts.collect()
}

#[tokio::test]
async fn a_stream_is_chunked_by_event() {
    let (response, reply) = play(messages::text(TEXT)).await;
    assert_eq!(response.header("transfer-encoding"), Some("chunked"));
    assert_eq!(response.header("content-type"), Some("text/event-stream"));
    let events = reply.events().events;
    assert_eq!(reply.chunks.len(), events.len());
    for (chunk, event) in reply.chunks.iter().zip(&events) {
        assert_eq!(sse::decode(chunk).events, std::slice::from_ref(event));
    }
    assert_eq!(text_of(&events), TEXT);
}

#[tokio::test]
async fn one_byte_chunks_are_one_byte_each() {
    let (_, reply) = play(messages::text(TEXT).stream().one_byte_chunks()).await;
    assert!(reply.chunks.iter().all(|chunk| chunk.len() == 1));
    assert_eq!((reply.bytes(), reply.end), (whole().await, End::Complete));
}

#[tokio::test]
async fn chunks_by_seed_repeat_and_differ_by_seed() {
    let cuts = async |seed| {
        let (_, reply) = play(messages::text(TEXT).stream().chunks_by_seed(seed, 16)).await;
        assert_eq!(reply.bytes(), whole().await);
        reply.chunks.iter().map(Vec::len).collect::<Vec<_>>()
    };
    let first = cuts(7).await;
    assert_eq!(cuts(7).await, first);
    assert_ne!(cuts(8).await, first);
    assert!(first.iter().all(|length| (1..=16).contains(length)));
}

#[tokio::test]
async fn cuts_fall_inside_characters_and_inside_events() {
    let (_, reply) = play(messages::text(TEXT).stream().cuts_inside_characters()).await;
    let broken = reply.chunks.iter().filter(|chunk| std::str::from_utf8(chunk).is_err()).count();
    assert_eq!(broken, 4, "three characters, cut three times: four chunks are no UTF-8");
    assert_eq!(reply.bytes(), whole().await);

    let (_, reply) = play(messages::text(TEXT).stream().cuts_inside_events()).await;
    assert!(reply.chunks.iter().all(|chunk| !chunk.ends_with(b"\n\n")
        || chunk == reply.chunks.last().expect("there are chunks")));
    assert_eq!(reply.bytes(), whole().await);
}

#[tokio::test]
async fn a_malformed_event_is_broken_json_in_a_whole_event() {
    let (_, reply) = play(messages::text(TEXT).stream().malformed_event(2)).await;
    let events = reply.events().events;
    let broken: Vec<usize> =
        (0..events.len()).filter(|index| events[*index].json().is_none()).collect();
    assert_eq!(broken, [2]);
    assert_eq!(events[2].name.as_deref(), Some("content_block_start"));
}

#[tokio::test]
async fn every_shape_of_a_stream_says_the_same() {
    let plain = play(messages::text(TEXT)).await.1.events();
    let answer = || messages::text(TEXT).stream();
    let shapes: [(Answer, &[u8]); 5] = [
        (answer().line_end(LineEnd::Cr), b"\r\r"),
        (answer().line_end(LineEnd::CrLf), b"\r\n\r\n"),
        (answer().byte_order_mark(), b"\xEF\xBB\xBFevent"),
        (answer().comments("keep-alive"), b": keep-alive\n\nevent"),
        (answer().until_close(), b"event"),
    ];
    for (answer, mark) in shapes {
        let (_, reply) = play(answer).await;
        let bytes = reply.bytes();
        assert!(bytes.windows(mark.len()).any(|window| window == mark), "{mark:?}");
        assert_eq!(reply.events().events, plain.events);
        assert_eq!(reply.end, End::Complete);
    }
    let (_, unnamed) = play(answer().without_event_names()).await;
    assert!(unnamed.events().names().iter().all(|name| name.is_empty()));
    let (_, spread) = play(answer().multi_line_data()).await;
    let spread = spread.events().events;
    assert!(spread[0].data.contains('\n'));
    assert_eq!(text_of(&spread), TEXT);
}

#[tokio::test]
async fn inserted_and_oversized_events_stand_where_they_should() {
    let comment = Frame::Comment("here".into());
    let answer = messages::text(TEXT).stream().oversized_event(1, 300_000).insert(0, comment);
    let (_, reply) = play(answer).await;
    assert!(reply.text().starts_with(": here\n\nevent: message_start"));
    assert_eq!(reply.events().events[1].data.len(), 300_000);
}

#[tokio::test]
async fn gzip_is_gzip() {
    let (response, reply) = play(messages::text(TEXT).plain().gzip()).await;
    assert_eq!(response.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(&reply.bytes()[..]).read_to_string(&mut text).unwrap();
    assert!(text.contains(TEXT), "{text}");
}

#[tokio::test]
async fn large_bodies_arrive_whole() {
    let bytes = 4 << 20;
    let (response, reply) = play(messages::text("x".repeat(bytes)).plain()).await;
    let length: usize = response.header("content-length").unwrap().parse().unwrap();
    assert!(length > bytes);
    assert_eq!((reply.bytes().len(), reply.end), (length, End::Complete));
}

#[tokio::test]
async fn statuses_headers_and_types_are_as_scripted() {
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_660);
    let answer = messages::rate_limited(7)
        .retry_after_date(date)
        .content_type("text/html")
        .huge_headers(3, 10_000);
    let (response, reply) = play(answer).await;
    assert_eq!(response.status, 429);
    let retry: Vec<_> = response.headers.all("Retry-After").collect();
    assert_eq!(retry, ["7", "Thu, 01 Jan 2026 00:01:00 GMT"]);
    assert_eq!(response.header("content-type"), Some("text/html"));
    assert_eq!(response.header("anthropic-ratelimit-requests-remaining"), Some("0"));
    assert_eq!(response.header("x-filler-2").map(str::len), Some(10_000));
    assert_eq!(response.header("request-id"), Some("req_testkit_0"));
    assert_eq!(reply.json()["error"]["type"], "rate_limit_error");

    let (response, _) = play(Answer::redirect("http://127.0.0.1:1/")).await;
    assert_eq!((response.status, response.header("location")), (302, Some("http://127.0.0.1:1/")));
}

#[tokio::test]
async fn chunked_request_bodies_and_heads_are_understood() {
    let upstream = Upstream::start(Script::provider("hi")).await;
    let head = Request::new("HEAD", "/");
    assert_eq!(send(&upstream, &head).await.collect().await.bytes(), b"");
    let chunked = Request::new("POST", "/v1/messages?beta=true")
        .header("Transfer-Encoding", "chunked")
        .header("content-length", "0")
        .body("3\r\n{\"a\r\n5\r\n\": 1}\r\n0\r\n\r\n");
    assert_eq!(send(&upstream, &chunked).await.status, 200);
    let received = &upstream.requests()[1];
    assert_eq!(received.json(), serde_json::json!({"a": 1}));
    assert_eq!((received.path.as_str(), received.query.as_str()), ("/v1/messages", "beta=true"));
}
