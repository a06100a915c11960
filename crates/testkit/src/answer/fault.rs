use super::{Answer, Position};
use crate::seed::Seed;
use crate::sse::{Frame, LineEnd};

/// A fault as a value: for tables of faults, and for faults drawn by seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// [`Answer::reset_after`].
    Reset(Position),
    /// [`Answer::close_after`].
    Close(Position),
    /// [`Answer::end_after`].
    End(Position),
    /// [`Answer::reset_before_headers`].
    ResetBeforeHeaders,
    /// [`Answer::close_before_headers`].
    CloseBeforeHeaders,
    /// [`Answer::one_byte_chunks`].
    OneByteChunks,
    /// [`Answer::chunks_by_seed`].
    Chunks {
        /// The seed of the cuts.
        seed: u64,
        /// The longest chunk.
        bytes_max: usize,
    },
    /// [`Answer::cuts_inside_events`].
    CutsInsideEvents,
    /// [`Answer::malformed_event`].
    MalformedEvent(usize),
    /// [`Answer::content_type`] with `text/html`.
    WrongContentType,
    /// [`Answer::gzip`].
    Gzip,
    /// [`Answer::line_end`].
    LineEnd(LineEnd),
    /// [`Answer::byte_order_mark`].
    ByteOrderMark,
    /// [`Answer::comments`] with `keep-alive`.
    Comments,
    /// [`Answer::status`] with the body unchanged.
    Status(u16),
}

impl Fault {
    /// A fault drawn from the seed, for a body of about `body_bytes`. The same seed gives the same
    /// fault for ever.
    pub fn seeded(seed: u64, body_bytes: usize) -> Self {
        let mut seed = Seed::new(seed);
        let position = Position::Byte(seed.below(body_bytes + 1));
        match seed.below(14) {
            0 => Self::Reset(position),
            1 => Self::Close(position),
            2 => Self::End(position),
            3 => Self::ResetBeforeHeaders,
            4 => Self::CloseBeforeHeaders,
            5 => Self::OneByteChunks,
            6 => Self::Chunks { seed: seed.next(), bytes_max: 1 + seed.below(64) },
            7 => Self::CutsInsideEvents,
            8 => Self::MalformedEvent(seed.below(4)),
            9 => Self::WrongContentType,
            10 => Self::LineEnd(if seed.below(2) == 0 { LineEnd::Cr } else { LineEnd::CrLf }),
            11 => Self::ByteOrderMark,
            12 => Self::Comments,
            _ => Self::Status([500, 502, 503, 504, 529][seed.below(5)]),
        }
    }

    pub(super) fn add_to(self, answer: Answer) -> Answer {
        match self {
            Self::Reset(position) => answer.reset_after(position),
            Self::Close(position) => answer.close_after(position),
            Self::End(position) => answer.end_after(position),
            Self::ResetBeforeHeaders => answer.reset_before_headers(),
            Self::CloseBeforeHeaders => answer.close_before_headers(),
            Self::OneByteChunks => answer.one_byte_chunks(),
            Self::Chunks { seed, bytes_max } => answer.chunks_by_seed(seed, bytes_max),
            Self::CutsInsideEvents => answer.cuts_inside_events(),
            Self::MalformedEvent(index) => answer.malformed_event(index),
            Self::WrongContentType => answer.content_type("text/html"),
            Self::Gzip => answer.gzip(),
            Self::LineEnd(line_end) => answer.line_end(line_end),
            Self::ByteOrderMark => answer.byte_order_mark(),
            Self::Comments => answer.comments("keep-alive"),
            Self::Status(status) => answer.status(status),
        }
    }
}

/// How the length of the body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// A stream is chunked, anything else has a length.
    Natural,
    Chunked,
    UntilClose,
}

/// Where the body is cut into chunks (or writes, when it is not chunked).
#[derive(Debug, Clone)]
pub(super) enum Chunking {
    PerFrame,
    OneByte,
    Seeded { seed: u64, bytes_max: usize },
    At(Vec<usize>),
    InsideCharacters,
    InsideEvents,
}

impl Chunking {
    /// The offsets at which the body is cut.
    pub(super) fn offsets(&self, body: &[u8], frame_ends: &[usize]) -> Vec<usize> {
        match self {
            Self::PerFrame => frame_ends.to_vec(),
            Self::OneByte => (1..=body.len()).collect(),
            Self::At(offsets) => offsets.clone(),
            Self::InsideCharacters => super::position::inside_characters(body).collect(),
            Self::InsideEvents => super::position::middles(frame_ends).collect(),
            Self::Seeded { seed, bytes_max } => {
                let mut seed = Seed::new(*seed);
                let mut offset = 0;
                let next = || {
                    offset += 1 + seed.below(*bytes_max);
                    (offset < body.len()).then_some(offset)
                };
                std::iter::from_fn(next).collect()
            }
        }
    }
}

/// A change to the frames of a stream before they are written.
#[derive(Debug, Clone)]
pub(super) enum StreamEdit {
    Comments(String),
    Insert(usize, Frame),
    Malformed(usize),
}

impl StreamEdit {
    pub(super) fn apply(&self, frames: &mut Vec<Frame>) {
        match self {
            Self::Comments(comment) => {
                let before = |frame| [Frame::Comment(comment.clone()), frame];
                *frames = frames.drain(..).flat_map(before).collect();
            }
            Self::Insert(index, frame) => {
                let position = event_position(frames, *index).unwrap_or(frames.len());
                frames.insert(position, frame.clone());
            }
            Self::Malformed(index) => {
                let position = event_position(frames, *index);
                if let Some(Frame::Event(event)) = position.and_then(|at| frames.get_mut(at)) {
                    let half = event.data.char_indices().nth(event.data.chars().count() / 2);
                    event.data.truncate(half.map_or(0, |(offset, _)| offset));
                }
            }
        }
    }
}

fn event_position(frames: &[Frame], index: usize) -> Option<usize> {
    let events = frames.iter().enumerate().filter(|(_, frame)| matches!(frame, Frame::Event(_)));
    events.map(|(position, _)| position).nth(index)
}
