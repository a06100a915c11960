//! One quick pass over a document that is most likely right.
//!
//! Every request is checked before anything else is done with it, and most are right. serde reads at about 1 GB/s, and
//! twice where the members are wanted as well; this reads a long text as fast as it can be searched for its end. It
//! knows no error: what it does not vouch for at once (anything wrong, and a few rarities, each marked below) is left to
//! the exact reader, which also says what is wrong. So it must never accept what that one refuses; a property test and
//! a fuzz target hold them together.

use super::DEPTH_MAX;
use memchr::memchr2;
use std::ops::Range;

/// An object with more members is left to the exact reader: here each new key is compared with all before it.
const KEYS_MAX: usize = 64;

/// The members of an object at the top of a document, or `None` where this cannot say.
pub(super) fn members(body: &[u8]) -> Option<Vec<(String, Range<usize>)>> {
    let text = std::str::from_utf8(body).ok()?;
    // Compact JSON has no control byte at all, so that its texts need not be searched for one each.
    let controls = body.iter().fold(false, |found, byte| found | (*byte < 0x20));
    let mut scan = Scan { text, at: 0, controls, keys: Vec::new() };
    let mut found = Vec::new();
    scan.blank();
    scan.expect(b'{')?;
    scan.object(1, |key, value| found.push((text[key].to_owned(), value)))?;
    scan.blank();
    (scan.at == body.len()).then_some(found)
}

/// What stands between the quotes of a string.
struct Text {
    range: Range<usize>,
    /// Whether it holds a backslash.
    escaped: bool,
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// Whether there is a control byte anywhere.
    controls: bool,
    /// The keys of all objects that are open, one after the other.
    keys: Vec<Range<usize>>,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Any value, `depth` containers deep.
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.string()?;
                Some(())
            }
            b'{' => {
                self.at += 1;
                self.object(depth + 1, |_, _| {})
            }
            b'[' => {
                self.at += 1;
                self.array(depth + 1)
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// The rest of an object whose brace has been read.
    fn object(
        &mut self,
        depth: usize,
        mut member: impl FnMut(Range<usize>, Range<usize>),
    ) -> Option<()> {
        // How deep exactly is too deep, the exact reader decides.
        if depth >= DEPTH_MAX {
            return None;
        }
        let first = self.keys.len();
        self.blank();
        if self.expect(b'}').is_some() {
            return Some(());
        }
        loop {
            let Text { range: key, escaped } = self.string()?;
            // Rare: a key with an escape may be the same as one without.
            if escaped || !self.is_new(&key, first) {
                return None;
            }
            self.keys.push(key.clone());
            self.blank();
            self.expect(b':')?;
            self.blank();
            let start = self.at;
            self.value(depth)?;
            member(key, start..self.at);
            self.blank();
            if self.expect(b',').is_none() {
                break;
            }
            self.blank();
        }
        self.keys.truncate(first);
        self.expect(b'}')
    }

    /// Whether no key from the `first` on is the same as `key`, as far as that is looked for here.
    fn is_new(&self, key: &Range<usize>, first: usize) -> bool {
        let text = |key: &Range<usize>| self.text.as_bytes().get(key.clone());
        let known = self.keys.get(first..).unwrap_or_default();
        known.len() < KEYS_MAX && known.iter().all(|known| text(known) != text(key))
    }

    /// The rest of an array whose bracket has been read.
    fn array(&mut self, depth: usize) -> Option<()> {
        if depth >= DEPTH_MAX {
            return None;
        }
        self.blank();
        if self.expect(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(depth)?;
            self.blank();
            if self.expect(b',').is_none() {
                return self.expect(b']');
            }
            self.blank();
        }
    }

    fn string(&mut self) -> Option<Text> {
        self.expect(b'"')?;
        let (start, mut escaped) = (self.at, false);
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let next = memchr2(b'"', b'\\', rest)?;
            if self.controls
                && rest[..next].iter().fold(false, |found, byte| found | (*byte < 0x20))
            {
                return None;
            }
            self.at += next + 1;
            if rest[next] == b'"' {
                return Some(Text { range: start..self.at - 1, escaped });
            }
            escaped = true;
            self.escape()?;
        }
    }

    /// The rest of an escape whose backslash has been read.
    fn escape(&mut self) -> Option<()> {
        let kind = self.peek()?;
        self.at += 1;
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => match self.unit()? {
                0xD800..=0xDBFF => {
                    self.expect(b'\\')?;
                    self.expect(b'u')?;
                    (0xDC00..=0xDFFF).contains(&self.unit()?).then_some(())
                }
                0xDC00..=0xDFFF => None,
                _ => Some(()),
            },
            _ => None,
        }
    }

    /// Four hex digits.
    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        // `from_str_radix` takes a sign.
        let unit = u16::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        self.at += 4;
        Some(unit)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    /// A number without an exponent: whether one with it is in range, the exact reader decides.
    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let _ = self.expect(b'-');
        if self.expect(b'0').is_none() {
            self.digits()?;
        }
        if self.expect(b'.').is_some() {
            self.digits()?;
        }
        let exponent = matches!(self.peek(), Some(b'e' | b'E'));
        // Numbers of hundreds of digits are out of range as well.
        (!exponent && self.at - start <= 64).then_some(())
    }

    /// At least one digit.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}
