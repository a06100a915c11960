//! permessage-deflate (RFC 7692): messages of a WebSocket that cross the wire compressed.
//!
//! Both sides are asked to begin each message anew (`no_context_takeover`). So nothing of a WebSocket is kept between its
//! messages, one compressor serves all of them, and ten thousand that are open cost no memory for it; a window of each would
//! be 300 KB. Frames that are not compressed pass through as they are.

use std::cell::RefCell;
use std::io::Cursor;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::frames::code;

/// What the server answers to an offer it takes.
pub(crate) const AGREED: &[u8] =
    b"permessage-deflate; server_no_context_takeover; client_no_context_takeover";
/// What a sender leaves away at the end of a message.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// What the output grows by at least.
const STEP_BYTES: usize = 4 * 1024;

thread_local! {
    // The loop's thread is the only one.
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
    static DECOMPRESS: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Whether an offer of the client's can be taken: an element of `sec-websocket-extensions`.
pub(crate) fn takes(offer: &[u8]) -> bool {
    let mut parts = offer.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let mut seen = Vec::new();
    parts.next() == Some(b"permessage-deflate")
        && parts.all(|parameter| {
            let mut sides = parameter.splitn(2, |byte| *byte == b'=').map(<[u8]>::trim_ascii);
            let (name, value) = (sides.next().unwrap_or_default(), sides.next());
            let value = value.map(|value| value.strip_prefix(b"\"").unwrap_or(value));
            let value = value.map(|value| value.strip_suffix(b"\"").unwrap_or(value));
            let twice = seen.contains(&name);
            seen.push(name);
            !twice
                && match name {
                    b"server_no_context_takeover" | b"client_no_context_takeover" => {
                        value.is_none()
                    }
                    b"client_max_window_bits" => value.is_none_or(is_window),
                    // Ours is as long as it can be.
                    b"server_max_window_bits" => value == Some(b"15"),
                    _ => false,
                }
        })
}

fn is_window(bits: &[u8]) -> bool {
    matches!(bits, b"8" | b"9" | b"10" | b"11" | b"12" | b"13" | b"14" | b"15")
}

/// A message without what its receiver adds; None: it would be no shorter.
pub(crate) fn compressed(message: &[u8]) -> Option<Vec<u8>> {
    COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        let mut output = Vec::with_capacity(message.len() / 2 + STEP_BYTES);
        loop {
            let taken = usize::try_from(compress.total_in()).ok()?;
            let rest = message.get(taken..)?;
            compress.compress_vec(rest, &mut output, FlushCompress::Sync).ok()?;
            let all = compress.total_in() == message.len() as u64;
            if all && output.len() < output.capacity() {
                break;
            }
            if output.len() >= message.len() {
                return None;
            }
            output.reserve(STEP_BYTES);
        }
        output.truncate(output.strip_suffix(&TAIL)?.len());
        (output.len() < message.len()).then_some(output)
    })
}

fn inflated(message: &[u8], bytes_max: usize) -> Result<Vec<u8>, u16> {
    DECOMPRESS.with_borrow_mut(|decompress| {
        decompress.reset(false);
        let mut output = Vec::with_capacity(message.len().saturating_mul(2).min(bytes_max) + 1);
        loop {
            let taken = usize::try_from(decompress.total_in()).unwrap_or(usize::MAX);
            let rest = message.get(taken..).unwrap_or_default();
            let before = (decompress.total_in(), output.len());
            let status = decompress.decompress_vec(rest, &mut output, FlushDecompress::Sync);
            let status = status.map_err(|_| code::NOT_UTF8)?;
            if output.len() > bytes_max {
                return Err(code::TOO_LONG);
            }
            let all = decompress.total_in() == message.len() as u64;
            if status == Status::StreamEnd || (all && output.len() < output.capacity()) {
                return Ok(output);
            }
            if output.len() < output.capacity() && before == (decompress.total_in(), output.len()) {
                return Err(code::NOT_UTF8);
            }
            output.reserve(STEP_BYTES);
        }
    })
}

/// Makes of a client's frames such that are not compressed.
pub(crate) struct Inflater {
    bytes_max: usize,
    /// Bytes that make no whole head yet.
    rest: Vec<u8>,
    stage: Stage,
    /// Of a compressed message: its kind, and what has come of it.
    message: Option<(OpCode, Vec<u8>)>,
}

enum Stage {
    Head,
    /// So many bytes of a frame that is nobody's business here.
    Passing(u64),
    /// A part of the compressed message: how much is missing, how far its mask is.
    Part {
        left: u64,
        mask: [u8; 4],
        at: usize,
        last: bool,
    },
    /// What follows is for whoever says what is wrong with it.
    Broken,
}

impl Inflater {
    /// Of messages up to that length, before and after they are inflated.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, rest: Vec::new(), stage: Stage::Head, message: None }
    }

    /// Takes bytes of the wire, and writes those that are to be read instead.
    ///
    /// # Errors
    ///
    /// The code to close with: a message is too long, or cannot be inflated.
    pub(crate) fn read(&mut self, bytes: &[u8], output: &mut Vec<u8>) -> Result<(), u16> {
        let mut input = std::mem::take(&mut self.rest);
        input.extend_from_slice(bytes);
        let mut input = &input[..];
        while !input.is_empty() {
            let taken = match &mut self.stage {
                Stage::Head => match self.head(input)? {
                    Some(taken) => taken,
                    None => break,
                },
                Stage::Passing(left) => {
                    let taken = up_to(*left, input);
                    output.extend_from_slice(&input[..taken]);
                    *left -= taken as u64;
                    if *left == 0 {
                        self.stage = Stage::Head;
                    }
                    taken
                }
                Stage::Part { left, mask, at, .. } => {
                    let taken = up_to(*left, input);
                    let keys = mask.iter().cycle().skip(*at % 4);
                    if let Some((_, message)) = &mut self.message {
                        message
                            .extend(input[..taken].iter().zip(keys).map(|(byte, key)| byte ^ key));
                    }
                    *at += taken;
                    *left -= taken as u64;
                    taken
                }
                Stage::Broken => {
                    output.extend_from_slice(input);
                    input.len()
                }
            };
            input = &input[taken..];
            if let Stage::Part { left: 0, last, .. } = self.stage {
                self.stage = Stage::Head;
                if last {
                    self.whole(output)?;
                }
            }
        }
        self.rest = input.to_vec();
        Ok(())
    }

    /// Reads the head of a frame; gives the bytes that are done with, None where it is not whole.
    fn head(&mut self, input: &[u8]) -> Result<Option<usize>, u16> {
        let mut cursor = Cursor::new(input);
        let Ok(found) = FrameHeader::parse(&mut cursor) else {
            self.stage = Stage::Broken;
            return Ok(Some(0));
        };
        let Some((head, length)) = found else { return Ok(None) };
        let begins = head.rsv1 && matches!(head.opcode, OpCode::Data(Data::Text | Data::Binary));
        let goes_on = !head.rsv1 && head.opcode == OpCode::Data(Data::Continue);
        let of_message = if self.message.is_some() { goes_on } else { begins };
        let (true, Some(mask)) = (of_message && !head.rsv2 && !head.rsv3, head.mask) else {
            self.stage = Stage::Passing(cursor.position() + length);
            return Ok(Some(0));
        };
        let (_, message) = self.message.get_or_insert_with(|| (head.opcode, Vec::new()));
        if message.len() as u64 + length > self.bytes_max as u64 {
            return Err(code::TOO_LONG);
        }
        self.stage = Stage::Part { left: length, mask, at: 0, last: head.is_final };
        Ok(usize::try_from(cursor.position()).ok())
    }

    /// Writes the message as one frame, masked with nothing as a client's has to be.
    fn whole(&mut self, output: &mut Vec<u8>) -> Result<(), u16> {
        let Some((opcode, mut message)) = self.message.take() else { return Ok(()) };
        message.extend_from_slice(&TAIL);
        let message = inflated(&message, self.bytes_max)?;
        let mask = Some([0; 4]);
        let head =
            FrameHeader { is_final: true, rsv1: false, rsv2: false, rsv3: false, opcode, mask };
        // Writing into memory does not fail.
        let _ = head.format(message.len() as u64, output);
        output.extend_from_slice(&message);
        Ok(())
    }
}

fn up_to(left: u64, input: &[u8]) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(input.len())
}
