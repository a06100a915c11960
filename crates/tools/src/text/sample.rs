//! What the first bytes of a file say about the rest.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use memchr::{memchr, memchr_iter};

use super::Encoding;

/// How far into a file is looked for what no text has.
const BINARY_LOOK_BYTES: usize = 8 * 1024;
/// Of those, the share of control characters that no text has.
const CONTROL_PERCENT_MAX: usize = 30;
/// How much of a file the detector of older encodings is given; it is the slowest step (about 100 MB/s).
const DETECT_BYTES: usize = 1024 * 1024;
/// A text in UTF-16 without a mark is believed when at least one unit in so many is ASCII.
const ASCII_UNITS_ONE_IN: usize = 4;
/// In a text of fewer units all must be of Latin-1: a few bytes with a NUL among them can be anything.
const SHORT_UNITS: usize = 8;

/// What a file seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sample {
    /// Text, with or without a byte-order mark.
    Text { encoding: Encoding, bom: bool },
    /// No text.
    Binary,
}

impl Sample {
    /// Judges by `bytes`, the first of a file; `whole`: there are no others.
    pub(crate) fn of(bytes: &[u8], whole: bool) -> Self {
        // UTF-32 begins as UTF-16 does; nobody writes sources in it.
        if bytes.starts_with(b"\xFF\xFE\0\0") || bytes.starts_with(b"\0\0\xFE\xFF") {
            return Self::Binary;
        }
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
            if bytes.starts_with(encoding.byte_order_mark()) {
                return Self::Text { encoding, bom: true };
            }
        }
        let text = |encoding| Self::Text { encoding, bom: false };
        let look = bytes.get(..BINARY_LOOK_BYTES).unwrap_or(bytes);
        if memchr(0, look).is_some() {
            return utf16_without_mark(bytes, whole).map_or(Self::Binary, text);
        }
        let control = control_characters(look);
        if control * 100 > look.len() * CONTROL_PERCENT_MAX || is_media(look) {
            return Self::Binary;
        }
        text(if is_mostly_utf8(bytes, whole) { Encoding::Utf8 } else { legacy(bytes, whole) })
    }
}

/// The type of what is no text, by its first bytes.
pub(crate) fn media_type(bytes: &[u8]) -> Option<&'static str> {
    infer::get(bytes).map(|kind| kind.mime_type())
}

/// A PDF may be without any NUL in its first bytes, and is no text for that. An image never is valid UTF-8, but a text
/// may well begin with `BM`, as some images do.
fn is_media(look: &[u8]) -> bool {
    let is_image = || media_type(look).is_some_and(|mime| mime.starts_with("image/"));
    let broken = std::str::from_utf8(look).is_err_and(|error| error.error_len().is_some());
    look.starts_with(b"%PDF-") || broken && is_image()
}

/// Without a branch: then many bytes are judged at once.
fn is_control(byte: u8) -> bool {
    (byte < 9) | ((14..32).contains(&byte) & (byte != 27))
}

fn control_characters(bytes: &[u8]) -> usize {
    // So many at a time that a byte can count them.
    let chunks = bytes.chunks(usize::from(u8::MAX));
    chunks
        .map(|chunk| usize::from(chunk.iter().map(|byte| u8::from(is_control(*byte))).sum::<u8>()))
        .sum()
}

/// Whether what is no ASCII is valid UTF-8, or nearly all of it: a text of UTF-8 with a broken character is that, and
/// not Latin-1 with hundreds of strange ones.
fn is_mostly_utf8(bytes: &[u8], whole: bool) -> bool {
    if std::str::from_utf8(bytes).is_ok() {
        return true;
    }
    let (mut valid, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    // The last character may go on after the sample.
    if !whole && broken > 0 && ends_within_a_character(bytes) {
        broken -= 1;
    }
    broken == 0 || valid > 2 * broken
}

fn ends_within_a_character(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes.get(bytes.len().saturating_sub(4)..).unwrap_or_default())
        .is_err_and(|error| error.error_len().is_none())
        || bytes.utf8_chunks().last().is_some_and(|chunk| !chunk.invalid().is_empty())
}

fn legacy(bytes: &[u8], whole: bool) -> Encoding {
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    // A few bytes before the first that counts are part of what the detector looks at.
    let from = bytes.get(first.saturating_sub(16)..).unwrap_or_default();
    let part = from.get(..DETECT_BYTES).unwrap_or(from);
    let guess = detect(part, whole && part.len() == from.len());
    // A guess from a part that does not hold for all is made again from all.
    if guess.decode(bytes).1 || part.len() == from.len() { guess } else { detect(from, whole) }
}

fn detect(bytes: &[u8], whole: bool) -> Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, whole);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // Hardly a file was ever written in Latin-4, but the detector takes a single `ï` for it.
    let guess = if guess == encoding_rs::ISO_8859_4 { encoding_rs::WINDOWS_1252 } else { guess };
    Encoding::of(guess).unwrap_or(Encoding::Legacy(encoding_rs::WINDOWS_1252))
}

/// UTF-16 without a mark, believed only where nothing speaks against it: all NULs are in the same half of the units,
/// no unit is a control character or half a pair, and enough of them are ASCII.
fn utf16_without_mark(bytes: &[u8], whole: bool) -> Option<Encoding> {
    let even = bytes.get(..bytes.len() & !1).unwrap_or_default();
    if whole && even.len() != bytes.len() {
        return None;
    }
    let in_second = memchr_iter(0, even).next()? & 1 == 1;
    let encoding = if in_second { Encoding::Utf16Le } else { Encoding::Utf16Be };
    let (mut ascii, mut latin) = (0, 0);
    for pair in even.chunks_exact(2) {
        let &[first, second] = pair else { return None };
        let (high, low) = if in_second { (second, first) } else { (first, second) };
        if high == 0 && (low == 0 || is_control(low)) {
            return None;
        }
        latin += usize::from(high == 0);
        ascii += usize::from(high == 0 && low.is_ascii());
    }
    let units = even.len() / 2;
    if ascii * ASCII_UNITS_ONE_IN < units || units < SHORT_UNITS && latin < units {
        return None;
    }
    // A part may end within a pair of surrogates.
    let valid = encoding.decode(even).1
        || !whole && encoding.decode(even.get(..even.len().saturating_sub(2))?).1;
    valid.then_some(encoding)
}
