//! A streamed reply on its way through: part of room five.
//!
//! The client's connection pulls. Each pull reads the upstream until there is something to send, so a slow client
//! slows the upstream down and nothing piles up in between. When the client goes away hyper drops the passage; then the
//! upstream's connection is closed with it, or read to its end beside (`on_disconnect = "drain"`).

use crate::conversation::Replied;
use crate::exchange::{Cause, Side};
use crate::live::{self, Progress};
use crate::settings::{DRAIN_BYTES_MAX, DRAIN_TIME_MAX, OnDisconnect};
use crate::settle::{Account, cause_of_body};
use crate::shared::{BrokenOff, Phase, Shared};
use crate::trace::ChunkTrace;
use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use ironbridge_upstream::{AnswerBody, Deadline, first_content_timeout};
use ironbridge_wire::{ApiError, Dialect, Step, StreamTranslator};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::time::Instant;

/// A stream between one upstream and one client.
pub(crate) struct Passage {
    flow: Option<Flow>,
    shared: Arc<Shared>,
    on_disconnect: OnDisconnect,
}

/// What a passage consists of; taken out of it when the client leaves.
struct Flow {
    account: Account,
    body: AnswerBody,
    translator: StreamTranslator,
    step: Step,
    dialect: Dialect,
    keep_alive: Duration,
    /// Ends when the client has been sent nothing for a keep-alive interval.
    silence: Deadline,
    provider: String,
    first_content: Duration,
    /// Ends when the first content must have come.
    content_due: Deadline,
    aborted: Aborted,
    cause: Cause,
    trace: ChunkTrace,
    /// What who watches knows of it; `None`: nobody watches.
    progress: Option<Progress>,
}

/// What a passage is made from.
pub(crate) struct Begin {
    pub(crate) account: Account,
    pub(crate) body: AnswerBody,
    pub(crate) translator: StreamTranslator,
    /// The client's.
    pub(crate) dialect: Dialect,
    /// The provider's name, for messages.
    pub(crate) provider: String,
    /// How long the first content may take.
    pub(crate) first_content: Duration,
    pub(crate) trace: ChunkTrace,
    /// The session by which the operator may break it off.
    pub(crate) session: Option<Arc<str>>,
}

/// What the start of a stream turned out to be.
#[expect(clippy::large_enum_variant, reason = "made once and taken apart at once")]
pub(crate) enum Prelude {
    /// Content has come, or the stream is whole, or it takes too long to wait for: the client may see it.
    Shown(Passage),
    /// It broke before any content, so that another target may be tried.
    Broken(Account, ApiError, Cause),
}

/// Lifecycle events that are held back while another target may yet be tried, in bytes.
const PRELUDE_BYTES_MAX: usize = 256 * 1024;

/// How long after its last event a body may take to end before its connection is given up.
const BODY_END_TIMEOUT: Duration = Duration::from_secs(1);

impl Passage {
    pub(crate) fn begin(begin: Begin, shared: Arc<Shared>) -> Self {
        let live = shared.live();
        let server = &live.settings.server;
        let flow = Flow {
            account: begin.account,
            body: begin.body,
            translator: begin.translator,
            step: Step::default(),
            dialect: begin.dialect,
            keep_alive: server.keep_alive,
            silence: Deadline::after(server.keep_alive),
            provider: begin.provider,
            first_content: begin.first_content,
            content_due: Deadline::after(begin.first_content),
            aborted: Aborted::new(shared.clone(), begin.session),
            cause: Cause::Running,
            trace: begin.trace,
            progress: shared.services.observer.is_some().then(Progress::default),
        };
        Passage { flow: Some(flow), on_disconnect: server.on_disconnect, shared }
    }

    /// Holds the stream back until it has content, at most one keep-alive interval: until then it may still be dropped
    /// for another target.
    pub(crate) async fn prelude(mut self) -> Prelude {
        if let Some(flow) = &mut self.flow {
            let patience = Instant::now() + flow.keep_alive;
            while !flow.translator.tally().content
                && !flow.translator.is_over()
                && flow.step.body.len() < PRELUDE_BYTES_MAX
            {
                if tokio::time::timeout_at(patience, flow.read()).await.is_err() {
                    break;
                }
            }
            let tally = flow.translator.tally();
            if let Some(error) = tally.failed.clone().filter(|_| !tally.content) {
                let cause = flow.cause_of_failure();
                if let Some(flow) = self.flow.take() {
                    return Prelude::Broken(flow.account, error, cause);
                }
            }
        }
        Prelude::Shown(self)
    }

    /// The passage as the body of the client's reply.
    pub(crate) fn into_body(self) -> Body {
        Body::new(self)
    }

    /// What to send next; `None` at the end.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(flow) = &mut self.flow else { return Poll::Ready(None) };
        loop {
            if !flow.step.body.is_empty() {
                return Poll::Ready(Some(flow.send_body()));
            }
            if flow.translator.is_over() {
                let last = flow.send_last();
                if let Some(flow) = self.flow.take() {
                    flow.leave_connection(&self.shared);
                }
                return Poll::Ready(last);
            }
            if flow.poll_read(cx).is_pending() {
                ready!(flow.silence.poll(cx));
                flow.silence.move_to(Instant::now() + flow.keep_alive);
                return Poll::Ready(Some(ping(flow.dialect)));
            }
        }
    }
}

impl http_body::Body for Passage {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_next(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl Flow {
    /// Reads the upstream once. Cancel safe: a chunk is either taken whole or not at all.
    async fn read(&mut self) {
        poll_fn(|cx| self.poll_read(cx)).await;
    }

    /// Reads the upstream once, or finds out why there is nothing more to read.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.body.poll_next(cx) {
            Poll::Ready(Some(Ok(bytes))) => {
                self.trace.chunk(&bytes);
                self.translator.push(&bytes, &mut self.step);
            }
            Poll::Ready(Some(Err(error))) => {
                self.cause = cause_of_body(&error);
                self.translator.fail(error.to_api_error(), &mut self.step);
            }
            Poll::Ready(None) => {
                self.cause = Cause::UpstreamAbort;
                self.translator.end(&mut self.step);
            }
            Poll::Pending if self.waits_for_content() && self.content_due.poll(cx).is_ready() => {
                self.cause = Cause::Timeout;
                let error = first_content_timeout(&self.provider, self.first_content);
                self.translator.fail(error, &mut self.step);
            }
            Poll::Pending => {
                let broken = ready!(self.aborted.poll(cx));
                self.cause = broken.cause;
                self.translator.fail(broken.error, &mut self.step);
            }
        }
        Poll::Ready(())
    }

    fn waits_for_content(&self) -> bool {
        !self.translator.tally().content
    }

    fn send_body(&mut self) -> Bytes {
        let bytes = Bytes::from(std::mem::take(&mut self.step.body));
        self.silence.move_to(Instant::now() + self.keep_alive);
        if self.translator.tally().content {
            self.account.note_first_content();
        }
        self.account.note(|record| {
            record.status = 200;
            record.reply_bytes += bytes.len() as u64;
        });
        self.show_progress();
        bytes
    }

    /// Tells who watches how far the reply has come.
    fn show_progress(&mut self) {
        let Some(progress) = &mut self.progress else { return };
        let tally = self.translator.tally();
        if !tally.content {
            return;
        }
        let phase = if tally.thinking { live::Phase::Thinking } else { live::Phase::Streaming };
        if progress.is_due(phase, Instant::now()) {
            self.account.show(phase);
        }
    }

    /// Closes the account, then gives the terminal event: whoever has seen it finds it in the books.
    fn send_last(&mut self) -> Option<Bytes> {
        let last = std::mem::take(&mut self.step.last);
        self.account.note(|record| record.reply_bytes += last.len() as u64);
        self.close();
        (!last.is_empty()).then(|| Bytes::from(last))
    }

    /// Hands the reply over to the account.
    fn note_reply(&mut self) {
        if let Some(reply) = self.translator.take_reply() {
            self.account.note_reply(Replied::Streamed(Box::new(reply)));
        }
    }

    fn close(&mut self) {
        self.trace.end();
        self.note_reply();
        let cause = self.cause_of_failure();
        let (tally, changes) = (self.translator.tally(), self.translator.changes());
        if tally.failed.is_none() {
            self.account.close_whole(200, tally, changes);
        } else {
            self.account.close(|record| {
                record.status = 200;
                record.cause = cause;
                record.note_tally(tally);
                record.note_changes(changes, Side::Reply);
            });
        }
    }

    /// Why the stream broke, where it did: what the transport said, else an error of the upstream's own.
    fn cause_of_failure(&self) -> Cause {
        if self.cause == Cause::Running { Cause::UpstreamError } else { self.cause }
    }

    /// Hears out the end of a body whose last event has come, so that the connection can be used again: most servers
    /// send the end on its own, a moment later.
    fn leave_connection(mut self, shared: &Shared) {
        if self.cause != Cause::Running {
            return;
        }
        shared.tasks.spawn(async move {
            let rest = async { while let Some(Ok(_)) = self.body.next().await {} };
            // A body that does not end is closed, and with it the connection.
            let _ = tokio::time::timeout(BODY_END_TIMEOUT, rest).await;
        });
    }

    /// Reads a stream to its end for the books alone.
    async fn drain(mut self) {
        let read_all = async {
            let mut bytes_left = DRAIN_BYTES_MAX;
            while !self.translator.is_over() && bytes_left > 0 {
                self.read().await;
                bytes_left = bytes_left.saturating_sub(self.step.body.len().max(1));
                self.step.body.clear();
            }
        };
        // Whatever was read until then counts.
        let _ = tokio::time::timeout(DRAIN_TIME_MAX, read_all).await;
        self.abandon();
    }

    /// Closes the account of a client that has gone.
    fn abandon(&mut self) {
        self.trace.end();
        self.note_reply();
        let (tally, changes) = (self.translator.tally(), self.translator.changes());
        self.account.close(|record| {
            record.note_tally(tally);
            record.note_changes(changes, Side::Reply);
            record.status = 200;
            record.cause = Cause::ClientAbort;
            record.error = Some("the client went away before the reply was whole".to_owned());
        });
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let Some(mut flow) = self.flow.take() else { return };
        if !flow.account.is_open() {
            return;
        }
        match self.on_disconnect {
            OnDisconnect::Cancel => flow.abandon(),
            OnDisconnect::Drain => {
                self.shared.tasks.spawn(flow.drain());
            }
        }
    }
}

/// Whether what still runs is broken off: by the gateway's end, or by the operator.
struct Aborted {
    shared: Arc<Shared>,
    broken: Pin<Box<dyn Future<Output = BrokenOff> + Send>>,
    /// Whom it will wake: asked again by the same task, which happens with every chunk, it need not be asked itself.
    waiter: Waker,
    /// What was so when it was asked; only a change of it can have ended the wait.
    seen: (Phase, u64),
}

impl Aborted {
    fn new(shared: Arc<Shared>, session: Option<Arc<str>>) -> Self {
        let of_task = shared.clone();
        let broken = Box::pin(async move { of_task.broken_off(session.as_deref()).await });
        let seen = (shared.phase(), shared.held.changes());
        Aborted { shared, broken, waiter: Waker::noop().clone(), seen }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<BrokenOff> {
        let now = (self.shared.phase(), self.shared.held.changes());
        if self.waiter.will_wake(cx.waker()) && self.seen == now {
            return Poll::Pending;
        }
        self.seen = now;
        self.waiter.clone_from(cx.waker());
        self.broken.as_mut().poll(cx)
    }
}

/// A sign of life that no client takes for content: Anthropic's own event, elsewhere a comment.
pub(crate) fn ping(dialect: Dialect) -> Bytes {
    Bytes::from_static(match dialect {
        Dialect::Messages => b"event: ping\ndata: {\"type\":\"ping\"}\n\n",
        Dialect::Chat | Dialect::Responses => b": ping\n\n",
    })
}
