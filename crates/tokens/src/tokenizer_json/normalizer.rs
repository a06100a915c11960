//! What a text goes through before it is cut: Unicode forms, replacements.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use super::error::TokenizerJsonError;
use super::pattern::Pattern;
use super::{PatternSpec, kind, read};

#[derive(Debug)]
pub(super) enum Normalizer {
    Sequence(Vec<Self>),
    Prepend(String),
    Replace { pattern: Pattern, content: String },
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
    Lowercase,
    Strip { left: bool, right: bool },
}

#[derive(Deserialize)]
struct SequenceSpec {
    normalizers: Vec<Value>,
}

#[derive(Deserialize)]
struct PrependSpec {
    prepend: String,
}

#[derive(Deserialize)]
struct ReplaceSpec {
    pattern: PatternSpec,
    content: String,
}

#[derive(Deserialize)]
struct StripSpec {
    strip_left: bool,
    strip_right: bool,
}

impl Normalizer {
    pub(super) fn new(spec: Value) -> Result<Self, TokenizerJsonError> {
        Ok(match kind(&spec) {
            "Sequence" => {
                let SequenceSpec { normalizers } = read(spec)?;
                Self::Sequence(normalizers.into_iter().map(Self::new).collect::<Result<_, _>>()?)
            }
            "Prepend" => Self::Prepend(read::<PrependSpec>(spec)?.prepend),
            "Replace" => {
                let ReplaceSpec { pattern, content } = read(spec)?;
                Self::Replace { pattern: pattern.compile()?, content }
            }
            "NFC" => Self::Nfc,
            "NFD" => Self::Nfd,
            "NFKC" => Self::Nfkc,
            "NFKD" => Self::Nfkd,
            "Lowercase" => Self::Lowercase,
            "Strip" => {
                let StripSpec { strip_left, strip_right } = read(spec)?;
                Self::Strip { left: strip_left, right: strip_right }
            }
            other => return Err(TokenizerJsonError::unsupported("normalizer", other)),
        })
    }

    pub(super) fn apply<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        match self {
            Self::Sequence(all) => all.iter().fold(text, |text, normalizer| normalizer.apply(text)),
            Self::Prepend(_) if text.is_empty() => text,
            Self::Prepend(prefix) => Cow::Owned(format!("{prefix}{text}")),
            Self::Replace { pattern, content } => replace(&text, pattern, content).unwrap_or(text),
            Self::Nfc | Self::Nfd if text.is_ascii() => text,
            Self::Nfkc | Self::Nfkd if text.is_ascii() => text,
            Self::Nfc => Cow::Owned(text.nfc().collect()),
            Self::Nfd => Cow::Owned(text.nfd().collect()),
            Self::Nfkc => Cow::Owned(text.nfkc().collect()),
            Self::Nfkd => Cow::Owned(text.nfkd().collect()),
            Self::Lowercase => Cow::Owned(text.chars().flat_map(char::to_lowercase).collect()),
            Self::Strip { left, right } => {
                let stripped = if *left { text.trim_start() } else { &text };
                let stripped = if *right { stripped.trim_end() } else { stripped };
                Cow::Owned(stripped.to_owned())
            }
        }
    }
}

fn replace(text: &str, pattern: &Pattern, content: &str) -> Option<Cow<'static, str>> {
    pattern.find(text, 0)?;
    let sections = pattern.sections(text).into_iter();
    let replaced = sections.map(|(section, is_match)| if is_match { content } else { section });
    Some(Cow::Owned(replaced.collect()))
}
