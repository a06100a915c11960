//! What a command prints, on its way: escape sequences out, characters whole, ends kept, all in a file.

use std::path::PathBuf;

use super::ansi::AnsiStripper;
use super::kept::Kept;
use super::spill::Spill;
use super::{Chunk, Printed, Stream};
use crate::limits::ShellLimits;
use crate::process::Characters;

/// Takes what is read from both pipes of a command.
pub(super) struct Printing<'a> {
    stdout: Channel,
    stderr: Channel,
    all: Kept,
    spill: Spill,
    limits: &'a ShellLimits,
    on_chunk: &'a mut dyn FnMut(Chunk<'_>),
}

struct Channel {
    stripper: Option<AnsiStripper>,
    stripped: Vec<u8>,
    characters: Characters,
    kept: Kept,
}

/// All that was printed.
pub(super) struct AllPrinted {
    pub(super) output: Printed,
    pub(super) stdout: Printed,
    pub(super) stderr: Printed,
    pub(super) file: Option<PathBuf>,
    pub(super) file_missing_bytes: u64,
}

impl<'a> Printing<'a> {
    pub(super) fn new(
        bytes_max: usize,
        strip_ansi: bool,
        spill: Spill,
        limits: &'a ShellLimits,
        on_chunk: &'a mut dyn FnMut(Chunk<'_>),
    ) -> Self {
        let channel = || Channel {
            stripper: strip_ansi.then(AnsiStripper::default),
            stripped: Vec::new(),
            characters: Characters::default(),
            kept: Kept::new(bytes_max),
        };
        let all = Kept::new(bytes_max);
        Self { stdout: channel(), stderr: channel(), all, spill, limits, on_chunk }
    }

    pub(super) fn push(&mut self, stream: Stream, bytes: &[u8]) {
        let Self { stdout, stderr, all, spill, limits, on_chunk } = self;
        let channel = if stream == Stream::Stdout { stdout } else { stderr };
        let Channel { stripper, stripped, characters, kept } = channel;
        let text = match stripper {
            Some(stripper) => {
                stripped.clear();
                stripper.strip(bytes, stripped);
                stripped
            }
            None => bytes,
        };
        characters.push(text, |bytes| {
            keep(kept, all, spill, limits, bytes);
            on_chunk(Chunk { stream, bytes });
        });
    }

    pub(super) fn finish(mut self) -> AllPrinted {
        for stream in [Stream::Stdout, Stream::Stderr] {
            let Self { stdout, stderr, all, spill, limits, on_chunk } = &mut self;
            let channel = if stream == Stream::Stdout { stdout } else { stderr };
            let rest = channel.characters.finish();
            if !rest.is_empty() {
                keep(&mut channel.kept, all, spill, limits, &rest);
                on_chunk(Chunk { stream, bytes: &rest });
            }
        }
        let (file, file_missing_bytes) = self.spill.finish();
        let hint = file.as_ref().map(|file| format!("; all of it in {}", file.display()));
        AllPrinted {
            output: self.all.finish(&hint.unwrap_or_default()),
            stdout: self.stdout.kept.finish(""),
            stderr: self.stderr.kept.finish(""),
            file,
            file_missing_bytes,
        }
    }
}

fn keep(one: &mut Kept, all: &mut Kept, spill: &mut Spill, limits: &ShellLimits, bytes: &[u8]) {
    if !spill.needed() && !all.has_room(bytes.len()) {
        spill.begin(all.parts(), limits);
    }
    spill.push(bytes);
    one.push(bytes);
    all.push(bytes);
}
