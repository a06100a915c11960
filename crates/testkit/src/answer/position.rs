/// A place in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// After so many bytes, or at the end if there are fewer.
    Byte(usize),
    /// After so many whole frames (events and comments) of a stream.
    Event(usize),
    /// In the middle of the `n`-th frame, from 0.
    InsideEvent(usize),
    /// After the first byte of the `n`-th character, from 0, that has more than one byte.
    InsideCharacter(usize),
}

impl From<usize> for Position {
    fn from(bytes: usize) -> Self {
        Self::Byte(bytes)
    }
}

/// A body does not have what a position names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PositionError {
    #[error("the body has {frames} frames, there is no {position:?}")]
    Frame { position: Position, frames: usize },
    #[error("the body has {characters} characters of more than one byte, there is no {position:?}")]
    Character { position: Position, characters: usize },
}

impl Position {
    /// The offset in a body whose frames end at `frame_ends`.
    pub(crate) fn offset(self, body: &[u8], frame_ends: &[usize]) -> Result<usize, PositionError> {
        let no_frame = PositionError::Frame { position: self, frames: frame_ends.len() };
        match self {
            Self::Byte(offset) => Ok(offset.min(body.len())),
            Self::Event(0) => Ok(0),
            Self::Event(count) => frame_ends.get(count - 1).copied().ok_or(no_frame),
            Self::InsideEvent(index) => middles(frame_ends).nth(index).ok_or(no_frame),
            Self::InsideCharacter(index) => {
                inside_characters(body).nth(index).ok_or(PositionError::Character {
                    position: self,
                    characters: inside_characters(body).count(),
                })
            }
        }
    }
}

/// The middle of every frame.
pub(crate) fn middles(frame_ends: &[usize]) -> impl Iterator<Item = usize> {
    let starts = [0].into_iter().chain(frame_ends.iter().copied());
    starts.zip(frame_ends.iter().copied()).map(|(start, end)| usize::midpoint(start, end))
}

/// The offset after the first byte of every character that has more than one.
pub(crate) fn inside_characters(body: &[u8]) -> impl Iterator<Item = usize> {
    // 0b11…… begins a sequence of two to four bytes.
    body.iter().enumerate().filter(|(_, byte)| **byte >= 0xC0).map(|(offset, _)| offset + 1)
}
