//! OpenAI chat completions, and the servers that imitate it.
//!
//! The facts come from OpenAI's API reference (platform.openai.com/docs/api-reference/chat), from the streams of ten
//! servers in `shared/recorded/chat`, and from the documents of the servers that add to it (DeepSeek, Groq, Mistral,
//! Moonshot, OpenRouter, vLLM, xAI, Copilot). What is written keeps to OpenAI's own form, but for reasoning, which has
//! none there: it goes where most imitators have it ([`thinking`]). What is read is anything that any of them sends.
//!
//! One file each reads and writes a request, a reply and a stream. A whole reply is read by the stream's reader, as
//! one large delta, so that both obey the same rules.

mod calls;
mod citations;
mod content;
mod finish;
mod known;
mod read_messages;
mod read_reply;
mod read_request;
mod read_stream;
mod read_tools;
mod text_chunk;
mod thinking;
mod usage;
mod write_messages;
mod write_reply;
mod write_request;
mod write_stream;
mod write_tools;

#[cfg(test)]
mod tests;

pub(crate) use known::REPLY;
pub(crate) use read_reply::read_reply;
pub(crate) use read_request::read_request;
pub(crate) use read_stream::StreamReader;
pub(crate) use usage::usage_of_text;
pub(crate) use write_reply::write_reply;
pub(crate) use write_request::write_request;
pub(crate) use write_stream::StreamWriter;
