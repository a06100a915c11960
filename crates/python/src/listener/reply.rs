//! The body of a reply, and the exchange that lasts as long as it.

use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use ironbridge_asgi::Tell;
use tokio::task::{JoinHandle, spawn_blocking};
use tungstenite::Bytes;

use super::desk::{Desk, Slot};
use super::serve::Visit;
use super::text;
use crate::frames::code;

/// Bytes of a file that are read at a time.
const FILE_BYTES: usize = 64 * 1024;

/// A reply that does not come to its end: the connection is broken off.
#[derive(Debug)]
pub(super) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the application ended before its reply did")
    }
}

impl std::error::Error for Broken {}

/// One exchange. When it is dropped before its end, the application learns that the client has gone.
pub(super) struct Exchange {
    pub(super) desk: Arc<Desk>,
    pub(super) slot: Arc<Slot>,
    pub(super) upload: Option<Upload>,
}

/// A request's body on its way to the application.
pub(super) struct Upload {
    pub(super) body: Incoming,
    /// The client waits for `100 Continue`, which hyper sends when the body is read first.
    pub(super) waits: bool,
    /// Bytes that may come still.
    pub(super) left: u64,
}

/// Why a request's body does not come to its end; the application has been told that its client is gone.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cut {
    /// It is longer than it may be.
    TooLong,
    /// The client has gone, or what it says is no body.
    Lost,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.desk.leave(&self.slot, code::LOST);
    }
}

impl Exchange {
    /// Nothing is told of it any more: whoever waits for that would wait for ever.
    fn cut(&mut self, why: Cut) -> Cut {
        self.upload = None;
        self.desk.leave(&self.slot, code::LOST);
        why
    }

    /// Sends on what has come of the request's body.
    pub(super) fn poll_upload(&mut self, context: &mut Context<'_>) -> Option<Cut> {
        loop {
            let upload = self.upload.as_mut().filter(|upload| !upload.waits)?;
            if self.slot.poll_room(context).is_pending() {
                return None;
            }
            if self.slot.is_over() {
                self.upload = None;
                return None;
            }
            let Poll::Ready(frame) = Pin::new(&mut upload.body).poll_frame(context) else {
                return None;
            };
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(bytes))) => {
                    let Some(left) = upload.left.checked_sub(bytes.len() as u64) else {
                        return Some(self.cut(Cut::TooLong));
                    };
                    upload.left = left;
                    let more = !upload.body.is_end_stream();
                    self.desk.write(&self.slot, bytes, more);
                    if !more {
                        self.upload = None;
                    }
                }
                // Trailers of a request are nobody's business.
                Some(Ok(Err(_))) => {}
                Some(Err(_)) => return Some(self.cut(Cut::Lost)),
                None => {
                    self.upload = None;
                    self.desk.write(&self.slot, Bytes::new(), false);
                }
            }
        }
    }
}

/// What hyper sends.
pub(super) struct Reply {
    content: Content,
    /// The connection has a request under way for as long as it lives.
    _visit: Visit,
}

enum Content {
    Whole(Option<Bytes>),
    Stream {
        exchange: Exchange,
        first: Bytes,
        given: usize,
    },
    File {
        reading: JoinHandle<io::Result<(File, Bytes)>>,
    },
    /// It breaks off. What was given before is sent first: hyper does so when it has to wait.
    Breaking {
        waited: bool,
    },
    Over,
}

impl Reply {
    pub(super) fn whole(body: impl Into<Bytes>, visit: Visit) -> Self {
        let body = body.into();
        Self { content: Content::Whole((!body.is_empty()).then_some(body)), _visit: visit }
    }

    pub(super) fn stream(exchange: Exchange, first: Bytes, visit: Visit) -> Self {
        Self { content: Content::Stream { exchange, first, given: 0 }, _visit: visit }
    }
}

/// What is to be done with what was told of a stream.
enum Next {
    Frame(Frame<Bytes>, bool),
    File(Bytes),
    Skip,
    Broken,
}

fn poll_stream(
    exchange: &mut Exchange,
    given: &mut usize,
    context: &mut Context<'_>,
) -> Poll<Next> {
    if exchange.poll_upload(context).is_some() {
        return Poll::Ready(Next::Broken);
    }
    // hyper asks for the next part when it has taken the one before.
    exchange.desk.taken(&exchange.slot, std::mem::take(given));
    let told = ready!(exchange.slot.poll_told(context));
    Poll::Ready(match told.kind {
        Tell::Body => {
            *given = told.body.len();
            Next::Frame(Frame::data(told.body), !told.more)
        }
        Tell::Trailers => Next::Frame(Frame::trailers(text::headers(&told.text)), !told.more),
        Tell::File => Next::File(told.body),
        Tell::Wanted => {
            if let Some(upload) = &mut exchange.upload {
                upload.waits = false;
            }
            Next::Skip
        }
        Tell::Failed => Next::Broken,
        _ => Next::Skip,
    })
}

fn read_part(mut file: File) -> io::Result<(File, Bytes)> {
    let mut part = vec![0; FILE_BYTES];
    let length = file.read(&mut part)?;
    part.truncate(length);
    Ok((file, part.into()))
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        loop {
            match &mut self.content {
                Content::Whole(body) => {
                    let body = body.take();
                    self.content = Content::Over;
                    return Poll::Ready(body.map(|body| Ok(Frame::data(body))));
                }
                Content::Over => return Poll::Ready(None),
                Content::Stream { first, given, .. } if !first.is_empty() => {
                    *given = first.len();
                    return Poll::Ready(Some(Ok(Frame::data(std::mem::take(first)))));
                }
                Content::Stream { exchange, given, .. } => {
                    match ready!(poll_stream(exchange, given, context)) {
                        Next::Skip => {}
                        Next::Broken => self.content = Content::Breaking { waited: false },
                        Next::File(path) => {
                            let path = String::from_utf8_lossy(&path).into_owned();
                            let reading = spawn_blocking(move || read_part(File::open(path)?));
                            self.content = Content::File { reading };
                        }
                        Next::Frame(frame, last) => {
                            if last {
                                self.content = Content::Over;
                            }
                            // An empty part would be the end of a chunked body.
                            if frame.data_ref().is_none_or(|data| !data.is_empty()) {
                                return Poll::Ready(Some(Ok(frame)));
                            }
                        }
                    }
                }
                Content::Breaking { waited: true } => return Poll::Ready(Some(Err(Broken))),
                Content::Breaking { waited } => {
                    *waited = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Content::File { reading } => {
                    let Ok(Ok((file, part))) = ready!(Pin::new(&mut *reading).poll(context)) else {
                        return Poll::Ready(Some(Err(Broken)));
                    };
                    if part.is_empty() {
                        self.content = Content::Over;
                    } else {
                        *reading = spawn_blocking(move || read_part(file));
                        return Poll::Ready(Some(Ok(Frame::data(part))));
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.content, Content::Over | Content::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(body) => {
                SizeHint::with_exact(body.as_ref().map_or(0, Bytes::len) as u64)
            }
            Content::Over => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}
