use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

/// The event and the data of a frame.
type Said = (Option<String>, Option<String>);

/// What a stream says, however its bytes are cut: the frames with an event or data, and all raw bytes.
fn read(chunks: &[&[u8]]) -> (Vec<Said>, Vec<u8>) {
    let mut decoder = Decoder::new();
    let (mut frames, mut raw) = (Vec::new(), Vec::new());
    let mut take = |frame: Frame<'_>| {
        raw.extend_from_slice(frame.raw);
        if frame.event.is_some() || frame.data.is_some() {
            frames.push((frame.event.map(str::to_owned), frame.data.map(Cow::into_owned)));
        }
    };
    for chunk in chunks {
        decoder.push(chunk);
        while let Some(frame) = decoder.next() {
            take(frame.expect("readable"));
        }
    }
    if let Some(frame) = decoder.end() {
        take(frame.expect("readable"));
    }
    assert!(decoder.end().is_none(), "what is left is given out once");
    (frames, raw)
}

fn check(input: &str, expected: Expect) {
    let input = input.as_bytes();
    let (frames, raw) = read(&[input]);
    assert_eq!(raw, input, "every byte is in one frame");
    for at in 0..=input.len() {
        let (left, right) = input.split_at(at);
        let cut = read(&[left, right]);
        assert_eq!(cut.0, frames, "cut at {at}");
        assert_eq!(cut.1, input, "cut at {at}");
    }
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(read(&bytes).0, frames, "byte by byte");
    let mut written = String::new();
    for (event, data) in frames {
        written.push_str(&format!("{} {data:?}\n", event.as_deref().unwrap_or("-")));
    }
    expected.assert_eq(&written);
}

#[test]
fn line_ends() {
    for (first, rest) in [("\n", "\n"), ("\r\n", "\r\n"), ("\r", "\r"), ("\r\n", "\n")] {
        let text = format!("event: a{first}data: 1{rest}{first}data: 2{first}{rest}");
        check(
            &text,
            expect![[r#"
                a Some("1")
                - Some("2")
            "#]],
        );
    }
    // A CR and an LF are one line end, wherever they meet.
    check(
        "event: a\ndata: 1\r\ndata: 2\n\r",
        expect![[r#"
            a Some("1\n2")
        "#]],
    );
}

#[test]
fn data_over_several_lines_is_joined() {
    check(
        "data: {\ndata:  \"a\":1\ndata:\ndata\ndata: }\n\n",
        expect![[r#"
        - Some("{\n \"a\":1\n\n\n}")
    "#]],
    );
}

#[test]
fn comments_ids_and_unknown_fields_say_nothing() {
    check(
        ": keep-alive\n\nid: 7\nretry: 100\nfoo: bar\n\n:\ndata: x\n: y\n\n",
        expect![[r#"
        - Some("x")
    "#]],
    );
}

#[test]
fn names_without_data_and_data_without_names() {
    check(
        "event: ping\n\ndata: x\n\nevent: a\nevent: b\ndata: y\n\n",
        expect![[r#"
        ping None
        - Some("x")
        b Some("y")
    "#]],
    );
}

#[test]
fn only_one_space_after_the_colon_is_skipped() {
    check(
        "data:x\n\ndata:  x \n\ndata: a: b\n\n",
        expect![[r#"
        - Some("x")
        - Some(" x ")
        - Some("a: b")
    "#]],
    );
}

#[test]
fn a_byte_order_mark_counts_only_at_the_start() {
    check(
        "\u{feff}data: x\n\n\u{feff}data: y\n\ndata: z\n\n",
        expect![[r#"
        - Some("x")
        - Some("z")
    "#]],
    );
}

#[test]
fn characters_are_split_between_chunks() {
    check(
        "data: Grüße, 世界 🦀\n\n",
        expect![[r#"
        - Some("Grüße, 世界 🦀")
    "#]],
    );
}

#[test]
fn the_last_frame_needs_no_blank_line() {
    check(
        "data: x\n\ndata: [DONE]",
        expect![[r#"
        - Some("x")
        - Some("[DONE]")
    "#]],
    );
    check(
        "data: x\r",
        expect![[r#"
        - Some("x")
    "#]],
    );
    check("", expect![""]);
}

#[test]
fn a_server_that_ends_lines_with_cr_need_not_wait() {
    let mut decoder = Decoder::new();
    decoder.push(b"data: x\r\r");
    let frame = decoder.next().expect("is whole").expect("readable");
    assert_eq!(frame.data.as_deref(), Some("x"));
}

/// The first error when `chunk` comes `times` times to a decoder that takes 64 bytes.
fn error_of(chunk: &[u8], times: usize) -> Option<SseError> {
    let mut decoder = Decoder::with_limit(64);
    for _ in 0..times {
        decoder.push(chunk);
        while let Some(frame) = decoder.next() {
            if let Err(error) = frame {
                return Some(error);
            }
        }
    }
    decoder.end().and_then(Result::err)
}

#[test]
fn an_event_over_the_limit_is_an_error() {
    let error = SseError::TooLarge { bytes_max: 64 };
    let too_large = Some(error);
    let whole = format!("data: {}\n\n", "x".repeat(64));
    assert_eq!(error_of(whole.as_bytes(), 1), too_large, "a whole event");
    assert_eq!(error_of(b"xxxxxxxx", 9), too_large, "one line without an end");
    assert_eq!(error_of(b"data: x\n", 9), too_large, "lines without an end");
    assert_eq!(error_of(b"data: x\r", 9), too_large, "chunks that end in CR");
    assert_eq!(error_of(b"data: x\n\n", 99), None, "many small events");
    let exact = format!("data: {}\n\n", "x".repeat(64 - 8));
    assert_eq!(error_of(exact.as_bytes(), 2), None, "exactly the limit");
    assert_eq!(error.to_string(), "an event of the stream is over 64 bytes",);
}

#[test]
fn bytes_that_are_not_utf8_are_an_error() {
    assert_eq!(error_of(b"data: \xff\n\n", 1), Some(SseError::NotUtf8));
    assert_eq!(error_of(b"data: \xc3", 1), Some(SseError::NotUtf8));
}

#[test]
fn what_is_written_can_be_read() {
    let mut out = Vec::new();
    write(Some("ping"), "{}", &mut out);
    write(None, "[DONE]", &mut out);
    expect![[r#"
        event: ping
        data: {}

        data: [DONE]

    "#]]
    .assert_eq(&String::from_utf8_lossy(&out));
    let events: Vec<_> = read(&[&out]).0;
    assert_eq!(events[0], (Some("ping".to_owned()), Some("{}".to_owned())));
    assert_eq!(events[1], (None, Some("[DONE]".to_owned())));
}

/// The standard's algorithm, word for word and on the whole text.
fn by_the_book(text: &str) -> Vec<Said> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut frames = Vec::new();
    let (mut event, mut data) = (None::<String>, None::<String>);
    for line in text.split('\n') {
        if line.is_empty() {
            if event.is_some() || data.is_some() {
                frames.push((event.take(), data.take()));
            }
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => event = Some(value.to_owned()),
            "data" => {
                data = Some(data.map_or(value.to_owned(), |data| format!("{data}\n{value}")));
            }
            _ => {}
        }
    }
    if event.is_some() || data.is_some() {
        frames.push((event, data));
    }
    frames
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_stream_in_any_chunks(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "data: a", "data:", "event: é", "data: 🦀", ": c", ":", "x", "\u{feff}", "\n", "\r", "\r\n",
                "\n\n", "\r\n\r\n", "\r\r",
            ]),
            0..24,
        ),
        sizes in prop::collection::vec(1usize..7, 1..8),
    ) {
        let text = pieces.concat();
        let mut rest = text.as_bytes();
        let mut chunks = Vec::new();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, tail) = rest.split_at((*size).min(rest.len()));
            chunks.push(chunk);
            rest = tail;
        }
        let (frames, raw) = read(&chunks);
        prop_assert_eq!(raw, text.as_bytes());
        prop_assert_eq!(frames, by_the_book(&text));
    }
}
