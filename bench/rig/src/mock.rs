//! The model server behind every gateway: answers are prepared texts, so that it costs the same for all of them.
//!
//! What it answers is in the model's name: `mock-c100-d20` streams 100 chunks with 20 ms between them, `mock-r1000`
//! answers a plain request with about 1,000 bytes. A chunk without a pause before it is a write of its own
//! nevertheless, as a model server's are.

mod answer;
mod paced;

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::case::Dialect;
use paced::Paced;

/// The body of an answer: at once, or chunk by chunk.
type AnswerBody = Either<Full<Bytes>, Paced>;

/// What the mock was asked for so far.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    chat: AtomicU64,
    messages: AtomicU64,
}

impl Asked {
    /// Requests in this dialect since the mock began.
    pub(crate) fn count(&self, dialect: Dialect) -> u64 {
        self.counter(dialect).load(Ordering::Relaxed)
    }

    fn counter(&self, dialect: Dialect) -> &AtomicU64 {
        match dialect {
            Dialect::Chat => &self.chat,
            Dialect::Messages => &self.messages,
        }
    }
}

/// A mock that runs on a thread of its own until the process ends.
#[derive(Debug)]
pub(crate) struct Mock {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it was asked for.
    pub(crate) asked: Arc<Asked>,
}

impl Mock {
    /// Starts it on a free port of the loopback address, or on the port given.
    pub(crate) fn start(port: u16) -> Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("the mock cannot listen on port {port}"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let asked = Arc::new(Asked::default());
        let shared = Arc::clone(&asked);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("mock".into()).spawn(move || {
            runtime.block_on(async {
                match TcpListener::from_std(listener) {
                    Ok(listener) => serve(&listener, &shared).await,
                    Err(error) => eprintln!("error: the mock cannot listen: {error}"),
                }
            });
        })?;
        Ok(Self { address, asked })
    }
}

async fn serve(listener: &TcpListener, asked: &Arc<Asked>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                if stream.set_nodelay(true).is_err() {
                    continue;
                }
                let asked = Arc::clone(asked);
                let service = service_fn(move |request| answer_to(request, Arc::clone(&asked)));
                connections.spawn(
                    hyper::server::conn::http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What is read of a request.
#[derive(Debug, Deserialize)]
struct Wanted {
    model: String,
    #[serde(default)]
    stream: bool,
}

async fn answer_to(
    request: Request<Incoming>,
    asked: Arc<Asked>,
) -> Result<Response<AnswerBody>, Infallible> {
    let dialect = match request.uri().path() {
        path if path.ends_with("/chat/completions") => Dialect::Chat,
        path if path.ends_with("/messages") => Dialect::Messages,
        _ if request.method() == Method::GET => {
            return Ok(at_once(StatusCode::OK, answer::MODELS.into()));
        }
        _ => return Ok(at_once(StatusCode::NOT_FOUND, answer::NOT_FOUND.into())),
    };
    let Ok(body) = request.into_body().collect().await else {
        return Ok(at_once(StatusCode::BAD_REQUEST, answer::NOT_JSON.into()));
    };
    let Ok(wanted) = serde_json::from_slice::<Wanted>(&body.to_bytes()) else {
        return Ok(at_once(StatusCode::BAD_REQUEST, answer::NOT_JSON.into()));
    };
    asked.counter(dialect).fetch_add(1, Ordering::Relaxed);
    let shape = answer::Shape::of_model(&wanted.model);
    if !wanted.stream {
        let text = answer::plain(dialect, &wanted.model, shape.reply_bytes);
        return Ok(at_once(StatusCode::OK, text.into()));
    }
    let body = Paced::new(answer::stream(dialect, &wanted.model, shape.chunks), shape.pause);
    let response = Response::builder()
        .header("content-type", "text/event-stream")
        .header("cache-control", "no-cache")
        .body(Either::Right(body));
    Ok(response.expect("constant headers are valid"))
}

fn at_once(status: StatusCode, text: Bytes) -> Response<AnswerBody> {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-request-id", "req_mock")
        .body(Either::Left(Full::new(text)));
    response.expect("constant headers are valid")
}
