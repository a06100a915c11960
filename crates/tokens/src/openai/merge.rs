//! Byte-pair encoding of one piece without merging: take the longest token, keep it if the encoding
//! would really have ended there, else a shorter one, else go back.
//!
//! Two neighbours stand in the encoding of a text exactly if they stand in the encoding of their
//! concatenation (each merge looks at two neighbours only), and whether they do is decided by
//! undoing the merges at their border, latest first, and looking for a pair that would have merged
//! across it. The encoding of every prefix of a piece ends in exactly one token, so the longest
//! compatible choice is revised seldom, and a position once given up is never tried again: at most
//! (lengths of tokens) steps for each byte, whatever the input. The idea is GitHub's `bpe` crate's
//! (<https://github.blog/ai-and-ml/llms/so-many-tokens-so-little-time-introducing-a-faster-more-flexible-byte-pair-tokenizer/>).

use super::vocabulary::{TOKEN_BYTES_MAX, Vocabulary};

/// Scratch space that is reused from piece to piece.
#[derive(Default)]
pub(crate) struct Merger {
    /// The tokens of the piece so far, with their lengths.
    tokens: Vec<(u32, usize)>,
    /// One bit for each position of the piece: set when no encoding continues from it.
    dead: Vec<u64>,
}

impl Merger {
    /// Encodes `text[start..end]` and returns its tokens with their lengths in bytes.
    pub(crate) fn encode(
        &mut self,
        vocabulary: &Vocabulary,
        text: &[u8],
        start: usize,
        end: usize,
    ) -> &[(u32, usize)] {
        self.tokens.clear();
        self.dead.clear();
        self.dead.resize((end - start) / 64 + 1, 0);
        let mut position = start;
        let mut candidate = vocabulary.longest(text, start, end - start);
        while position < end {
            match candidate {
                Some((id, length))
                    if self.fits(vocabulary, text, (start, position), (id, length)) =>
                {
                    self.tokens.push((id, length));
                    position += length;
                    candidate = vocabulary.longest(text, position, end - position);
                }
                Some((_, length)) if length > 1 => {
                    candidate = vocabulary.longest(text, position, length - 1);
                }
                _ => {
                    self.bury(position - start);
                    // Unreachable while every byte is a token: the first position has an encoding.
                    let Some((_, given_up)) = self.tokens.pop() else { break };
                    position -= given_up;
                    candidate = match given_up {
                        1 => None,
                        _ => vocabulary.longest(text, position, given_up - 1),
                    };
                }
            }
        }
        &self.tokens
    }

    /// Whether the encoding may go on at `position` with the token `next`.
    fn fits(
        &self,
        vocabulary: &Vocabulary,
        text: &[u8],
        (start, position): (usize, usize),
        next: (u32, usize),
    ) -> bool {
        !self.is_dead(position + next.1 - start)
            && (self.tokens.last())
                .is_none_or(|&(last, _)| are_neighbours(vocabulary, text, position, last, next.0))
    }

    fn is_dead(&self, offset: usize) -> bool {
        self.dead.get(offset / 64).is_some_and(|word| word >> (offset % 64) & 1 == 1)
    }

    fn bury(&mut self, offset: usize) {
        if let Some(word) = self.dead.get_mut(offset / 64) {
            *word |= 1 << (offset % 64);
        }
    }
}

/// Whether `left`, which ends at `border`, and `right`, which begins there, stay apart when their
/// concatenation is encoded.
///
/// Ranks are the order of the merges, so undoing the higher of the two tokens goes back in time; the
/// pair at the border may not merge into anything before (a rank below) the one undone last. Of two
/// equal ranks the left one was merged first.
fn are_neighbours(
    vocabulary: &Vocabulary,
    text: &[u8],
    border: usize,
    left: u32,
    right: u32,
) -> bool {
    let on_the_left =
        |token| Side { token, length: vocabulary.length(token), half: vocabulary.halves(token).1 };
    let on_the_right =
        |token| Side { token, length: vocabulary.length(token), half: vocabulary.halves(token).0 };
    let (mut left, mut right) = (on_the_left(left), on_the_right(right));
    let mut undone = u32::MAX;
    loop {
        let across = left.length + right.length;
        if across <= TOKEN_BYTES_MAX
            && let Some(merged) = vocabulary.find_rare(text, border - left.length, across)
            && merged < undone
            && vocabulary.halves(merged) == (left.token, right.token)
        {
            return false;
        }
        match (left.is_byte(), right.is_byte()) {
            (true, true) => return true,
            (false, is_byte) if is_byte || left.token > right.token => {
                undone = left.token;
                left = on_the_left(left.half);
            }
            _ => {
                undone = right.token.saturating_add(1);
                right = on_the_right(right.half);
            }
        }
    }
}

/// A token at a border, with its half next to the border; a byte is its own half.
struct Side {
    token: u32,
    length: usize,
    half: u32,
}

impl Side {
    fn is_byte(&self) -> bool {
        self.token == self.half
    }
}
