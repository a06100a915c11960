//! A text made of another by shortening some pieces, and the way back.

/// The shortened text.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    pub(super) text: String,
    /// Behind every shortened piece: the byte in `text`, and the byte in the original; ascending.
    jumps: Vec<(usize, usize)>,
}

impl Mapped {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), jumps: Vec::new() }
    }

    /// Says that what was pushed last ends at `original` there.
    pub(super) fn jump(&mut self, original: usize) {
        self.jumps.push((self.text.len(), original));
    }

    /// The byte of the original for a byte of `text`; behind a shortened piece, not within it.
    pub(super) fn original(&self, byte: usize) -> usize {
        let index = self.jumps.partition_point(|(shortened, _)| *shortened <= byte);
        match index.checked_sub(1).and_then(|index| self.jumps.get(index)) {
            Some((shortened, original)) => original + (byte - shortened),
            None => byte,
        }
    }
}
