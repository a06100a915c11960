//! The responses dialect.
use crate::changes::Changes;
use crate::error::{ApiError, ErrorKind};
use crate::event::Event;
use crate::fields::Reading;
use crate::prompt::Prompt;
use crate::reply::Reply;
use crate::sse::Frame;
use crate::stream::{ReadStream, WriteStream};
use crate::writing::Writing;
use serde_json::Value;

pub(crate) fn read_request(_: Value, _: &Reading) -> Prompt {
    Prompt::default()
}
pub(crate) fn write_request(_: Prompt, _: &mut Writing) -> Value {
    Value::Null
}
pub(crate) fn read_reply(_: Value) -> Result<Reply, ApiError> {
    Err(ApiError::new(ErrorKind::Internal, "being written"))
}
pub(crate) fn write_reply(_: Reply, _: &mut Changes) -> Value {
    Value::Null
}
#[derive(Default)]
pub(crate) struct StreamReader;
impl ReadStream for StreamReader {
    fn frame(&mut self, _: &Frame<'_>, _: &mut Vec<Event>) {}
    fn end(&mut self, _: &mut Vec<Event>) {}
}
#[derive(Default)]
pub(crate) struct StreamWriter;
impl WriteStream for StreamWriter {
    fn event(&mut self, _: Event, _: &mut Changes, _: &mut Vec<u8>) {}
}
pub(crate) fn refuse_what_only_the_server_knows(_: &Value) -> Result<(), crate::invalid::Invalid> {
    Ok(())
}
