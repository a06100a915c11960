//! From bytes to text and back to the very same bytes.

use super::{Encoding, LineEndings, Sample, Unencodable, media_type};

/// The text of a file, with what is needed to write it back as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Without the byte-order mark.
    pub content: String,
    /// How it is written in the file.
    pub encoding: Encoding,
    /// Whether the file begins with a byte-order mark.
    pub bom: bool,
    /// Whether encoding the content again gives the bytes of the file, each of them. Where not, some became U+FFFD and
    /// the file must not be written from this.
    pub exact: bool,
}

/// Bytes that are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no text{}", .mime.map(|mime| format!(", but {mime}")).unwrap_or_default())]
pub struct NotText {
    /// What they are, where their first bytes tell.
    pub mime: Option<&'static str>,
}

impl Text {
    /// Finds out how `bytes`, the whole of a file, are written, and decodes them.
    ///
    /// # Errors
    ///
    /// [`NotText`] when they hold NULs or control characters as no text does.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, NotText> {
        let judged = Sample::of(&bytes, true);
        Self::decode_judged(bytes, judged)
    }

    /// The same of bytes that were judged as a whole already.
    pub(crate) fn decode_judged(bytes: Vec<u8>, judged: Sample) -> Result<Self, NotText> {
        let Sample::Text { encoding, bom } = judged else {
            return Err(NotText { mime: media_type(&bytes) });
        };
        if encoding != Encoding::Utf8 {
            return Ok(Self::decode_as(&bytes, encoding, bom));
        }
        // The common case: nothing is copied.
        match String::from_utf8(bytes) {
            Ok(mut content) => {
                if bom {
                    content.drain(..encoding.byte_order_mark().len());
                }
                Ok(Self { content, encoding, bom, exact: true })
            }
            Err(error) => Ok(Self::decode_as(error.as_bytes(), encoding, bom)),
        }
    }

    fn decode_as(bytes: &[u8], encoding: Encoding, bom: bool) -> Self {
        let mark = if bom { encoding.byte_order_mark().len() } else { 0 };
        let body = bytes.get(mark..).unwrap_or_default();
        let (content, whole) = encoding.decode(body);
        let exact = |encoding: Encoding, content: &str| {
            encoding.encode(content).is_ok_and(|again| again == body)
        };
        if whole && exact(encoding, &content) {
            return Self { content, encoding, bom, exact: true };
        }
        // GBK is written as its extension, GB 18030, as soon as a rarer character is needed.
        let wider = Encoding::Legacy(encoding_rs::GB18030);
        if whole && encoding == Encoding::Legacy(encoding_rs::GBK) && exact(wider, &content) {
            return Self { content, encoding: wider, bom, exact: true };
        }
        Self { content, encoding, bom, exact: false }
    }

    /// The bytes of a file that holds `new` in place of the content: same encoding, same byte-order mark.
    ///
    /// # Errors
    ///
    /// [`Unencodable`] for the first character that the encoding lacks.
    pub fn encode(&self, new: &str) -> Result<Vec<u8>, Unencodable> {
        let body = self.encoding.encode(new)?;
        if !self.bom {
            return Ok(body);
        }
        Ok([self.encoding.byte_order_mark(), &body].concat())
    }

    /// Whether `bytes` are those it was decoded from; `None`: only their hash can tell. Comparing is ten times as fast as
    /// hashing, and most texts are their bytes.
    pub(crate) fn is_written_as(&self, bytes: &[u8]) -> Option<bool> {
        if !self.exact || self.encoding != Encoding::Utf8 {
            return None;
        }
        let mark = if self.bom { self.encoding.byte_order_mark() } else { b"" };
        Some(bytes.strip_prefix(mark) == Some(self.content.as_bytes()))
    }

    /// How its lines end.
    pub fn endings(&self) -> LineEndings {
        LineEndings::of(&self.content)
    }
}
