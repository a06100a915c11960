//! Which characters a text has, in 64 bits: what lacks a character of the query is passed over without being read.

/// A set of characters, upper and lower case being one. Rare characters share bits, so it may say yes too often, never
/// no too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Letters(u64);

const DIGITS: u8 = 26;
const SLASH: u8 = 36;
const UNDERSCORE: u8 = 37;
const HYPHEN: u8 = 38;
const DOT: u8 = 39;
const NOT_ASCII: u8 = 40;
const OTHERS: u8 = 41;

/// The bit of each byte; a table, because a path is read byte by byte.
static BITS: [u8; 256] = bits();

const fn bits() -> [u8; 256] {
    let mut bits = [NOT_ASCII; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        bits[byte as usize] = match byte {
            b'a'..=b'z' => byte - b'a',
            b'A'..=b'Z' => byte - b'A',
            b'0'..=b'9' => byte - b'0' + DIGITS,
            b'/' => SLASH,
            b'_' => UNDERSCORE,
            b'-' => HYPHEN,
            b'.' => DOT,
            _ => OTHERS + byte % (64 - OTHERS),
        };
        byte += 1;
    }
    bits
}

impl Letters {
    pub(super) fn of(text: &str) -> Self {
        // A letter outside of ASCII may differ from its other case in length, and one in ASCII may have its other case
        // outside of it (the Kelvin sign): both are left to the matcher, which knows neither.
        Self(text.bytes().fold(0, |set, byte| set | 1 << BITS[usize::from(byte)]))
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// How many of `wanted` it lacks.
    pub(super) fn lacks(self, wanted: Self) -> u32 {
        (wanted.0 & !self.0).count_ones()
    }
}

/// The first four bytes of a name, letters of ASCII in lower case: whether a name begins as a query does is asked of a
/// million names in less than a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Head(u32);

/// What a [`Head`] is to begin with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning {
    wanted: u32,
    mask: u32,
}

impl Head {
    pub(super) fn of(name: &str) -> Self {
        let mut bytes = [0; size_of::<u32>()];
        for (byte, of_name) in bytes.iter_mut().zip(name.bytes()) {
            *byte = of_name.to_ascii_lowercase();
        }
        Self(u32::from_be_bytes(bytes))
    }

    pub(super) fn begins(self, with: Beginning) -> bool {
        self.0 & with.mask == with.wanted
    }
}

impl Beginning {
    /// Of `text`, as far as a head reaches.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.len().min(size_of::<u32>());
        let mask = match size_of::<u32>() - bytes {
            4 => 0,
            missing => u32::MAX << (missing * 8),
        };
        Self { wanted: Head::of(text).0, mask }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_begins_as_its_name_does_in_any_case() {
        let begins = |name: &str, text: &str| Head::of(name).begins(Beginning::of(text));
        for text in ["i", "In", "ind", "inde", "index", ""] {
            assert!(begins("Index.ts", text), "{text}");
        }
        for text in ["n", "ix", "index.ts.map", "é"] {
            assert!(text.len() > 4 || !begins("index", text), "{text}");
        }
        assert!(begins("é", "é") && !begins("a", "ab") && begins("ab", "a"));
    }
}
