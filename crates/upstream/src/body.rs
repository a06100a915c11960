//! The body of an answer, as it comes.
//!
//! From the socket to the gateway a chunk passes through three things that mostly do nothing: the idle time-out, the
//! unpacking of gzip that nobody asked for, and the scrubber. Untouched chunks are never copied.

use crate::deadline::Deadline;
use crate::gunzip::Gunzip;
use crate::scrub::Scrubber;
use crate::send_error::{Failure, SendError, Step};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use ironbridge_wire::{ApiError, ErrorKind};
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// Why a body ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The provider fell silent.
    #[error("provider `{provider}`: no further bytes within {} s", after.as_secs_f64())]
    Idle {
        /// The provider's name.
        provider: String,
        /// How long was waited.
        after: Duration,
    },
    /// The connection broke.
    #[error("provider `{provider}`: the connection broke within the answer: {reason}")]
    Broken {
        /// The provider's name.
        provider: String,
        /// The chain of causes.
        reason: String,
    },
    /// It said gzip, and was not, or unpacks to too much.
    #[error("provider `{provider}`: the answer cannot be unpacked: {reason}")]
    Encoding {
        /// The provider's name.
        provider: String,
        /// Why.
        reason: String,
    },
    /// It is larger than [`AnswerBody::collect`] was told to take.
    #[error("the answer is over {bytes_max} bytes")]
    TooLarge {
        /// The limit, in bytes.
        bytes_max: usize,
    },
}

impl BodyError {
    /// What the client is told.
    #[must_use]
    pub fn to_api_error(&self) -> ApiError {
        match self {
            BodyError::Idle { provider, after } => SendError {
                provider: provider.clone(),
                failure: Failure::Timeout { step: Step::Idle, after: *after },
                tries: 1,
            }
            .to_api_error(),
            BodyError::Broken { .. } => {
                ApiError::new(ErrorKind::BadGateway, self.to_string()).with_code("upstream_closed")
            }
            BodyError::Encoding { .. } | BodyError::TooLarge { .. } => {
                ApiError::new(ErrorKind::BadGateway, self.to_string())
                    .with_code("upstream_protocol")
            }
        }
    }
}

/// The body of an answer.
///
/// Trailers are not passed on. Dropping it before its end closes the HTTP/1.1 connection, or resets the HTTP/2 stream,
/// so that the provider stops generating.
pub struct AnswerBody {
    source: Source,
    gunzip: Option<Gunzip>,
    scrubber: Scrubber,
}

enum Source {
    Upstream(Box<Upstream>),
    Chunks(VecDeque<Bytes>),
    Ended,
}

/// A body that a socket feeds.
pub(crate) struct Upstream {
    provider: String,
    incoming: Incoming,
    idle: Duration,
    /// Comes when nothing has come for so long, while somebody waited.
    silence: Deadline,
    waiting: bool,
    /// The provider's place among those under way.
    _place: OwnedSemaphorePermit,
}

impl Upstream {
    pub(crate) fn new(
        provider: &str,
        incoming: Incoming,
        idle: Duration,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Upstream {
            provider: provider.to_owned(),
            incoming,
            idle,
            silence: Deadline::after(idle),
            waiting: false,
            _place: place,
        }
    }

    /// The next bytes; `None` at the end.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.waiting = false;
                    if let Ok(chunk) = frame.into_data() {
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    let reason = crate::chain(&error);
                    let provider = self.provider.clone();
                    return Poll::Ready(Some(Err(BodyError::Broken { provider, reason })));
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {
                    if !std::mem::replace(&mut self.waiting, true) {
                        self.silence.move_to(Instant::now() + self.idle);
                    }
                    ready!(self.silence.poll(cx));
                    let (provider, after) = (self.provider.clone(), self.idle);
                    return Poll::Ready(Some(Err(BodyError::Idle { provider, after })));
                }
            }
        }
    }
}

impl AnswerBody {
    pub(crate) fn of_upstream(upstream: Upstream, gzip: bool, scrubber: Scrubber) -> Self {
        AnswerBody {
            source: Source::Upstream(Box::new(upstream)),
            gunzip: gzip.then(Gunzip::new),
            scrubber,
        }
    }

    /// A body that is already here; empty chunks are left out.
    pub fn from_chunks(chunks: impl IntoIterator<Item = Bytes>) -> Self {
        let chunks = chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect();
        AnswerBody { source: Source::Chunks(chunks), gunzip: None, scrubber: Scrubber::default() }
    }

    /// The next chunk as it came, never empty; `None` at the end, and after an error.
    ///
    /// Cancel safe: a chunk that has come is not lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The whole body.
    ///
    /// # Errors
    /// When it breaks off, or is over `bytes_max` bytes; the connection is then closed.
    pub async fn collect(mut self, bytes_max: usize) -> Result<Bytes, BodyError> {
        let mut first = Bytes::new();
        let mut more: Option<Vec<u8>> = None;
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            let so_far = more.as_ref().map_or(first.len(), Vec::len);
            if so_far + chunk.len() > bytes_max {
                return Err(BodyError::TooLarge { bytes_max });
            }
            match &mut more {
                Some(bytes) => bytes.extend_from_slice(&chunk),
                None if first.is_empty() => first = chunk,
                None => more = Some([first.as_ref(), chunk.as_ref()].concat()),
            }
        }
        Ok(more.map_or(first, Bytes::from))
    }

    /// As [`next`](Self::next), to be polled.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let upstream = match &mut self.source {
                Source::Ended => return Poll::Ready(None),
                Source::Chunks(chunks) => return Poll::Ready(chunks.pop_front().map(Ok)),
                Source::Upstream(upstream) => upstream,
            };
            let Poll::Ready(found) = upstream.poll_chunk(cx) else { return Poll::Pending };
            let passing = match (found, &mut self.gunzip) {
                (Some(Ok(chunk)), None) => Ok(self.scrubber.push(chunk)),
                (Some(Ok(chunk)), Some(gunzip)) => {
                    gunzip.push(&chunk).map(|chunk| self.scrubber.push(chunk))
                }
                (Some(Err(error)), _) => {
                    self.source = Source::Ended;
                    return Poll::Ready(Some(Err(error)));
                }
                (None, gunzip) => {
                    let rest = gunzip.as_mut().map_or(Ok(Bytes::new()), Gunzip::end);
                    rest.map(|rest| {
                        let mut chunks = VecDeque::from([self.scrubber.push(rest)]);
                        chunks.push_back(self.scrubber.end());
                        chunks.retain(|chunk| !chunk.is_empty());
                        self.source = Source::Chunks(chunks);
                        Bytes::new()
                    })
                }
            };
            match passing {
                Ok(chunk) if chunk.is_empty() => {}
                Ok(chunk) => return Poll::Ready(Some(Ok(chunk))),
                Err(error) => {
                    let provider = match std::mem::replace(&mut self.source, Source::Ended) {
                        Source::Upstream(upstream) => upstream.provider,
                        Source::Chunks(_) | Source::Ended => String::new(),
                    };
                    let reason = error.to_string();
                    return Poll::Ready(Some(Err(BodyError::Encoding { provider, reason })));
                }
            }
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.poll_next(cx).map(|found| found.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Upstream(_) => false,
            Source::Chunks(chunks) => chunks.is_empty(),
            Source::Ended => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Upstream(_) => SizeHint::default(),
            Source::Chunks(chunks) => {
                let bytes: usize = chunks.iter().map(Bytes::len).sum();
                SizeHint::with_exact(bytes as u64)
            }
            Source::Ended => SizeHint::with_exact(0),
        }
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Upstream(_) => "upstream",
            Source::Chunks(_) => "chunks",
            Source::Ended => "ended",
        };
        f.debug_struct("AnswerBody").field("source", &source).finish_non_exhaustive()
    }
}
