//! Time on one axis, and the marks by which a chunk says when it was sent.
//!
//! The mock and the load generator are one process, so that both read the same monotonic clock and the delay of a
//! chunk is a subtraction. The mark stands in the text of the model's answer, where every dialect carries it.

use std::sync::OnceLock;
use std::time::Instant;

use memchr::memmem;

/// What a mark looks like: `@`, so many digits of nanoseconds, `;`.
const DIGITS: usize = 16;
/// Bytes of a mark.
pub(crate) const MARK_BYTES: usize = DIGITS + 2;

/// Nanoseconds since this process first asked.
pub(crate) fn nanoseconds() -> u64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(BEGIN.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// A mark for this moment.
pub(crate) fn mark(nanoseconds: u64) -> [u8; MARK_BYTES] {
    let mut mark = [b'0'; MARK_BYTES];
    let mut rest = nanoseconds;
    for digit in mark.iter_mut().skip(1).take(DIGITS).rev() {
        // A remainder of ten fits a byte.
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    mark[0] = b'@';
    mark[MARK_BYTES - 1] = b';';
    mark
}

/// Finds marks in a stream of bytes, however it is cut.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// The end of what was read so far, where it may be the beginning of a mark.
    rest: Vec<u8>,
}

impl Marks {
    /// Hands every mark in `bytes`, and the one that `bytes` completes, to `found`.
    pub(crate) fn read(&mut self, bytes: &[u8], mut found: impl FnMut(u64)) {
        if self.rest.is_empty() {
            self.rest = scan(bytes, &mut found).to_vec();
            return;
        }
        self.rest.extend_from_slice(bytes);
        let joined = std::mem::take(&mut self.rest);
        self.rest = scan(&joined, &mut found).to_vec();
    }
}

/// Reports the whole marks in `bytes`; gives the end that may be the beginning of one.
fn scan<'a>(bytes: &'a [u8], found: &mut impl FnMut(u64)) -> &'a [u8] {
    let mut from = 0;
    for at in memmem::find_iter(bytes, b"@") {
        if at < from {
            continue;
        }
        let Some(candidate) = bytes.get(at..at + MARK_BYTES) else {
            return bytes.get(at..).unwrap_or_default();
        };
        if let Some(value) = value(candidate) {
            found(value);
            from = at + MARK_BYTES;
        }
    }
    &[]
}

fn value(candidate: &[u8]) -> Option<u64> {
    let digits = candidate.strip_prefix(b"@")?.strip_suffix(b";")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_however_the_bytes_are_cut() {
        let mut text = b"data: {\"a@b\":\"".to_vec();
        for value in [0, 7, 1_234_567_890_123_456] {
            text.extend_from_slice(&mark(value));
            text.extend_from_slice(b" lorem @ 12; ");
        }
        for size in 1..=text.len() {
            let (mut marks, mut found) = (Marks::default(), Vec::new());
            for piece in text.chunks(size) {
                marks.read(piece, |value| found.push(value));
            }
            assert_eq!(found, [0, 7, 1_234_567_890_123_456], "pieces of {size} bytes");
        }
    }
}
