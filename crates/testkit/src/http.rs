//! The little HTTP/1.1 that both ends of a test speak, byte by byte: a library would hide or refuse
//! the very faults that are to be seen.

mod buffer;
mod head;

pub(crate) use buffer::{Body, BodyPart, Buffer};
pub use head::Headers;
pub(crate) use head::{Head, ProtocolError};
