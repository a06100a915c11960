//! The encodings a file may have.

use schemars::JsonSchema;
use serde::Serialize;

use super::Lines;

/// An encoding: UTF-8, UTF-16, or one of the older ones of the WHATWG standard. All are stateless, so replacing a part
/// of the text replaces just those bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8; ASCII counts as this.
    Utf8,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// One from before Unicode; ASCII is a part of it.
    Legacy(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// In lower case, as the WHATWG standard calls it: `utf-8`, `windows-1252`, `shift_jis`.
    pub fn name(self) -> String {
        self.standard().name().to_ascii_lowercase()
    }

    /// By any label of the standard (`latin1`, `cp1252`, `sjis`); `None` for those we do not write.
    pub fn for_name(label: &str) -> Option<Self> {
        Self::of(encoding_rs::Encoding::for_label(label.as_bytes())?)
    }

    pub(super) fn of(standard: &'static encoding_rs::Encoding) -> Option<Self> {
        if standard == encoding_rs::UTF_8 {
            Some(Self::Utf8)
        } else if standard == encoding_rs::UTF_16LE {
            Some(Self::Utf16Le)
        } else if standard == encoding_rs::UTF_16BE {
            Some(Self::Utf16Be)
        } else if standard.is_ascii_compatible() && standard != encoding_rs::X_USER_DEFINED {
            Some(Self::Legacy(standard))
        } else {
            // ISO-2022-JP has states, and `replacement` is no encoding.
            None
        }
    }

    /// The byte-order mark, where the encoding has one.
    pub fn byte_order_mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 => b"\xEF\xBB\xBF",
            Self::Utf16Le => b"\xFF\xFE",
            Self::Utf16Be => b"\xFE\xFF",
            Self::Legacy(_) => b"",
        }
    }

    /// The text of `bytes`, which have no byte-order mark, and whether every byte had a meaning. Those that had none
    /// become U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> (String, bool) {
        let (text, malformed) = self.standard().decode_without_bom_handling(bytes);
        (text.into_owned(), !malformed)
    }

    /// The bytes of `text`, without a byte-order mark.
    ///
    /// # Errors
    ///
    /// [`Unencodable`] for the first character that the encoding lacks.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, Unencodable> {
        match self {
            Self::Utf8 => Ok(text.as_bytes().to_vec()),
            Self::Utf16Le => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Utf16Be => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Legacy(standard) => encode_legacy(standard, text),
        }
    }

    fn standard(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Legacy(standard) => standard,
        }
    }
}

fn encode_legacy(
    standard: &'static encoding_rs::Encoding,
    text: &str,
) -> Result<Vec<u8>, Unencodable> {
    use encoding_rs::EncoderResult;
    /// What the encoder is given to write into at a time.
    const CHUNK_BYTES: usize = 16 * 1024;
    let mut encoder = standard.new_encoder();
    let mut bytes = Vec::with_capacity(text.len() + CHUNK_BYTES);
    let mut read = 0;
    loop {
        let rest = text.get(read..).unwrap_or_default();
        bytes.reserve(CHUNK_BYTES);
        let (result, taken) =
            encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
        read += taken;
        match result {
            EncoderResult::InputEmpty => return Ok(bytes),
            EncoderResult::OutputFull => {}
            EncoderResult::Unmappable(character) => {
                let at = read.saturating_sub(character.len_utf8());
                return Err(Unencodable::at(text, at, character, Encoding::Legacy(standard)));
            }
        }
    }
}

/// A character that the encoding of the file lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}, column {column}: `{character}` (U+{:04X}) does not exist in {encoding}",
    u32::from(*.character)
)]
pub struct Unencodable {
    /// The first such character.
    pub character: char,
    /// Its line in the new text, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// The encoding's name.
    pub encoding: String,
}

impl Unencodable {
    fn at(text: &str, byte: usize, character: char, encoding: Encoding) -> Self {
        let lines = Lines::of(text);
        let line = lines.line_at(byte);
        let start = lines.start(line).unwrap_or(0);
        let column = text.get(start..byte).unwrap_or_default().chars().count() + 1;
        Self { character, line, column, encoding: encoding.name() }
    }
}

impl Serialize for Encoding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

impl<'de> serde::Deserialize<'de> for Encoding {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let label = String::deserialize(deserializer)?;
        Self::for_name(&label).ok_or_else(|| {
            serde::de::Error::custom(format!("`{label}` is no encoding that can be written"))
        })
    }
}

impl JsonSchema for Encoding {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Encoding".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The encoding of a text, by its name in the Encoding Standard (https://encoding.spec.whatwg.org), \
                            in lower case.",
            "type": "string",
            "examples": ["utf-8", "utf-16le", "windows-1252", "gbk", "shift_jis"],
        })
    }
}
