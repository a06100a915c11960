//! Places in a text, from bytes of UTF-8 to the UTF-16 units in which JavaScript counts.

/// Answers for one text. Asked in ascending order, all questions together cost one walk through the text; an ASCII text
/// costs nothing.
pub(crate) struct Utf16<'a> {
    text: &'a str,
    ascii: bool,
    byte: usize,
    unit: usize,
}

impl<'a> Utf16<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self { text, ascii: text.is_ascii(), byte: 0, unit: 0 }
    }

    /// The unit at which the character begins that `byte` lies in; past the end, the end.
    pub(crate) fn at(&mut self, byte: usize) -> usize {
        if self.ascii {
            return byte.min(self.text.len());
        }
        if byte < self.byte {
            (self.byte, self.unit) = (0, 0);
        }
        for character in self.text.get(self.byte..).unwrap_or_default().chars() {
            if self.byte + character.len_utf8() > byte {
                break;
            }
            self.byte += character.len_utf8();
            self.unit += character.len_utf16();
        }
        self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_units_in_any_order() {
        let text = "aä€😀z";
        let mut units = Utf16::of(text);
        let asked = [0, 1, 2, 3, 6, 7, 10, 11, 99, 1, 6];
        assert_eq!(asked.map(|byte| units.at(byte)), [0, 1, 1, 2, 3, 3, 5, 6, 6, 1, 3]);
        let all = text
            .char_indices()
            .all(|(byte, _)| units.at(byte) == text[..byte].encode_utf16().count());
        assert!(all);
        assert_eq!([0, 3, 9].map(|byte| Utf16::of("abc").at(byte)), [0, 3, 3]);
    }
}
