//! Going through a file that is not held in memory, line by line, once.

use std::fs::File;
use std::io::{self, Read as _};

use memchr::memchr_iter;

use crate::text::{Encoding, LineEnding, LineEndings};
use crate::{Control, Stopped};

/// Read at a time. Even, so that no unit of UTF-16 is cut.
const CHUNK_BYTES: usize = 256 * 1024;

/// What ends a line, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Terminator {
    /// One byte; in all encodings but UTF-16 none of another character has its value.
    Byte(u8),
    /// A unit of UTF-16, the low byte first.
    WideLe(u8),
    /// A unit of UTF-16, the high byte first.
    WideBe(u8),
}

impl Terminator {
    pub(super) fn of(encoding: Encoding, endings: &LineEndings) -> Self {
        let last = if endings.first == Some(LineEnding::Cr) { b'\r' } else { b'\n' };
        match encoding {
            Encoding::Utf16Le => Self::WideLe(last),
            Encoding::Utf16Be => Self::WideBe(last),
            Encoding::Utf8 | Encoding::Legacy(_) => Self::Byte(last),
        }
    }

    /// The positions behind each terminator in `chunk`, which begins at an even position of the file.
    fn ends(self, chunk: &[u8]) -> impl Iterator<Item = usize> + '_ {
        let (Self::Byte(byte) | Self::WideLe(byte) | Self::WideBe(byte)) = self;
        memchr_iter(byte, chunk).filter_map(move |at| match self {
            Self::Byte(_) => Some(at + 1),
            Self::WideLe(_) => (at % 2 == 0 && chunk.get(at + 1) == Some(&0)).then_some(at + 2),
            Self::WideBe(_) => {
                let high = at.checked_sub(1).and_then(|high| chunk.get(high));
                (at % 2 == 1 && high == Some(&0)).then_some(at + 1)
            }
        })
    }
}

/// What of the file was read already, and where in it the text begins.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) sample: Vec<u8>,
    pub(super) position: usize,
}

/// One way through a file.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) terminator: Terminator,
    /// The first line that is given.
    pub(super) offset: u64,
    /// What is kept of a line, in bytes.
    pub(super) keep: usize,
}

/// Where it ended.
#[derive(Debug)]
pub(super) struct End {
    /// Whether that is the end of the file.
    pub(super) reached: bool,
    /// Lines gone through.
    pub(super) lines: u64,
}

#[derive(Debug)]
pub(super) enum ScanError {
    Stopped(Stopped),
    Io(io::Error),
}

impl Scan {
    /// Gives each line from `offset` on, its terminator included, to `line`, with whether it was cut, until that says
    /// `false`.
    pub(super) fn run(
        &self,
        mut file: File,
        start: &mut Start,
        control: &Control,
        mut line: impl FnMut(&[u8], bool) -> bool,
    ) -> Result<End, ScanError> {
        let mut number = 1;
        let mut kept = Kept { bytes: Vec::new(), max: self.keep, cut: false, begun: false };
        let mut chunk = std::mem::take(&mut start.sample);
        let mut from = start.position;
        loop {
            control.check().map_err(ScanError::Stopped)?;
            for end in self.terminator.ends(&chunk) {
                if end <= from {
                    continue;
                }
                if number >= self.offset {
                    kept.push(chunk.get(from..end).unwrap_or_default(), true);
                    let wanted = line(&kept.bytes, kept.cut);
                    kept.clear();
                    if !wanted {
                        // Only whether there is more: the next line may be a gigabyte.
                        let more = end < chunk.len() || read(&mut file, &mut Vec::new(), 1)?;
                        return Ok(End { reached: !more, lines: number });
                    }
                }
                number += 1;
                from = end;
            }
            let rest = chunk.get(from..).unwrap_or_default();
            kept.begun |= !rest.is_empty();
            if number >= self.offset {
                kept.push(rest, false);
            }
            from = 0;
            if !read(&mut file, &mut chunk, CHUNK_BYTES)? {
                break;
            }
        }
        if !kept.begun {
            return Ok(End { reached: true, lines: number - 1 });
        }
        if number >= self.offset {
            line(&kept.bytes, kept.cut);
        }
        Ok(End { reached: true, lines: number })
    }
}

/// Reads the next bytes, fewer only at the end of the file. Whether there were any.
fn read(file: &mut File, chunk: &mut Vec<u8>, bytes_max: usize) -> Result<bool, ScanError> {
    chunk.clear();
    let read = file.by_ref().take(bytes_max as u64).read_to_end(chunk);
    Ok(read.map_err(ScanError::Io)? > 0)
}

/// The first bytes of a line that may be of any length.
struct Kept {
    bytes: Vec<u8>,
    max: usize,
    cut: bool,
    /// Whether the line has any byte.
    begun: bool,
}

impl Kept {
    /// Adds a part of the line. The last part ends in its terminator, which is kept in any case.
    fn push(&mut self, part: &[u8], last: bool) {
        /// `\r\n` in UTF-16.
        const TERMINATOR_BYTES_MAX: usize = 4;
        let room = self.max.saturating_sub(self.bytes.len());
        if part.len() <= room {
            self.bytes.extend_from_slice(part);
            return;
        }
        let end = part.len().saturating_sub(TERMINATOR_BYTES_MAX);
        self.bytes.extend_from_slice(part.get(..room.min(end)).unwrap_or_default());
        self.cut |= room < end;
        if last {
            self.bytes.extend_from_slice(part.get(end..).unwrap_or_default());
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.cut = false;
        self.begun = false;
    }
}
