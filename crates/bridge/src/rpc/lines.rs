//! Lines of bounded length from a stream.

use super::bounds::LINE_BYTES_MAX;
use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader};

/// What is read at once, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;
/// Some tools put it before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The whole of it.
    Whole(Vec<u8>),
    /// It was longer than [`LINE_BYTES_MAX`] and is skipped.
    TooLong {
        /// How long it was.
        bytes: usize,
    },
}

/// The lines of a stream. Empty ones are left out; a last one need not be ended.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    /// Bytes of this line that were not kept.
    skipped: usize,
    bytes_max: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn new(stream: R) -> Self {
        Self::bounded(stream, LINE_BYTES_MAX)
    }

    fn bounded(stream: R, bytes_max: usize) -> Self {
        let reader = BufReader::with_capacity(BUFFER_BYTES, stream);
        Lines { reader, line: Vec::new(), skipped: 0, bytes_max }
    }

    /// The next line; `None` at the end. Cancel safe: what was read of a line is kept.
    ///
    /// # Errors
    /// As the stream says.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let buffer = fill(&mut self.reader).await?;
            if buffer.is_empty() {
                return Ok(self.take());
            }
            let end = memchr::memchr(b'\n', buffer);
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            let room = self.bytes_max.saturating_sub(self.line.len());
            let kept = if self.skipped > 0 { 0 } else { piece.len().min(room) };
            self.line.extend_from_slice(&piece[..kept]);
            self.skipped += piece.len() - kept;
            let used = piece.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if end.is_some()
                && let Some(line) = self.take()
            {
                return Ok(Some(line));
            }
        }
    }

    /// What was read of this line, if it is one.
    fn take(&mut self) -> Option<Line> {
        let mut line = std::mem::take(&mut self.line);
        let skipped = std::mem::take(&mut self.skipped);
        if skipped > 0 {
            return Some(Line::TooLong { bytes: line.len() + skipped });
        }
        if line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        let is_blank = line.iter().all(u8::is_ascii_whitespace);
        (!is_blank).then_some(Line::Whole(line))
    }
}

async fn fill<R: AsyncBufRead + Unpin>(reader: &mut R) -> io::Result<&[u8]> {
    reader.fill_buf().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::pin::Pin;
    use std::task::{Context, Poll};
    use tokio::io::ReadBuf;

    /// Gives its pieces one by one.
    struct Pieces(Vec<&'static [u8]>);

    impl AsyncRead for Pieces {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            into: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if !self.0.is_empty() {
                into.put_slice(self.0.remove(0));
            }
            Poll::Ready(Ok(()))
        }
    }

    fn check(pieces: &[&'static [u8]], expected: Expect) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let seen = runtime.block_on(async {
            let mut lines = Lines::bounded(Pieces(pieces.to_vec()), 8);
            let mut seen = String::new();
            while let Some(line) = lines.next().await.unwrap() {
                seen.push_str(&match line {
                    Line::Whole(line) => format!("{:?}\n", String::from_utf8_lossy(&line)),
                    Line::TooLong { bytes } => format!("too long: {bytes}\n"),
                });
            }
            seen
        });
        expected.assert_eq(&seen);
    }

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        check(
            &[b"{}\n[", b"]\r", b"\n\n  \n12"],
            expect![[r#"
            "{}"
            "[]\r"
            "12"
        "#]],
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_counted() {
        check(
            &[b"12345678\n123456789\n", b"1234567", b"890", b"12\nok\n"],
            expect![[r#"
            "12345678"
            too long: 9
            too long: 12
            "ok"
        "#]],
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_line() {
        check(
            &[b"\xEF\xBB\xBF{}\n"],
            expect![[r#"
            "{}"
        "#]],
        );
    }
}
