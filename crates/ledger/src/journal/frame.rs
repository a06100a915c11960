//! How entries lie in a journal: frames, each with its length and its checksum.
//!
//! `length: u32` `checksum: u32` `payload`, numbers with the lowest byte first; the checksum is CRC-32 over length and
//! payload. Nothing else is needed to find the frames again behind a damaged one: a place where length and checksum fit
//! together is a frame, and four thousand million to one it is no accident.

use std::ops::Range;

/// Bytes before a payload.
pub(crate) const HEAD_BYTES: usize = 8;

/// The longest payload, in bytes: a record and two bodies of the gateway's own limit.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 64 << 20;

/// The frame of a payload.
pub(crate) fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut frame = Vec::with_capacity(HEAD_BYTES + payload.len());
    frame.extend_from_slice(&length);
    frame.extend_from_slice(&checksum(length, payload).to_le_bytes());
    frame.extend_from_slice(payload);
    frame
}

fn checksum(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}

/// What stands at the front of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Front {
    /// A whole frame: where its payload is.
    Whole(Range<usize>),
    /// What may be the beginning of a frame; more bytes are needed to say so.
    Cut,
    /// No frame.
    Damaged,
}

/// Looks at the front of `bytes`.
pub(crate) fn front(bytes: &[u8]) -> Front {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Front::Cut };
    let payload_bytes = u32::from_le_bytes(*length) as usize;
    if payload_bytes == 0 || payload_bytes > PAYLOAD_BYTES_MAX {
        return Front::Damaged;
    }
    let Some((wanted, rest)) = rest.split_first_chunk::<4>() else { return Front::Cut };
    let Some(payload) = rest.get(..payload_bytes) else { return Front::Cut };
    if checksum(*length, payload) != u32::from_le_bytes(*wanted) {
        return Front::Damaged;
    }
    Front::Whole(HEAD_BYTES..HEAD_BYTES + payload_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The payloads of some bytes, and how many bytes belong to none.
    fn payloads(bytes: &[u8]) -> (Vec<Range<usize>>, usize) {
        let (mut found, mut lost, mut at) = (Vec::new(), 0, 0);
        while at < bytes.len() {
            match front(&bytes[at..]) {
                Front::Whole(payload) => {
                    found.push(at + payload.start..at + payload.end);
                    at += payload.end;
                }
                Front::Cut | Front::Damaged => {
                    lost += 1;
                    at += 1;
                }
            }
        }
        (found, lost)
    }

    fn journal() -> Vec<u8> {
        ["first", "the second", "3"].iter().flat_map(|text| frame(text.as_bytes())).collect()
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        let (found, _) = payloads(bytes);
        found.into_iter().map(|range| String::from_utf8_lossy(&bytes[range]).into_owned()).collect()
    }

    #[test]
    fn cut_at_every_byte_the_whole_frames_are_found() {
        let whole = journal();
        let ends = [13, 31, 40];
        assert_eq!(whole.len(), 40);
        for cut in 0..=whole.len() {
            let expected = ends.iter().filter(|end| **end <= cut).count();
            let (found, lost) = payloads(&whole[..cut]);
            let kept: usize = found.iter().map(|payload| payload.len() + HEAD_BYTES).sum();
            assert_eq!((found.len(), kept + lost), (expected, cut), "cut at {cut}");
        }
    }

    #[test]
    fn one_damaged_byte_costs_one_frame() {
        let whole = journal();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            let left = texts(&damaged);
            let hurt = if at < 13 {
                0
            } else if at < 31 {
                1
            } else {
                2
            };
            let mut expected = vec!["first", "the second", "3"];
            expected.remove(hurt);
            assert_eq!(left, expected, "byte {at}");
        }
    }

    #[test]
    fn zeros_and_noise_hold_no_frames() {
        assert_eq!(payloads(&[0; 1000]), (vec![], 1000));
        let noise: Vec<u8> =
            (0..10_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_eq!(payloads(&noise).0.len(), 0);
    }
}
