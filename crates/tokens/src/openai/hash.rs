//! The hash of a stretch of text, shared by the build script (which places the tokens) and the
//! lookup (which finds them). It must give the same value on every platform and in both places.
//!
//! Eight bytes at a time, multiplied to 128 bits and folded: two instructions for the seven in eight
//! tokens that are no longer than eight bytes. It need not resist attackers: a match is always
//! confirmed byte by byte, and the tables hold only the fixed vocabulary.

const WORD_KEY: u64 = 0x9e37_79b9_7f4a_7c15;
const LENGTH_KEY: u64 = 0xa076_1d64_78bd_642f;
const SLOT_KEY: u64 = 0xd6e8_feb8_6659_fd93;
const PILOT_KEY: u64 = 0x2545_f491_4f6c_dd1d;

/// Hash of `text[start..start + length]`; `length` is at least 1 and the range lies within `text`.
#[inline]
pub(crate) fn hash(text: &[u8], start: usize, length: usize) -> u64 {
    let mut state = LENGTH_KEY ^ length as u64;
    let mut position = start;
    let mut left = length;
    while left > 8 {
        state = fold(word(text, position, 8) ^ WORD_KEY, state);
        position += 8;
        left -= 8;
    }
    fold(word(text, position, left) ^ WORD_KEY, state)
}

/// Up to eight bytes of the text as a little-endian number; bytes past `length` read as zero.
#[inline]
pub(crate) fn word(text: &[u8], start: usize, length: usize) -> u64 {
    let eight = text.get(start..).and_then(<[u8]>::first_chunk::<8>);
    match eight {
        Some(bytes) => u64::from_le_bytes(*bytes) & (u64::MAX >> (64 - 8 * length as u32)),
        None => tail_word(text, start, length),
    }
}

/// The same within the last seven bytes of the text, where eight cannot be read at once.
#[cold]
fn tail_word(text: &[u8], start: usize, length: usize) -> u64 {
    let bytes = text.get(start..).unwrap_or_default();
    bytes.iter().take(length).rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// The bucket of a hash; `buckets` is a power of two.
#[inline]
pub(crate) fn bucket(hash: u64, buckets: usize) -> usize {
    (hash >> 32) as usize & (buckets - 1)
}

/// The slot of a hash under its bucket's pilot; `slots` is a power of two.
#[inline]
pub(crate) fn slot(hash: u64, pilot: u16, slots: usize) -> usize {
    let mixed = (hash ^ u64::from(pilot).wrapping_mul(PILOT_KEY)).wrapping_mul(SLOT_KEY);
    (mixed >> 40) as usize & (slots - 1)
}

/// The 14 bits of a hash that a slot keeps beside the token, to turn away strangers cheaply.
#[inline]
pub(crate) fn fingerprint(hash: u64) -> u32 {
    (hash as u32) & 0x3fff
}

/// How many different openings the length masks tell apart.
pub(crate) const OPENINGS: usize = 1 << 16;

/// The place of the length mask for what begins with the three bytes at `start`; past the end of the text
/// they count as zero.
#[inline]
pub(crate) fn opening(text: &[u8], start: usize) -> usize {
    (word(text, start, 3).wrapping_mul(WORD_KEY) >> 40) as usize & (OPENINGS - 1)
}

#[inline]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    (product >> 64) as u64 ^ product as u64
}
