//! Bytes in any cuts made into bytes cut between characters.

/// Holds back the beginning of a UTF-8 character until the rest of it has come.
///
/// What is no UTF-8 goes through as it is, at once: only what can still become a character is held, at most three
/// bytes.
#[derive(Debug, Default)]
pub(crate) struct Characters {
    held: Vec<u8>,
}

impl Characters {
    /// Gives what was held and `bytes` to `take`, up to the last whole character; in one piece, or in two where the
    /// first is one character.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut take: impl FnMut(&[u8])) {
        if !self.held.is_empty() {
            let wanted = missing(&self.held).min(bytes.len());
            let (first, rest) = bytes.split_at(wanted);
            self.held.extend_from_slice(first);
            bytes = rest;
            let whole = whole(&self.held);
            if whole > 0 {
                take(self.held.get(..whole).unwrap_or_default());
                self.held.drain(..whole);
            }
            if bytes.is_empty() {
                return;
            }
            // The held bytes did not become a character after all: what is left of them starts anew.
            if !self.held.is_empty() {
                let mut joined = std::mem::take(&mut self.held);
                joined.extend_from_slice(bytes);
                return self.push(&joined, take);
            }
        }
        let (now, later) = bytes.split_at(whole(bytes));
        if !now.is_empty() {
            take(now);
        }
        self.held.extend_from_slice(later);
    }

    /// What is still held, at the end.
    pub(crate) fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }
}

/// How many bytes of `bytes` end with a whole character, or with something that can never become one.
pub(crate) fn whole(bytes: &[u8]) -> usize {
    let start = bytes.len().saturating_sub(3);
    let tail = bytes.get(start..).unwrap_or_default();
    for (index, byte) in tail.iter().enumerate().rev() {
        if byte & 0xC0 == 0x80 {
            continue;
        }
        let rest = tail.get(index..).unwrap_or_default();
        let unfinished = match std::str::from_utf8(rest) {
            Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
            Ok(_) => false,
        };
        return if unfinished { start + index } else { bytes.len() };
    }
    bytes.len()
}

/// How many bytes the character beginning with `held` still needs; at least one.
fn missing(held: &[u8]) -> usize {
    let length = match held.first() {
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        _ => 4,
    };
    usize::max(length - held.len().min(length), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut characters = Characters::default();
        let mut pieces = Vec::new();
        for chunk in chunks {
            characters.push(chunk, |piece| pieces.push(piece.to_vec()));
        }
        let rest = characters.finish();
        if !rest.is_empty() {
            pieces.push(rest);
        }
        pieces
    }

    #[test]
    fn a_character_of_each_length_is_held_until_it_is_whole() {
        for character in ["a", "é", "€", "🦀"] {
            for at in 1..character.len() {
                let (first, second) = character.as_bytes().split_at(at);
                assert_eq!(pieces(&[first, second]), [character.as_bytes()], "{character} at {at}");
            }
        }
    }

    #[test]
    fn what_is_no_text_goes_through_at_once() {
        assert_eq!(pieces(&[b"\xFF", b"\x80\x80"]), [b"\xFF".to_vec(), b"\x80\x80".to_vec()]);
        assert_eq!(pieces(&[b"\xE2\x82", b"x"]), [b"\xE2\x82x".to_vec()]);
        assert_eq!(pieces(&[b"\xE2", b"\xC3", b"\xA9"]), [b"\xE2".to_vec(), "é".into()]);
    }

    proptest! {
        #![proptest_config(crate::property_config())]

        #[test]
        fn nothing_is_lost_and_text_is_never_cut(text: String, noise: Vec<u8>, cuts in proptest::collection::vec(0usize..64, 0..8)) {
            for bytes in [text.as_bytes(), &[text.as_bytes(), &noise].concat()] {
                let mut rest = bytes;
                let mut chunks = Vec::new();
                for cut in &cuts {
                    let (chunk, after) = rest.split_at((*cut).min(rest.len()));
                    chunks.push(chunk);
                    rest = after;
                }
                chunks.push(rest);
                let pieces = pieces(&chunks);
                prop_assert_eq!(pieces.concat(), bytes);
                if bytes == text.as_bytes() {
                    prop_assert!(pieces.iter().all(|piece| std::str::from_utf8(piece).is_ok()));
                }
            }
        }
    }
}
