//! A body whose frames are written one by one.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::{Instant, Sleep};

use super::answer::Frames;
use crate::clock;

/// The frames of a stream, each handed over only after the one before it was flushed.
#[derive(Debug)]
pub(crate) struct Paced {
    frames: Frames,
    /// Frames handed over so far.
    sent: usize,
    /// When the next chunk is due. Points on a grid, so that a late chunk does not delay the others.
    due: Option<Pin<Box<Sleep>>>,
    pause: Duration,
    /// Whether hyper was given the chance to write the last frame.
    flushed: bool,
}

impl Paced {
    /// Chunks follow each other after `pause`; without one, as soon as the one before is written.
    pub(super) fn new(frames: Frames, pause: Duration) -> Self {
        Self { frames, sent: 0, due: None, pause, flushed: true }
    }

    fn is_chunk(&self) -> bool {
        let opening = self.frames.opening.len();
        (opening..opening + self.frames.chunks).contains(&self.sent)
    }

    fn next_frame(&mut self) -> Option<Bytes> {
        let at = self.sent;
        self.sent += 1;
        let opening = self.frames.opening.len();
        if let Some(frame) = self.frames.opening.get_mut(at) {
            return Some(std::mem::take(frame).into());
        }
        if at < opening + self.frames.chunks {
            let mark = clock::mark(clock::nanoseconds());
            let (head, tail) =
                (self.frames.chunk_head.as_bytes(), self.frames.chunk_tail.as_bytes());
            return Some([head, &mark, tail].concat().into());
        }
        let frame = self.frames.closing.get_mut(at - opening - self.frames.chunks)?;
        Some(std::mem::take(frame).into())
    }

    /// Ready when the next frame may be handed over.
    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.flushed {
            // hyper writes what it has when a body has nothing more for the moment.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.pause.is_zero() || !self.is_chunk() {
            return Poll::Ready(());
        }
        let first = Instant::now() + self.pause;
        let due = self.due.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(first)));
        ready!(due.as_mut().poll(context));
        let next = due.deadline() + self.pause;
        due.as_mut().reset(next);
        Poll::Ready(())
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        ready!(self.poll_due(context));
        self.flushed = false;
        Poll::Ready(self.next_frame().map(|bytes| Ok(Frame::data(bytes))))
    }
}
