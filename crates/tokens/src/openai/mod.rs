//! OpenAI's encodings, exactly as `tiktoken` computes them.

mod class;
mod encoding;
#[cfg(test)]
mod encoding_tests;
mod hash;
mod merge;
mod pattern;
mod vocabulary;

#[cfg(test)]
pub(crate) use encoding::o200k_piece_end;
pub(crate) use encoding::split_as_gpt2;
pub use encoding::{DecodeError, Encoding};
