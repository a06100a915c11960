//! Anthropic's messages.
//!
//! The facts are those of docs.anthropic.com/en/api/messages and /messages-streaming, of the types of the official
//! SDKs, of the API's own error texts where those say more, and of recorded streams of the real server.
//!
//! What sets the dialect apart: content is a list of typed blocks everywhere, results of tools are blocks of the
//! user's, the system prompt stands outside of the conversation, thinking is signed, an output limit is demanded, and
//! new kinds of blocks and tools appear every few weeks. Those are [`Native`](crate::Body::Native) parts, never errors.
//!
//! | concern | reading | writing |
//! |---|---|---|
//! | request | `read_request`, `read_block` | `write_request`, `write_turns`, `write_tool`, `write_reasoning` |
//! | reply | `read_reply`, `read_block` | `write_reply`, `write_block` |
//! | stream | `read_stream` | `write_stream` |
//! | why it ended, what it used | `finish`, `usage` | `finish`, `usage` |

mod finish;
mod known;
mod read_block;
mod read_reply;
mod read_request;
mod read_stream;
mod stored;
mod text_delta;
mod usage;
mod write_block;
mod write_name;
mod write_reasoning;
mod write_reply;
mod write_request;
mod write_stream;
mod write_tool;
mod write_turns;

#[cfg(test)]
mod tests;

pub(crate) use known::REPLY;
pub(crate) use read_reply::read_reply;
pub(crate) use read_request::{read_count_request, read_request};
pub(crate) use read_stream::StreamReader;
pub(crate) use stored::refuse_what_only_the_server_knows;
pub(crate) use usage::usage_of_reply;
pub(crate) use write_reply::write_reply;
pub(crate) use write_request::write_request;
pub(crate) use write_stream::StreamWriter;
