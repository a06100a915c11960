//! Makes the read-only tables of the OpenAI encodings and of the Unicode classes.
//!
//! The vocabularies come from `tiktoken-rs`, through its public decoder, so nothing is downloaded
//! and nothing binary is kept in this repository. The layout is described where it is read:
//! `src/openai/vocabulary.rs` and `src/openai/class.rs`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::{env, fs};

#[path = "src/openai/hash.rs"]
mod hash;

#[path = "build/classes.rs"]
mod classes;

/// Tokens are at most this long in every vocabulary; the length masks are this wide.
const TOKEN_BYTES_MAX: usize = 128;
const EMPTY_SLOT: u32 = u32::MAX;
const ID_BITS: u32 = 18;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/openai/hash.rs");
    let tables = [
        ("o200k_base", tiktoken_rs::o200k_base as fn() -> _, 199_998, None),
        ("cl100k_base", tiktoken_rs::cl100k_base, 100_256, None),
        // r50k is the first 50,256 tokens of p50k: one table serves both.
        ("p50k_base", tiktoken_rs::p50k_base, 50_281, Some(50_256)),
    ];
    for (name, load, tokens, hole) in tables {
        let vocabulary = load().expect("tiktoken-rs carries its vocabularies");
        let tokens: Vec<Vec<u8>> = (0..tokens)
            .map(|id| match hole {
                Some(hole) if hole == id => Vec::new(),
                _ => vocabulary.decode_bytes(&[id]).expect("every rank below the count is a token"),
            })
            .collect();
        write_vocabulary(name, &tokens);
    }
    write("classes.bin", &classes::table());
}

fn write_vocabulary(name: &str, tokens: &[Vec<u8>]) {
    assert!(tokens.iter().all(|token| token.len() <= TOKEN_BYTES_MAX));
    assert!(tokens.len() < 1 << ID_BITS);

    let mut offsets = vec![0u32];
    for token in tokens {
        offsets.push(offsets[offsets.len() - 1] + token.len() as u32);
    }
    // Seven spare bytes let the lookup compare eight at once at the very end, too.
    let mut bytes = tokens.concat();
    bytes.extend([0; 7]);
    write(&format!("{name}.bytes"), &bytes);
    write(&format!("{name}.offsets"), &words(&offsets));

    let (pilots, slots) = perfect_hash(tokens);
    let pilots: Vec<u8> = pilots.iter().flat_map(|pilot| pilot.to_le_bytes()).collect();
    write(&format!("{name}.pilots"), &pilots);
    write(&format!("{name}.slots"), &words(&slots));

    let (mask_index, masks) = length_masks(tokens);
    let mask_index: Vec<u8> = mask_index.iter().flat_map(|index| index.to_le_bytes()).collect();
    write(&format!("{name}.mask_index"), &mask_index);
    let masks: Vec<u8> = masks.iter().flat_map(|mask| mask.to_le_bytes()).collect();
    write(&format!("{name}.masks"), &masks);

    write(&format!("{name}.splits"), &words(&splits(tokens)));
}

/// For every bucket of tokens a pilot number that sends each of them to a slot of its own, so that a
/// lookup reads one pilot and one slot, whether it finds something or not. Large buckets go first.
fn perfect_hash(tokens: &[Vec<u8>]) -> (Vec<u16>, Vec<u32>) {
    let slot_count = (tokens.len() * 5 / 4).next_power_of_two();
    let bucket_count = slot_count / 4;
    let mut buckets: Vec<Vec<(u64, u32)>> = vec![Vec::new(); bucket_count];
    for (id, token) in tokens.iter().enumerate().filter(|(_, token)| !token.is_empty()) {
        let hash = hash::hash(token, 0, token.len());
        buckets[hash::bucket(hash, bucket_count)].push((hash, id as u32));
    }
    let mut order: Vec<usize> = (0..bucket_count).collect();
    order.sort_by_key(|&bucket| std::cmp::Reverse(buckets[bucket].len()));

    let mut pilots = vec![0u16; bucket_count];
    let mut slots = vec![EMPTY_SLOT; slot_count];
    for bucket in order {
        let keys = &buckets[bucket];
        let pilot = (0..=u16::MAX)
            .find(|&pilot| place(keys, pilot, &mut slots))
            .expect("65,536 pilots are enough at three quarters full");
        pilots[bucket] = pilot;
    }
    (pilots, slots)
}

/// Fills the slots of a bucket under a pilot, or leaves all as they were when two would meet.
fn place(keys: &[(u64, u32)], pilot: u16, slots: &mut [u32]) -> bool {
    let count = slots.len();
    for (placed, &(hash, id)) in keys.iter().enumerate() {
        let slot = hash::slot(hash, pilot, count);
        if slots[slot] != EMPTY_SLOT {
            for &(earlier, _) in &keys[..placed] {
                slots[hash::slot(earlier, pilot, count)] = EMPTY_SLOT;
            }
            return false;
        }
        slots[slot] = hash::fingerprint(hash) << ID_BITS | id;
    }
    true
}

/// For what a text begins with (three bytes, hashed), which token lengths there are at all (bit `n - 1`
/// for `n` bytes): an index for each opening into the masks that differ. One and two bytes may always be.
fn length_masks(tokens: &[Vec<u8>]) -> (Vec<u16>, Vec<u128>) {
    let mut by_opening = vec![0b11u128; hash::OPENINGS];
    for token in tokens.iter().filter(|token| token.len() > 2) {
        by_opening[hash::opening(token, 0)] |= 1 << (token.len() - 1);
    }
    let mut masks: Vec<u128> = Vec::new();
    let mut known: HashMap<u128, u16> = HashMap::new();
    let index = by_opening
        .iter()
        .map(|&mask| {
            *known.entry(mask).or_insert_with(|| {
                masks.push(mask);
                u16::try_from(masks.len() - 1).expect("at most 65,536 openings, so as many masks")
            })
        })
        .collect();
    (index, masks)
}

/// The two tokens that the encoding merges last to make each token; a single byte is its own halves.
///
/// Panics when a token cannot be reached by merging two earlier ones: the encoder relies on it.
fn splits(tokens: &[Vec<u8>]) -> Vec<u32> {
    let mut ranks: HashMap<&[u8], u32> = HashMap::with_capacity(tokens.len());
    let mut splits = Vec::with_capacity(tokens.len() * 2);
    for (id, token) in (0..).zip(tokens) {
        let (left, right) = match token.len() {
            0 | 1 => (id, id),
            2 => (ranks[&token[..1]], ranks[&token[1..]]),
            _ => last_merge(token, &ranks),
        };
        splits.extend([left, right]);
        ranks.insert(token, id);
    }
    splits
}

/// Merges the bytes of a token by the ranks before its own until two parts are left.
fn last_merge(token: &[u8], ranks: &HashMap<&[u8], u32>) -> (u32, u32) {
    let mut starts: Vec<usize> = (0..=token.len()).collect();
    let pair = |starts: &[usize], at: usize| ranks.get(&token[starts[at]..starts[at + 2]]).copied();
    let mut merged: Vec<Option<u32>> = (0..token.len() - 1).map(|at| pair(&starts, at)).collect();
    while starts.len() > 3 {
        let (_, at) = (merged.iter().enumerate())
            .filter_map(|(at, rank)| rank.map(|rank| (rank, at)))
            .min()
            .expect("a token is made of earlier tokens");
        starts.remove(at + 1);
        merged.remove(at);
        if at > 0 {
            merged[at - 1] = pair(&starts, at - 1);
        }
        if at < merged.len() {
            merged[at] = pair(&starts, at);
        }
    }
    (ranks[&token[..starts[1]]], ranks[&token[starts[1]..]])
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn write(name: &str, content: &[u8]) {
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(folder.join(name), content).expect("OUT_DIR can be written");
}
