//! How a text is cut into the pieces that are encoded one by one.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::error::TokenizerJsonError;
use super::pattern::Pattern;
use super::{PatternSpec, kind, read};
use crate::openai::split_as_gpt2;

#[derive(Debug)]
pub(super) enum PreTokenizer {
    Sequence(Vec<Self>),
    ByteLevel { add_prefix_space: bool, use_regex: bool },
    Split { pattern: Pattern, behavior: Behavior, invert: bool },
    Metaspace { replacement: char, prepend: Prepend, split: bool },
}

/// What becomes of the text that a split matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Behavior {
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// Whether a text that does not begin with a space is given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Prepend {
    Always,
    First,
    Never,
}

#[derive(Deserialize)]
struct SequenceSpec {
    pretokenizers: Vec<Value>,
}

#[derive(Deserialize)]
struct ByteLevelSpec {
    add_prefix_space: bool,
    #[serde(default = "yes")]
    use_regex: bool,
}

#[derive(Deserialize)]
struct SplitSpec {
    pattern: PatternSpec,
    behavior: Behavior,
    #[serde(default)]
    invert: bool,
}

#[derive(Deserialize)]
struct MetaspaceSpec {
    replacement: char,
    prepend_scheme: Option<Prepend>,
    /// The older form of `prepend_scheme`.
    add_prefix_space: Option<bool>,
    #[serde(default = "yes")]
    split: bool,
}

#[derive(Deserialize)]
struct DigitsSpec {
    individual_digits: bool,
}

#[derive(Deserialize)]
struct PunctuationSpec {
    behavior: Option<Behavior>,
}

fn yes() -> bool {
    true
}

impl PreTokenizer {
    pub(super) fn new(spec: Value) -> Result<Self, TokenizerJsonError> {
        let split = |regex: &str, behavior| {
            Ok(Self::Split { pattern: Pattern::regex(regex)?, behavior, invert: false })
        };
        match kind(&spec) {
            "Sequence" => {
                let SequenceSpec { pretokenizers } = read(spec)?;
                let all = pretokenizers.into_iter().map(Self::new).collect::<Result<_, _>>()?;
                Ok(Self::Sequence(all))
            }
            "ByteLevel" => {
                let ByteLevelSpec { add_prefix_space, use_regex } = read(spec)?;
                Ok(Self::ByteLevel { add_prefix_space, use_regex })
            }
            "Split" => {
                let SplitSpec { pattern, behavior, invert } = read(spec)?;
                Ok(Self::Split { pattern: pattern.compile()?, behavior, invert })
            }
            "Metaspace" => {
                let spec: MetaspaceSpec = read(spec)?;
                let prepend = spec.prepend_scheme.unwrap_or(match spec.add_prefix_space {
                    Some(false) => Prepend::Never,
                    _ => Prepend::Always,
                });
                Ok(Self::Metaspace { replacement: spec.replacement, prepend, split: spec.split })
            }
            "Digits" if read::<DigitsSpec>(spec.clone())?.individual_digits => {
                split(r"\p{N}", Behavior::Isolated)
            }
            "Digits" => split(r"\p{N}", Behavior::Contiguous),
            "Punctuation" => {
                let behavior = read::<PunctuationSpec>(spec)?.behavior;
                split(r"[\p{P}$+<=>^`|~]", behavior.unwrap_or(Behavior::Isolated))
            }
            "WhitespaceSplit" => split(r"\s", Behavior::Removed),
            "Whitespace" => Ok(Self::Split {
                pattern: Pattern::regex(r"\w+|[^\w\s]+")?,
                behavior: Behavior::Removed,
                invert: true,
            }),
            other => Err(TokenizerJsonError::unsupported("pre-tokenizer", other)),
        }
    }

    /// Cuts a piece; `is_first` if it begins where the whole text does.
    pub(super) fn apply<'t>(&self, piece: Cow<'t, str>, is_first: bool) -> Vec<Cow<'t, str>> {
        match self {
            Self::Sequence(all) => all.iter().fold(vec![piece], |pieces, next| {
                let numbered = pieces.into_iter().enumerate();
                numbered.flat_map(|(at, piece)| next.apply(piece, is_first && at == 0)).collect()
            }),
            Self::Split { pattern, behavior, invert } => map_pieces(piece, |text| {
                let mut sections = pattern.sections(text);
                sections.iter_mut().for_each(|(_, is_match)| *is_match ^= invert);
                behavior.join(text, &sections)
            }),
            Self::ByteLevel { add_prefix_space, use_regex } => {
                let piece = match *add_prefix_space && !piece.starts_with(char::is_whitespace) {
                    true => Cow::Owned(format!(" {piece}")),
                    false => piece,
                };
                let cut = if *use_regex { split_as_gpt2(&piece) } else { vec![piece.as_ref()] };
                cut.into_iter().map(|piece| Cow::Owned(bytes_as_chars(piece))).collect()
            }
            Self::Metaspace { replacement, prepend, split } => {
                let mut text = piece.replace(' ', replacement.encode_utf8(&mut [0; 4]));
                let wanted =
                    *prepend == Prepend::Always || (*prepend == Prepend::First && is_first);
                if wanted && !text.starts_with(*replacement) {
                    text.insert(0, *replacement);
                }
                if !split {
                    return vec![Cow::Owned(text)];
                }
                let starts =
                    text.match_indices(*replacement).map(|(at, _)| at).filter(|&at| at > 0);
                let starts: Vec<usize> = [0].into_iter().chain(starts).collect();
                let ends = starts.iter().skip(1).copied().chain([text.len()]);
                starts
                    .iter()
                    .zip(ends)
                    .map(|(&from, to)| Cow::Owned(text[from..to].to_owned()))
                    .collect()
            }
        }
    }
}

/// Cuts a piece without copying what was not copied before.
fn map_pieces<'t>(piece: Cow<'t, str>, cut: impl Fn(&str) -> Vec<&str>) -> Vec<Cow<'t, str>> {
    match piece {
        Cow::Borrowed(text) => cut(text).into_iter().map(Cow::Borrowed).collect(),
        Cow::Owned(text) => {
            cut(&text).into_iter().map(|piece| Cow::Owned(piece.to_owned())).collect()
        }
    }
}

impl Behavior {
    /// Puts the sections of a text together: neighbours in `text`, so joining is widening a slice.
    fn join<'t>(self, text: &'t str, sections: &[(&'t str, bool)]) -> Vec<&'t str> {
        let mut ends = Vec::new();
        let mut at = 0;
        for (number, (section, is_match)) in sections.iter().enumerate() {
            let next = sections.get(number + 1).map(|(_, is_match)| *is_match);
            at += section.len();
            let joins_next = match (self, next) {
                (_, None) | (Self::Removed | Self::Isolated, _) => false,
                (Self::MergedWithPrevious, Some(next)) => !is_match && next,
                (Self::MergedWithNext, Some(next)) => *is_match && !next,
                (Self::Contiguous, Some(next)) => *is_match == next,
            };
            if !joins_next {
                ends.push((at, *is_match));
            }
        }
        let mut start = 0;
        let pieces = ends.into_iter().map(|(end, is_match)| {
            let piece = &text[start..end];
            start = end;
            (piece, is_match)
        });
        pieces
            .filter(|(piece, is_match)| !piece.is_empty() && (self != Self::Removed || !is_match))
            .map(|(piece, _)| piece)
            .collect()
    }
}

/// GPT-2's disguise of bytes as printable characters: what is printable in Latin-1 stands for itself, the
/// rest for the characters from U+0100 on, in order.
static BYTE_CHARS: LazyLock<[char; 256]> = LazyLock::new(|| {
    let mut spare = '\u{100}'..;
    std::array::from_fn(|byte| match byte as u8 {
        byte @ (b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff) => char::from(byte),
        _ => spare.next().unwrap_or_default(),
    })
});

pub(super) fn bytes_as_chars(text: &str) -> String {
    text.bytes().map(byte_as_char).collect()
}

pub(super) fn byte_as_char(byte: u8) -> char {
    BYTE_CHARS[usize::from(byte)]
}
