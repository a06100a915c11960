//! Tokens beside the vocabulary, such as `<|im_start|>`: found in the text before anything else is done.

use std::cmp::Reverse;
use std::ops::Range;

use serde::Deserialize;

use super::error::TokenizerJsonError;
use super::pattern::Pattern;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct AddedToken {
    id: u32,
    content: String,
    #[serde(default)]
    single_word: bool,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
    /// Looked for in the normalized text rather than in the text as it came.
    #[serde(default)]
    pub(super) normalized: bool,
}

/// Finds added tokens in a text, the longest of those that begin leftmost.
#[derive(Debug)]
pub(super) struct AddedTokens {
    tokens: Vec<AddedToken>,
    pattern: Option<Pattern>,
}

/// A stretch of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Section<'t> {
    Added(u32),
    /// With where it begins.
    Text(usize, &'t str),
}

impl AddedTokens {
    /// `as_found` turns a token's content into the text to look for.
    pub(super) fn new(
        mut tokens: Vec<AddedToken>,
        as_found: impl Fn(&str) -> String,
    ) -> Result<Self, TokenizerJsonError> {
        for token in &mut tokens {
            token.content = as_found(&token.content);
        }
        tokens.retain(|token| !token.content.is_empty());
        tokens.sort_by_key(|token| Reverse(token.content.len()));
        let pattern = match tokens.is_empty() {
            true => None,
            false => Some(Pattern::literals(tokens.iter().map(|token| token.content.as_str()))?),
        };
        tokens.sort_by(|one, other| one.content.cmp(&other.content));
        Ok(Self { tokens, pattern })
    }

    pub(super) fn sections<'t>(&self, text: &'t str) -> Vec<Section<'t>> {
        let mut sections = Vec::new();
        let (mut done, mut from) = (0, 0);
        while let Some(found) = self.pattern.as_ref().and_then(|pattern| pattern.find(text, from)) {
            from = found.end;
            let Some(token) = self.token(&text[found.clone()]) else { continue };
            if token.single_word && is_within_word(text, &found) {
                continue;
            }
            let before = &text[done..found.start];
            let before = if token.lstrip { before.trim_end() } else { before };
            if !before.is_empty() {
                sections.push(Section::Text(done, before));
            }
            sections.push(Section::Added(token.id));
            done = found.end;
            if token.rstrip {
                done = text.len() - text[done..].trim_start().len();
            }
            from = done;
        }
        if done < text.len() {
            sections.push(Section::Text(done, &text[done..]));
        }
        sections
    }

    fn token(&self, content: &str) -> Option<&AddedToken> {
        let at = self.tokens.binary_search_by(|token| token.content.as_str().cmp(content)).ok()?;
        self.tokens.get(at)
    }
}

fn is_within_word(text: &str, found: &Range<usize>) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    text[..found.start].chars().next_back().is_some_and(is_word)
        || text[found.end..].chars().next().is_some_and(is_word)
}
