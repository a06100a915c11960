//! Records survive any way, and what is none is refused.

use expect_test::{Expect, expect};
use ironbridge_asgi::{
    Ask, Buffer, HostTable, Malformed, Record, Records, Tell, WebSocketLimits, Writer, flag,
};
use proptest::prelude::{any, prop, proptest};

fn written(records: &[Record<'_>]) -> Vec<u8> {
    let mut writer = Writer::default();
    for record in records {
        writer.push(record);
    }
    writer.take()
}

fn check(record: &Record<'_>, expected: &Expect) {
    let bytes = written(&[*record]);
    let words: Vec<String> = bytes
        .chunks(4)
        .map(|word| word.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        .collect();
    expected.assert_eq(&words.join(" "));
    let read: Result<Vec<_>, _> = Records::of(&bytes).collect();
    assert_eq!(read, Ok(vec![*record]));
}

#[test]
fn a_record_lies_as_the_table_says() {
    check(
        &Record::of(Ask::Gone as u8, 1),
        &expect![[r#"18000000 06000000 01000000 00000000 00000000 00000000"#]],
    );
    check(
        &Record {
            flags: flag::MORE | flag::TRAILERS,
            number: 404,
            text: b"a\0b",
            body: b"xyz",
            ..Record::of(Tell::Head as u8, 0x0102_0304)
        },
        &expect![[r#"20000000 03090000 04030201 94010000 03000000 03000000 61006278 797a0000"#]],
    );
}

#[test]
fn what_is_no_record_is_told_with_its_place() {
    let good = written(&[Record::of(1, 1), Record { body: b"12345", ..Record::of(2, 2) }]);
    for cut in 1..good.len() {
        let read: Result<Vec<_>, _> = Records::of(&good[..cut]).collect();
        let at = if cut < 24 { 0 } else { 24 };
        assert_eq!(read.is_ok(), cut == 24, "cut at {cut}");
        assert!(read.is_ok() || read == Err(Malformed { at }), "cut at {cut}");
    }
    for word in [0_usize, 4, 5] {
        let mut bad = good.clone();
        bad[word * 4..word * 4 + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(Records::of(&bad).next(), Some(Err(Malformed { at: 0 })), "word {word}");
        assert_eq!(Records::of(&bad).count(), 1, "nothing is read after it");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(rows in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u32>(), any::<u32>(),
        prop::collection::vec(any::<u8>(), 0..40), prop::collection::vec(any::<u8>(), 0..40)), 0..8)) {
        let records: Vec<Record<'_>> = rows
            .iter()
            .map(|(kind, flags, connection, number, text, body)| Record {
                kind: *kind, flags: *flags, connection: *connection, number: *number, text, body,
            })
            .collect();
        let bytes = written(&records);
        let read: Result<Vec<_>, _> = Records::of(&bytes).collect();
        assert_eq!(read, Ok(records));
    }

    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        assert!(Records::of(&bytes).count() <= bytes.len() / 24 + 1);
    }
}

#[test]
fn a_buffer_gives_back_what_it_took_over() {
    let bytes = b"abc".to_vec();
    let start = bytes.as_ptr();
    let buffer = Buffer::from(bytes);
    assert_eq!((buffer.as_ptr(), &*buffer), (start, &b"abc"[..]));
    drop(buffer);
    assert!(Buffer::empty().is_empty());
    assert!(Buffer::from(Vec::new()).is_empty());
}

#[test]
fn every_kind_is_read_as_it_was_written() {
    for kind in 0..=u8::MAX {
        assert!(Ask::of(kind).is_none_or(|ask| ask as u8 == kind));
    }
    let known = (0..=u8::MAX).filter(|&kind| Ask::of(kind).is_some());
    assert!(known.eq(1..=Ask::Unlisten as u8));
}

mod tables {
    //! A library of another build is refused.

    use std::ffi::c_void;

    use super::*;
    use ironbridge_asgi::{Batch, Line, Notify, Slice};

    extern "C" fn start(_: Slice<'_>) -> bool {
        true
    }
    extern "C" fn open(_: Notify, _: *mut c_void) -> *mut Line {
        std::ptr::null_mut()
    }
    extern "C" fn ask(_: *mut Line, _: Slice<'_>, _: *mut Buffer, _: usize) -> bool {
        true
    }
    extern "C" fn take(_: *mut Line) -> Batch {
        Batch::default()
    }
    extern "C" fn beside(_: *mut Line) -> Buffer {
        Buffer::empty()
    }
    extern "C" fn close(_: *mut Line) {}
    extern "C" fn rest() -> bool {
        true
    }

    fn table([version, table_bytes, buffer_bytes, batch_bytes]: [u32; 4]) -> HostTable {
        HostTable {
            version,
            table_bytes,
            buffer_bytes,
            batch_bytes,
            start,
            open_line: open,
            ask,
            take,
            beside,
            close_line: close,
            rest,
        }
    }

    #[test]
    fn version_and_sizes_are_looked_at() {
        assert_eq!(table(HostTable::STAMP).check(), Ok(()));
        for changed in 0..4 {
            let mut stamp = HostTable::STAMP;
            stamp[changed] += 1;
            assert!(table(stamp).check().is_err(), "word {changed}");
        }
        let [_, sizes @ ..] = HostTable::STAMP;
        let other = table([9, sizes[0], sizes[1], sizes[2]]).check().unwrap_err();
        assert!(other.to_string().starts_with("the host library has the interface 9 ["));
    }
}

#[test]
fn limits_of_a_websocket_are_three_words() {
    let limits =
        WebSocketLimits { message_bytes_max: 1, ping_ms: 0, pong_ms: 0x0102_0304, deflate: true };
    assert_eq!(limits.bytes(), [1, 0, 0, 0, 0, 0, 0, 0, 4, 3, 2, 1, 1, 0, 0, 0]);
    assert_eq!(WebSocketLimits::read(&limits.bytes()), limits);
    for none in [&b""[..], &limits.bytes()[..11]] {
        assert_eq!(WebSocketLimits::read(none), WebSocketLimits::default(), "none were said");
    }
}
