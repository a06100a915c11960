//! The character classes of the encodings' patterns as a two-stage table: 4,352 block numbers of two
//! bytes, one for each 256 characters of Unicode, then the distinct blocks, a byte of flags for each
//! character. The flags are those of `src/openai/class.rs`.

use std::collections::HashMap;

use regex_syntax::hir::{Class, HirKind};

const BLOCK_CHARS: usize = 256;
const CHARS: usize = 0x11_0000;

/// Flag and the regular expression of the characters that carry it.
const FLAGS: [(u8, &str); 6] = [
    (1, r"\p{L}"),
    (2, r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"),
    (4, r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"),
    (8, r"\p{N}"),
    (16, r"\s"),
    (32, r"[\r\n]"),
];
/// `[^\s\p{L}\p{N}]`.
const OTHER: u8 = 64;

pub(crate) fn table() -> Vec<u8> {
    let mut flags = vec![0u8; CHARS];
    for (flag, pattern) in FLAGS {
        let hir = regex_syntax::parse(pattern).expect("the pattern is valid");
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
            panic!("{pattern} is a class of characters");
        };
        for range in class.iter() {
            let members = &mut flags[range.start() as usize..=range.end() as usize];
            members.iter_mut().for_each(|member| *member |= flag);
        }
    }
    for flag in &mut flags {
        if *flag & (1 | 8 | 16) == 0 {
            *flag |= OTHER;
        }
    }
    let mut index = Vec::new();
    let mut blocks: Vec<u8> = Vec::new();
    let mut known: HashMap<&[u8], u16> = HashMap::new();
    for block in flags.chunks(BLOCK_CHARS) {
        let number = *known.entry(block).or_insert_with(|| {
            blocks.extend(block);
            (blocks.len() / BLOCK_CHARS - 1) as u16
        });
        index.extend(number.to_le_bytes());
    }
    index.extend(blocks);
    index
}
