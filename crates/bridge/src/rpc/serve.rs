//! One connection, from its first line to its end.

use super::bounds::{END_TIME, LAST_LINES_TIME, LAST_REQUESTS_TIME, LINE_BYTES_MAX};
use super::in_flight::InFlight;
use super::lines::{Line, Lines};
use super::message::{Incoming, answer, read};
use super::{INTERNAL_ERROR, INVALID_REQUEST, Id, Params, Peer, RpcError};
use futures_util::FutureExt;
use ironbridge_tools::Cancel;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Work that may wait.
pub(crate) type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What becomes of a request.
pub(crate) enum Outcome {
    /// It is answered: with the result as JSON text, or an error.
    Answer(Result<String, RpcError>),
    /// The same, and this is done once the answer is on its way.
    AnswerThen(Result<String, RpcError>, Work<()>),
    /// Nobody wants an answer any more.
    Nothing,
}

/// A request to be answered.
#[derive(Debug)]
pub(crate) struct Request {
    /// What for.
    pub(crate) method: String,
    /// With what.
    pub(crate) params: Params,
    /// Stops it.
    pub(crate) cancel: Cancel,
}

/// A protocol: what the messages mean.
pub(crate) trait Service: Send + Sync + 'static {
    /// Takes a request. Called in the order they come and must not wait; the work is done beside the next ones.
    fn request(self: &Arc<Self>, request: Request, peer: &Peer) -> Work<Outcome>;

    /// Takes a notification, in its order; gives what is to be done about it beside the next messages.
    fn notification(
        self: &Arc<Self>,
        method: &str,
        params: &Params,
        peer: &Peer,
    ) -> Option<Work<()>>;

    /// The request that a notification cancels, if it does.
    fn cancels(&self, method: &str, params: &Params) -> Option<Id>;

    /// Nothing more will be asked; what runs ends soon, or is ended.
    fn closing(self: &Arc<Self>);

    /// Waits for what goes on although nobody waits for its answer.
    fn idle(self: &Arc<Self>) -> Work<()>;
}

/// Serves until the input ends, nobody reads the output, or `stop` is over. At the end of the input what runs gets two
/// seconds; then, or at once, it is told to end, and gets four.
///
/// # Errors
/// As the input says.
pub(crate) async fn serve<S: Service>(
    service: Arc<S>,
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let mut stop = std::pin::pin!(stop);
    let mut time_left = Duration::ZERO;
    let (peer, waiting) = Peer::new();
    let mut writer = JoinSet::new();
    writer.spawn(write(waiting, output));
    let mut lines = Lines::new(input);
    let mut connection = Connection {
        service: service.clone(),
        peer,
        in_flight: InFlight::default(),
        work: JoinSet::new(),
    };
    let ended = loop {
        tokio::select! {
            () = &mut stop => break Ok(()),
            _ = writer.join_next() => break Ok(()),
            Some(_) = connection.work.join_next(), if !connection.work.is_empty() => {}
            line = lines.next() => match line {
                Ok(Some(line)) => connection.take(line).await,
                Ok(None) => {
                    time_left = LAST_REQUESTS_TIME;
                    break Ok(());
                }
                Err(error) => break Err(error),
            },
        }
    };
    service.closing();
    connection.end(&mut writer, time_left).await;
    ended
}

struct Connection<S> {
    service: Arc<S>,
    peer: Peer,
    in_flight: InFlight,
    work: JoinSet<()>,
}

impl<S: Service> Connection<S> {
    async fn take(&mut self, line: Line) {
        let message = match line {
            Line::Whole(line) => read(&line),
            Line::TooLong { bytes } => {
                let why = format!("the line has {bytes} bytes; at most {LINE_BYTES_MAX} are read");
                Incoming::Unreadable { id: None, error: RpcError::new(INVALID_REQUEST, why) }
            }
        };
        match message {
            Incoming::Request { id, method, params } => self.request(id, method, params).await,
            Incoming::Notification { method, params } => {
                if let Some(id) = self.service.cancels(&method, &params) {
                    self.in_flight.cancel(&id);
                } else if let Some(work) = self.service.notification(&method, &params, &self.peer) {
                    self.work.spawn(work);
                }
            }
            Incoming::Answer { id, outcome } => self.peer.answered(&id, outcome),
            Incoming::Unreadable { id, error } => {
                self.peer.send(answer(id.as_ref(), &Err(error))).await;
            }
        }
    }

    async fn request(&mut self, id: Id, method: String, params: Params) {
        let entered = match self.in_flight.enter(&id) {
            Ok(entered) => entered,
            Err(error) => {
                self.peer.send(answer(Some(&id), &Err(error))).await;
                return;
            }
        };
        let cancel = entered.cancel.clone();
        let work = self.service.request(Request { method, params, cancel }, &self.peer);
        let peer = self.peer.clone();
        self.work.spawn(async move {
            let entered = entered;
            let (outcome, then) = match finished(work).await {
                Outcome::Answer(outcome) => (outcome, None),
                Outcome::AnswerThen(outcome, then) => (outcome, Some(then)),
                Outcome::Nothing => return,
            };
            peer.send(answer(Some(&id), &outcome)).await;
            drop(entered);
            if let Some(then) = then {
                then.await;
            }
        });
    }

    /// Ends what runs, and writes what waits.
    async fn end(mut self, writer: &mut JoinSet<()>, time_left: Duration) {
        let Connection { work, in_flight, peer, service } = &mut self;
        let _ = timeout(time_left, finish(work)).await;
        peer.is_gone();
        in_flight.cancel_all();
        let ended = async {
            finish(work).await;
            service.idle().await;
        };
        if timeout(END_TIME, ended).await.is_err() {
            tracing::warn!("something does not end; it is left behind");
        }
        work.shutdown().await;
        // The writer ends when the last of those who could write is gone.
        drop(self);
        let _ = timeout(LAST_LINES_TIME, finish(writer)).await;
    }
}

async fn finish(work: &mut JoinSet<()>) {
    while work.join_next().await.is_some() {}
}

/// The outcome of work, also where it breaks down.
pub(crate) async fn finished(work: Work<Outcome>) -> Outcome {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        let why = "this request broke down; the log says where";
        Outcome::Answer(Err(RpcError::new(INTERNAL_ERROR, why)))
    })
}

/// Writes lines until the last who could send one is gone, or nobody reads.
async fn write(mut lines: mpsc::Receiver<String>, output: impl AsyncWrite + Unpin) {
    let mut output = tokio::io::BufWriter::new(output);
    while let Some(line) = lines.recv().await {
        let mut next = Some(line);
        while let Some(mut line) = next {
            line.push('\n');
            if let Err(error) = output.write_all(line.as_bytes()).await {
                return tracing::debug!(%error, "nobody reads any more");
            }
            next = lines.try_recv().ok();
        }
        if let Err(error) = output.flush().await {
            return tracing::debug!(%error, "nobody reads any more");
        }
    }
}

/// Waits until `cancel` is cancelled.
pub(crate) async fn cancelled(cancel: &Cancel) {
    let (told, heard) = oneshot::channel();
    let _registration = cancel.on_cancel(move || {
        let _ = told.send(());
    });
    let _ = heard.await;
}
