//! A vocabulary as read-only tables in the program's data, made by `build.rs`. Nothing is built at
//! run time: the first count costs the page faults of what it touches.
//!
//! | Table | Entry | What |
//! |---|---|---|
//! | `bytes` | u8 | all tokens, one after the other, in the order of their ranks; 7 spare bytes |
//! | `offsets` | u32 | where each token starts in `bytes`, and one more where the last ends |
//! | `pilots`, `slots` | u16, u32 | a perfect hash: bucket → pilot → slot = 14 bits of fingerprint, 18 of token |
//! | `mask_index`, `masks` | u16, u128 | first three bytes, hashed → which lengths tokens that begin so have |
//! | `splits` | 2 × u32 | the two tokens that are merged last to make each token |
//!
//! For o200k_base that is 5.1 MB: 26 bytes for each of 199,998 tokens.

use super::hash::{bucket, fingerprint, hash, opening, slot, word};

const ID_BITS: u32 = 18;
const ID_MASK: u32 = (1 << ID_BITS) - 1;
/// No token of any of the vocabularies is longer.
pub(crate) const TOKEN_BYTES_MAX: usize = 128;

/// The tables of one vocabulary. All numbers are little-endian.
pub(crate) struct Vocabulary {
    bytes: &'static [u8],
    offsets: &'static [[u8; 4]],
    pilots: &'static [[u8; 2]],
    slots: &'static [[u8; 4]],
    mask_index: &'static [[u8; 2]],
    masks: &'static [[u8; 16]],
    splits: &'static [[u8; 8]],
    /// Tokens of this rank and above are not part of the encoding.
    ranks: u32,
}

macro_rules! table {
    ($name:literal, $table:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, $table)).as_slice()
    };
}

macro_rules! vocabulary {
    ($name:literal, $ranks:literal) => {
        Vocabulary {
            bytes: table!($name, ".bytes"),
            offsets: table!($name, ".offsets").as_chunks().0,
            pilots: table!($name, ".pilots").as_chunks().0,
            slots: table!($name, ".slots").as_chunks().0,
            mask_index: table!($name, ".mask_index").as_chunks().0,
            masks: table!($name, ".masks").as_chunks().0,
            splits: table!($name, ".splits").as_chunks().0,
            ranks: $ranks,
        }
    };
}

pub(crate) static O200K_BASE: Vocabulary = vocabulary!("o200k_base", 199_998);
pub(crate) static CL100K_BASE: Vocabulary = vocabulary!("cl100k_base", 100_256);
pub(crate) static P50K_BASE: Vocabulary = P50K;
/// The first 50,256 tokens of p50k_base, which adds only runs of spaces; the same tables in memory.
pub(crate) static R50K_BASE: Vocabulary = Vocabulary { ranks: 50_256, ..P50K };
const P50K: Vocabulary = vocabulary!("p50k_base", 50_281);

impl Vocabulary {
    /// The token that is exactly `text[start..start + length]`, if there is one.
    #[inline]
    pub(crate) fn find(&self, text: &[u8], start: usize, length: usize) -> Option<u32> {
        let hash = hash(text, start, length);
        let pilot = u16::from_le_bytes(*self.pilots.get(bucket(hash, self.pilots.len()))?);
        let entry = u32::from_le_bytes(*self.slots.get(slot(hash, pilot, self.slots.len()))?);
        let id = entry & ID_MASK;
        if entry >> ID_BITS != fingerprint(hash) || id >= self.ranks {
            return None;
        }
        let (from, to) = self.range(id)?;
        if to - from != length {
            return None;
        }
        let same = if length <= 8 {
            word(self.bytes, from, length) == word(text, start, length)
        } else {
            self.bytes.get(from..to)? == text.get(start..start + length)?
        };
        same.then_some(id)
    }

    /// Which lengths a token that begins at `start` may have: bit `n - 1` for `n` bytes. A table by the
    /// first three bytes, so it says no to nine in ten of the lengths that are asked for.
    #[inline]
    fn lengths(&self, text: &[u8], start: usize) -> u128 {
        let slot = opening(text, start);
        let Some(index) = self.mask_index.get(slot) else { return 0 };
        let index = usize::from(u16::from_le_bytes(*index));
        self.masks.get(index).map_or(0, |mask| u128::from_le_bytes(*mask))
    }

    /// [`find`](Self::find) where most often there is none: a cheaper look comes first.
    #[inline]
    pub(crate) fn find_rare(&self, text: &[u8], start: usize, length: usize) -> Option<u32> {
        if self.lengths(text, start) >> (length - 1) & 1 == 0 {
            return None;
        }
        self.find(text, start, length)
    }

    /// The longest token that begins at `start` and is at most `length_max` bytes long, with its length.
    /// Every single byte is a token, so there is one, unless `length_max` is 0 or the text ends.
    #[inline]
    pub(crate) fn longest(
        &self,
        text: &[u8],
        start: usize,
        length_max: usize,
    ) -> Option<(u32, usize)> {
        let length_max = length_max.min(TOKEN_BYTES_MAX);
        if length_max == 0 {
            return None;
        }
        let mut lengths = self.lengths(text, start) & (u128::MAX >> (TOKEN_BYTES_MAX - length_max));
        while lengths > 0 {
            let length = TOKEN_BYTES_MAX - lengths.leading_zeros() as usize;
            if let Some(id) = self.find(text, start, length) {
                return Some((id, length));
            }
            lengths ^= 1 << (length - 1);
        }
        None
    }

    /// The two halves of a token; a single byte is its own halves.
    #[inline]
    pub(crate) fn halves(&self, id: u32) -> (u32, u32) {
        let [a, b, c, d, e, f, g, h] = self.splits[id as usize];
        (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]))
    }

    /// The bytes of a token; `None` for a number that is no token.
    pub(crate) fn token(&self, id: u32) -> Option<&'static [u8]> {
        if id >= self.ranks {
            return None;
        }
        let (from, to) = self.range(id)?;
        self.bytes.get(from..to).filter(|bytes| !bytes.is_empty())
    }

    #[inline]
    pub(crate) fn length(&self, id: u32) -> usize {
        self.range(id).map_or(0, |(from, to)| to - from)
    }

    #[inline]
    fn range(&self, id: u32) -> Option<(usize, usize)> {
        let from = u32::from_le_bytes(*self.offsets.get(id as usize)?);
        let to = u32::from_le_bytes(*self.offsets.get(id as usize + 1)?);
        Some((from as usize, to as usize))
    }

    #[cfg(test)]
    pub(crate) fn ranks(&self) -> u32 {
        self.ranks
    }

    /// How many bytes of tables this vocabulary adds to the program.
    pub(crate) fn table_bytes(&self) -> usize {
        size_of_val(self.bytes)
            + size_of_val(self.offsets)
            + size_of_val(self.pilots)
            + size_of_val(self.slots)
            + size_of_val(self.mask_index)
            + size_of_val(self.masks)
            + size_of_val(self.splits)
    }
}
