//! Short names for long ones.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The SHA-256 of `text` in hexadecimal: 64 characters.
pub(crate) fn digest(text: &str) -> String {
    let mut hexadecimal = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    hexadecimal
}

/// The first `chars` characters of [`digest`], to tell names apart.
pub(crate) fn mark(text: &str, chars: usize) -> String {
    let mut mark = digest(text);
    mark.truncate(chars);
    mark
}
