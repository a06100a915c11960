//! Takes injected secrets out of everything that is sent back.
//!
//! A provider, or a server that was set up to echo, may repeat the key it was sent (maximhq/bifrost#3954). The key
//! then leaves this process as [`MASK`]. A body is looked through as it passes: bytes are held back only while they
//! could be the beginning of a secret, which at the end of an event or a document they never are.

use crate::secret::Secret;
use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;

/// What stands in place of a secret.
pub const MASK: &str = "****";

/// Keys shorter than this are not looked for in bodies: they are place holders (`ollama`, `lm-studio`, `not-needed`)
/// that servers without keys are given, and words which a reply may well contain.
pub const BODY_SECRET_BYTES_MIN: usize = 11;

/// Looks for secrets in bytes that pass. One per body, since it remembers what it holds back.
#[derive(Debug, Default)]
pub struct Scrubber {
    secrets: Vec<Finder<'static>>,
    /// Bytes that may be the beginning of a secret.
    held: Bytes,
}

impl Scrubber {
    /// Looks for those of `secrets` that are long enough.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let secrets = secrets
            .into_iter()
            .filter(|secret| secret.reveal().len() >= BODY_SECRET_BYTES_MIN)
            .map(|secret| Finder::new(secret.reveal()).into_owned())
            .collect();
        Scrubber { secrets, held: Bytes::new() }
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Takes the next bytes and gives what may go out now; without a copy where there is nothing to mask or to hold
    /// back.
    pub fn push(&mut self, chunk: Bytes) -> Bytes {
        if self.secrets.is_empty() {
            return chunk;
        }
        let mut passing = if self.held.is_empty() {
            chunk
        } else {
            let mut joined = BytesMut::with_capacity(self.held.len() + chunk.len());
            joined.extend_from_slice(&std::mem::take(&mut self.held));
            joined.extend_from_slice(&chunk);
            joined.freeze()
        };
        for secret in &self.secrets {
            passing = masked(passing, secret);
        }
        let keep = self.secrets.iter().map(|secret| overlap(&passing, secret.needle())).max();
        self.held = passing.split_off(passing.len() - keep.unwrap_or(0));
        passing
    }

    /// What was held back when the body has ended.
    pub fn end(&mut self) -> Bytes {
        std::mem::take(&mut self.held)
    }
}

/// `bytes` with every occurrence of `secret` masked.
fn masked(bytes: Bytes, secret: &Finder<'_>) -> Bytes {
    let Some(first) = secret.find(&bytes) else { return bytes };
    let mut clean = BytesMut::with_capacity(bytes.len());
    let (mut at, mut found) = (0, Some(first));
    while let Some(offset) = found {
        clean.extend_from_slice(bytes.get(at..at + offset).unwrap_or_default());
        clean.extend_from_slice(MASK.as_bytes());
        at += offset + secret.needle().len();
        found = bytes.get(at..).and_then(|rest| secret.find(rest));
    }
    clean.extend_from_slice(bytes.get(at..).unwrap_or_default());
    clean.freeze()
}

/// How many bytes at the end of `bytes` are a beginning of `secret`, but not the whole of it.
fn overlap(bytes: &[u8], secret: &[u8]) -> usize {
    let most = bytes.len().min(secret.len() - 1);
    (1..=most).rev().find(|len| bytes.ends_with(&secret[..*len])).unwrap_or(0)
}

/// `text` with every one of `secrets` masked, however short: for headers and messages of our own.
#[must_use]
pub fn scrubbed(text: &str, secrets: &[Secret]) -> String {
    secrets
        .iter()
        .map(Secret::reveal)
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "sk-ant-sk-ant-0123";

    fn scrub(chunks: &[&[u8]]) -> (Vec<u8>, Vec<usize>) {
        let mut scrubber = Scrubber::new([Secret::new(KEY), Secret::new("short")]);
        let (mut out, mut sizes) = (Vec::new(), Vec::new());
        for chunk in chunks {
            let passed = scrubber.push(Bytes::copy_from_slice(chunk));
            sizes.push(passed.len());
            out.extend_from_slice(&passed);
        }
        out.extend_from_slice(&scrubber.end());
        (out, sizes)
    }

    #[test]
    fn a_secret_cut_in_two_is_masked() {
        let (out, _) = scrub(&[b"data: sk-ant-sk-a", b"nt-0123!\n\n", b"short"]);
        assert_eq!(out, b"data: ****!\n\nshort");
    }

    #[test]
    fn whole_events_are_not_held_back_nor_copied() {
        let chunk = Bytes::from_static(b"data: {}\n\n");
        let passed = Scrubber::new([Secret::new(KEY)]).push(chunk.clone());
        assert_eq!(passed.as_ptr(), chunk.as_ptr());
        assert_eq!(passed.len(), chunk.len());
    }

    #[test]
    fn what_only_begins_like_a_secret_comes_out_at_the_end() {
        let (out, sizes) = scrub(&[b"see sk-ant-"]);
        assert_eq!((out.as_slice(), sizes), (&b"see sk-ant-"[..], vec![4]));
    }

    #[test]
    fn texts_lose_even_short_ones() {
        let secrets = [Secret::new("abc"), Secret::new("")];
        assert_eq!(scrubbed("x abc y abcabc", &secrets), "x **** y ********");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            failure_persistence: None,
            rng_seed: proptest::test_runner::RngSeed::Fixed(7),
            ..ProptestConfig::default()
        })]

        #[test]
        fn any_chunking_masks_the_same(
            pieces in prop::collection::vec(prop_oneof![
                Just(KEY.to_owned()), Just("sk-ant-".to_owned()), "[a-z-]{0,6}",
            ], 0..8),
            cuts in prop::collection::vec(0_usize..80, 0..6),
        ) {
            let text = pieces.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= text.len()).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> =
                cuts.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
            let (out, _) = scrub(&chunks);
            prop_assert_eq!(String::from_utf8(out).unwrap(), text.replace(KEY, MASK));
        }
    }
}
