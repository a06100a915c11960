//! The five encodings and what can be done with them.

use super::merge::Merger;
use super::pattern::Pattern;
use super::vocabulary::{
    CL100K_BASE, O200K_BASE, P50K_BASE, R50K_BASE, TOKEN_BYTES_MAX, Vocabulary,
};

/// One of OpenAI's byte-pair encodings.
///
/// Text is encoded as *ordinary* text: what looks like a special token (`<|endoftext|>`) is counted
/// as the characters it is written with, as the API does with what users send.
///
/// All methods are pure, need no warm-up and may be called from any number of threads; time is
/// linear in the length of the text whatever it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// GPT-4o, GPT-4.1, GPT-5, the o series and gpt-oss (whose harmony variant adds only special tokens).
    O200kBase,
    /// GPT-4, GPT-3.5 and the embedding models.
    Cl100kBase,
    /// The code models and the last completion models of GPT-3.
    P50kBase,
    /// The edit models of GPT-3: p50k with other special tokens, so the same for ordinary text.
    P50kEdit,
    /// GPT-2 and GPT-3.
    R50kBase,
}

/// A number that is no ordinary token of the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{encoding} has no token {token}")]
pub struct DecodeError {
    /// The encoding's name.
    pub encoding: &'static str,
    /// The offending number.
    pub token: u32,
}

/// Exact names first, then prefixes; from `tiktoken/model.py` of tiktoken 0.14.0.
const MODELS: &[(&str, Encoding)] = &[
    ("gpt-4", Encoding::Cl100kBase),
    ("gpt-3.5", Encoding::Cl100kBase),
    ("davinci-002", Encoding::Cl100kBase),
    ("babbage-002", Encoding::Cl100kBase),
    ("text-davinci-003", Encoding::P50kBase),
    ("text-davinci-002", Encoding::P50kBase),
    ("davinci-codex", Encoding::P50kBase),
    ("cushman-codex", Encoding::P50kBase),
    ("text-davinci-edit-001", Encoding::P50kEdit),
    ("code-davinci-edit-001", Encoding::P50kEdit),
    ("davinci", Encoding::R50kBase),
    ("curie", Encoding::R50kBase),
    ("babbage", Encoding::R50kBase),
    ("ada", Encoding::R50kBase),
    ("gpt2", Encoding::R50kBase),
    ("gpt-2", Encoding::R50kBase),
];

const MODEL_PREFIXES: &[(&str, Encoding)] = &[
    ("o1", Encoding::O200kBase),
    ("o3", Encoding::O200kBase),
    ("o4-", Encoding::O200kBase),
    ("gpt-5", Encoding::O200kBase),
    ("gpt-4.1", Encoding::O200kBase),
    ("gpt-4.5", Encoding::O200kBase),
    ("gpt-4o", Encoding::O200kBase),
    ("gpt-oss", Encoding::O200kBase),
    ("chatgpt-4o", Encoding::O200kBase),
    ("codex-mini", Encoding::O200kBase),
    ("gpt-4-", Encoding::Cl100kBase),
    ("gpt-3.5-turbo", Encoding::Cl100kBase),
    ("gpt-35-turbo", Encoding::Cl100kBase),
    ("text-embedding-", Encoding::Cl100kBase),
    ("code-davinci-", Encoding::P50kBase),
    ("code-cushman-", Encoding::P50kBase),
    ("text-davinci-", Encoding::R50kBase),
    ("text-curie-", Encoding::R50kBase),
    ("text-babbage-", Encoding::R50kBase),
    ("text-ada-", Encoding::R50kBase),
    ("text-similarity-", Encoding::R50kBase),
    ("text-search-", Encoding::R50kBase),
    ("code-search-", Encoding::R50kBase),
];

impl Encoding {
    /// Every encoding, newest first.
    pub const ALL: [Self; 5] =
        [Self::O200kBase, Self::Cl100kBase, Self::P50kBase, Self::P50kEdit, Self::R50kBase];

    /// The official name, such as `o200k_base`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::O200kBase => "o200k_base",
            Self::Cl100kBase => "cl100k_base",
            Self::P50kBase => "p50k_base",
            Self::P50kEdit => "p50k_edit",
            Self::R50kBase => "r50k_base",
        }
    }

    /// The encoding with this official name; `o200k_harmony` and `gpt2` are known as what they equal
    /// for ordinary text.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "o200k_harmony" => Some(Self::O200kBase),
            "gpt2" => Some(Self::R50kBase),
            _ => Self::ALL.into_iter().find(|encoding| encoding.name() == name),
        }
    }

    /// The encoding of an OpenAI model, by the table of tiktoken 0.14.0. A fine-tuned model
    /// (`ft:gpt-4o:…`) has that of its base, a vendor prefix (`openai/gpt-4o`) is ignored.
    /// `None` for a model that the table does not know; newer models of OpenAI have all used o200k.
    #[must_use]
    pub fn for_model(model: &str) -> Option<Self> {
        let model = model.rsplit('/').next().unwrap_or(model);
        let model = match model.strip_prefix("ft:") {
            Some(tuned) => tuned.split(':').next().unwrap_or(tuned),
            None => model,
        };
        let exact = MODELS.iter().find(|(name, _)| *name == model);
        let known =
            exact.or_else(|| MODEL_PREFIXES.iter().find(|(prefix, _)| model.starts_with(prefix)));
        known.map(|(_, encoding)| *encoding)
    }

    /// The number of tokens of a text.
    #[must_use]
    pub fn count(self, text: &str) -> usize {
        let mut count = 0;
        self.each_piece(text, |tokens| {
            count += tokens.len();
            true
        });
        count
    }

    /// The number of tokens of a text, or `None` if it is more than `limit`; a long text is read
    /// only until the limit is passed.
    #[must_use]
    pub fn count_up_to(self, text: &str, limit: usize) -> Option<usize> {
        let mut count = 0;
        self.each_piece(text, |tokens| {
            count += tokens.len();
            count <= limit
        });
        (count <= limit).then_some(count)
    }

    /// The tokens of a text.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u32> {
        let mut encoded = Vec::with_capacity(text.len() / 4);
        self.each_piece(text, |tokens| {
            encoded.extend(tokens.iter().map(|(id, _)| id));
            true
        });
        encoded
    }

    /// The bytes that tokens stand for. They need not be UTF-8: a token may end within a character.
    ///
    /// # Errors
    /// When a number is no token of this encoding, or a special one.
    pub fn decode(self, tokens: &[u32]) -> Result<Vec<u8>, DecodeError> {
        let mut bytes = Vec::with_capacity(tokens.len() * 4);
        for &token in tokens {
            let error = DecodeError { encoding: self.name(), token };
            bytes.extend_from_slice(self.vocabulary().token(token).ok_or(error)?);
        }
        Ok(bytes)
    }

    /// How many bytes of read-only tables the encoding adds to a program. r50k_base and p50k_edit
    /// share the tables of p50k_base.
    #[must_use]
    pub fn table_bytes(self) -> usize {
        self.vocabulary().table_bytes()
    }

    /// One more than the highest token.
    #[cfg(test)]
    pub(crate) fn vocabulary_size(self) -> u32 {
        self.vocabulary().ranks()
    }

    /// The tokens that a token is merged from.
    #[cfg(test)]
    pub(crate) fn halves(self, id: u32) -> (u32, u32) {
        self.vocabulary().halves(id)
    }

    /// Calls `visit` with the tokens and lengths of each piece until it answers `false`.
    #[inline]
    fn each_piece(self, text: &str, mut visit: impl FnMut(&[(u32, usize)]) -> bool) {
        let (vocabulary, pattern) = (self.vocabulary(), self.pattern());
        let bytes = text.as_bytes();
        let mut merger = Merger::default();
        let mut start = 0;
        while start < bytes.len() {
            let end = pattern.piece_end(text, start);
            let length = end - start;
            let whole = match length {
                ..=TOKEN_BYTES_MAX => vocabulary.find(bytes, start, length),
                _ => None,
            };
            let more = match whole {
                Some(id) => visit(&[(id, length)]),
                None => visit(merger.encode(vocabulary, bytes, start, end)),
            };
            if !more {
                return;
            }
            start = end;
        }
    }

    fn vocabulary(self) -> &'static Vocabulary {
        match self {
            Self::O200kBase => &O200K_BASE,
            Self::Cl100kBase => &CL100K_BASE,
            Self::P50kBase | Self::P50kEdit => &P50K_BASE,
            Self::R50kBase => &R50K_BASE,
        }
    }

    fn pattern(self) -> Pattern {
        match self {
            Self::O200kBase => Pattern::O200k,
            Self::Cl100kBase => Pattern::Cl100k,
            Self::P50kBase | Self::P50kEdit | Self::R50kBase => Pattern::Gpt2,
        }
    }
}

/// Cuts a text as the pattern of GPT-2 does, which `tokenizer.json` calls `ByteLevel` with `use_regex`.
pub(crate) fn split_as_gpt2(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = Pattern::Gpt2.piece_end(text, start);
        pieces.push(&text[start..end]);
        start = end;
    }
    pieces
}

#[cfg(test)]
pub(crate) fn o200k_piece_end(text: &str, start: usize) -> usize {
    Pattern::O200k.piece_end(text, start)
}
