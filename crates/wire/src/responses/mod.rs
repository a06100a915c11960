//! OpenAI responses: `POST /v1/responses`.
//!
//! A conversation is a list of items rather than of messages: what the model says, thinks and calls are items beside
//! one another. Reading gathers the items of one speaker into one turn; writing splits turns into items again.
//!
//! Facts come from the types of OpenAI's own SDK (openai-python 3.52, `types/responses`), the Open Responses schema
//! (openresponses.org) where it is stricter, and recorded streams of OpenAI, Azure, xAI and LM Studio. Where servers
//! leave events out, the reader completes a part from the `done` event that repeats it whole.
//!
//! What only the server knows (stored responses, conversations, prompt templates) cannot be translated and is refused
//! by [`refuse_what_only_the_server_knows`]; what only this dialect has (web search calls, namespaces, shells) travels
//! as [`Body::Native`](crate::Body::Native) and [`ToolKind::Native`](crate::ToolKind::Native).

mod annotations;
mod items;
mod known;
mod read_content;
mod read_input;
mod read_items;
mod read_reply;
mod read_request;
mod read_stream;
mod read_tools;
mod response;
mod stored;
#[cfg(test)]
mod tests;
mod text_delta;
mod usage;
mod write_frame;
mod write_input;
mod write_reply;
mod write_request;
mod write_schema;
mod write_stream;
mod write_tools;

pub(crate) use known::REPLY;
pub(crate) use read_reply::read_reply;
pub(crate) use read_request::read_request;
pub(crate) use read_stream::StreamReader;
pub(crate) use stored::refuse_what_only_the_server_knows;
pub(crate) use write_reply::write_reply;
pub(crate) use write_request::write_request;
pub(crate) use write_stream::StreamWriter;
