//! Byte-pair encoding by a list of merges, as `tokenizer.json` gives it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::error::TokenizerJsonError;
use super::{kind, read};

#[derive(Debug)]
pub(super) struct Model {
    vocabulary: HashMap<String, u32>,
    characters: HashMap<char, u32>,
    /// Neighbours → rank of their merge and the token they become.
    merges: HashMap<(u32, u32), (u32, u32)>,
    /// `<0x00>` to `<0xFF>`, for characters that are no token.
    bytes: Option<Box<[u32; 256]>>,
    unknown: Option<u32>,
    fuse_unknown: bool,
    /// A piece that is a token is not built up from its characters.
    whole_pieces_first: bool,
}

#[derive(Deserialize)]
struct Spec {
    vocab: HashMap<String, u32>,
    merges: Vec<MergeSpec>,
    unk_token: Option<String>,
    #[serde(default)]
    fuse_unk: bool,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
}

/// Newer files have pairs, older ones both tokens in one string.
#[derive(Deserialize)]
#[serde(untagged)]
enum MergeSpec {
    Pair(String, String),
    Joined(String),
}

impl MergeSpec {
    fn halves(&self) -> Option<(&str, &str)> {
        match self {
            Self::Pair(left, right) => Some((left, right)),
            Self::Joined(both) => both.split_once(' '),
        }
    }
}

impl Model {
    pub(super) fn new(spec: Value) -> Result<Self, TokenizerJsonError> {
        // The oldest files leave the type out, but only BPE has merges.
        let kind = kind(&spec);
        if kind != "BPE" && !(kind.is_empty() && spec.get("merges").is_some()) {
            return Err(TokenizerJsonError::unsupported("model", kind));
        }
        let spec: Spec = read(spec)?;
        for (option, affix) in [
            ("continuing_subword_prefix", &spec.continuing_subword_prefix),
            ("end_of_word_suffix", &spec.end_of_word_suffix),
        ] {
            if affix.as_ref().is_some_and(|affix| !affix.is_empty()) {
                return Err(TokenizerJsonError::unsupported("model", option));
            }
        }
        let id = |token: &str| {
            let found = spec.vocab.get(token).copied();
            found.ok_or_else(|| TokenizerJsonError::NoSuchToken { token: token.to_owned() })
        };
        let mut merges = HashMap::with_capacity(spec.merges.len());
        for (rank, merge) in (0..).zip(&spec.merges) {
            let Some((left, right)) = merge.halves() else {
                return Err(TokenizerJsonError::unsupported("model", "a merge that is no pair"));
            };
            let merged = id(&format!("{left}{right}"))?;
            merges.insert((id(left)?, id(right)?), (rank, merged));
        }
        let unknown = spec.unk_token.as_deref().map(id).transpose()?;
        let bytes = if spec.byte_fallback { byte_tokens(&spec.vocab) } else { None };
        let only_char = |token: &str| {
            let mut characters = token.chars();
            characters.next().filter(|_| characters.next().is_none())
        };
        let characters = spec.vocab.iter();
        let characters =
            characters.filter_map(|(token, &id)| Some((only_char(token)?, id))).collect();
        Ok(Self {
            characters,
            merges,
            bytes,
            unknown,
            fuse_unknown: spec.fuse_unk,
            whole_pieces_first: spec.ignore_merges,
            vocabulary: spec.vocab,
        })
    }

    /// Appends the tokens of a piece.
    pub(super) fn encode(&self, piece: &str, tokens: &mut Vec<u32>) {
        if self.whole_pieces_first
            && let Some(&id) = self.vocabulary.get(piece)
        {
            tokens.push(id);
            return;
        }
        let start = tokens.len();
        self.push_characters(piece, tokens);
        let merged = self.merge(&tokens[start..]);
        tokens.truncate(start);
        tokens.extend(merged);
    }

    fn push_characters(&self, piece: &str, tokens: &mut Vec<u32>) {
        let mut after_unknown = false;
        for character in piece.chars() {
            if let Some(&id) = self.characters.get(&character) {
                tokens.push(id);
                after_unknown = false;
            } else if let Some(bytes) = &self.bytes {
                let mut buffer = [0; 4];
                let encoded = character.encode_utf8(&mut buffer).bytes();
                tokens.extend(encoded.map(|byte| bytes[usize::from(byte)]));
                after_unknown = false;
            } else if let Some(unknown) = self.unknown {
                if !(after_unknown && self.fuse_unknown) {
                    tokens.push(unknown);
                }
                after_unknown = true;
            }
        }
    }

    /// Merges the pair of lowest rank, leftmost first, until none is left. The candidates wait in a heap,
    /// and the tokens are a linked list, so a piece of n characters takes n log n.
    fn merge(&self, tokens: &[u32]) -> Vec<u32> {
        let mut list = List::new(tokens);
        let mut candidates: BinaryHeap<Reverse<(u32, usize, u32)>> = BinaryHeap::new();
        let candidate = |list: &List, at: usize| {
            let &(rank, merged) = self.merges.get(&list.pair(at)?)?;
            Some(Reverse((rank, at, merged)))
        };
        candidates.extend((0..tokens.len()).filter_map(|at| candidate(&list, at)));
        while let Some(Reverse((rank, at, merged))) = candidates.pop() {
            // Merges since may have taken either half; then the pair is another or none.
            if candidate(&list, at) != Some(Reverse((rank, at, merged))) {
                continue;
            }
            list.merge(at, merged);
            candidates.extend(candidate(&list, at));
            candidates.extend(list.previous(at).and_then(|at| candidate(&list, at)));
        }
        list.into_tokens()
    }
}

fn byte_tokens(vocabulary: &HashMap<String, u32>) -> Option<Box<[u32; 256]>> {
    let ids: Option<Vec<u32>> =
        (0..=255u8).map(|byte| vocabulary.get(&format!("<0x{byte:02X}>")).copied()).collect();
    ids?.try_into().ok()
}

/// Tokens that can be merged in place: each knows its neighbours, a merged right half is gone.
struct List {
    nodes: Vec<Node>,
}

struct Node {
    token: Option<u32>,
    previous: usize,
    next: usize,
}

impl List {
    fn new(tokens: &[u32]) -> Self {
        let node = |(at, &token): (usize, &u32)| Node {
            token: Some(token),
            previous: at.wrapping_sub(1),
            next: at + 1,
        };
        Self { nodes: tokens.iter().enumerate().map(node).collect() }
    }

    fn pair(&self, at: usize) -> Option<(u32, u32)> {
        let left = self.nodes.get(at)?;
        Some((left.token?, self.nodes.get(left.next)?.token?))
    }

    fn previous(&self, at: usize) -> Option<usize> {
        let previous = self.nodes.get(at)?.previous;
        (previous < self.nodes.len()).then_some(previous)
    }

    /// Puts `merged` in the place of the pair at `at`.
    fn merge(&mut self, at: usize, merged: u32) {
        let Some(right) = self.nodes.get(at).map(|left| left.next) else { return };
        let Some(taken) = self.nodes.get_mut(right) else { return };
        taken.token = None;
        let after = taken.next;
        if let Some(left) = self.nodes.get_mut(at) {
            left.token = Some(merged);
            left.next = after;
        }
        if let Some(after) = self.nodes.get_mut(after) {
            after.previous = at;
        }
    }

    fn into_tokens(self) -> Vec<u32> {
        self.nodes.into_iter().filter_map(|node| node.token).collect()
    }
}
