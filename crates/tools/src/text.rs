//! What is in a file: its encoding, its byte-order mark, its line endings, its hash.
//!
//! Everything here is pure. The one promise: [`Text::decode`] and [`Text::encode`] give back the very same bytes, or
//! [`Text::exact`] says that they do not.

mod decode;
mod diff;
mod encoding;
mod hash;
mod line_ending;
mod lines;
mod sample;

pub use decode::{NotText, Text};
pub use diff::{Diff, unified_diff};
pub use encoding::{Encoding, Unencodable};
pub use hash::{ContentHash, InvalidHash};
pub use line_ending::{
    LineEnding, LineEndingKind, LineEndings, split_terminator, with_line_ending,
};
pub use lines::{Lines, line_count, line_start};
pub(crate) use sample::{Sample, media_type};
