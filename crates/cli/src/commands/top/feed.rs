//! What a gateway tells of its sessions, and takes of orders, over HTTP.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use ironbridge_upstream::Secret;
use ironbridge_wire::sse::Decoder;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::error::Error;

/// How long a gateway has for the head of its answer.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// A stream that is silent for longer is dead: a gateway sends a sign of life every 15 s.
const SILENCE_MAX: Duration = Duration::from_secs(45);

/// How long before a lost gateway is asked again.
const RETRY: Duration = Duration::from_secs(1);

/// The largest answer, and the largest event: 500 sessions with a hundred agents each, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// A session, as far as it is shown.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(super) struct Session {
    pub(super) id: String,
    /// Only a session that its client names can be held.
    pub(super) named: bool,
    pub(super) held: Option<String>,
    pub(super) first_ms: u64,
    pub(super) last_ms: u64,
    pub(super) agents: Vec<Agent>,
}

/// An agent of a session.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(super) struct Agent {
    pub(super) id: Option<String>,
    pub(super) model: String,
    pub(super) phase: String,
    pub(super) since_ms: u64,
    pub(super) tools: Vec<String>,
    pub(super) error: Option<String>,
    pub(super) tokens_per_second: Option<f64>,
    pub(super) context_tokens: Option<u64>,
    pub(super) context_tokens_max: Option<u64>,
    pub(super) input_tokens: u64,
    pub(super) cache_read_tokens: u64,
    pub(super) cache_write_tokens: u64,
    pub(super) dollars: f64,
}

/// What has become known.
#[derive(Debug)]
pub(super) enum News {
    /// All sessions.
    Board(Vec<Session>),
    /// One of them.
    Session(Session),
    /// The gateway is gone, in words; it is asked again.
    Lost(String),
}

#[derive(Deserialize)]
struct Board {
    #[serde(alias = "data")]
    sessions: Vec<Session>,
}

/// Where a gateway is.
#[derive(Clone, Debug)]
pub(super) struct Gateway {
    authority: String,
    token: Option<Secret>,
}

impl Gateway {
    /// At a URL of the scheme `http`.
    pub(super) fn at(url: &str, token: Option<Secret>) -> Result<Self, Error> {
        let wrong = || {
            Error::usage(format!("\"{url}\" is no address of a gateway"))
                .hint("--url http://127.0.0.1:4141")
        };
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
        let authority = authority.ok_or_else(wrong)?;
        let port = authority.port_u16().unwrap_or(80);
        Ok(Gateway { authority: format!("{}:{port}", authority.host()), token })
    }

    /// The board as it is now.
    pub(super) async fn sessions(&self) -> Result<Vec<Session>, Error> {
        let answer = self.ask(Method::GET, "/api/sessions").await;
        let answer = answer.map_err(|why| {
            Error::failure(format!("no gateway answers at {}: {why}", self.authority))
                .hint("`ironbridge start` runs one; --url names another address")
        })?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body =
            body.map_err(|error| Error::failure(format!("the answer broke off: {error}")))?;
        let body = body.to_bytes();
        match status.as_u16() {
            200 => serde_json::from_slice::<Board>(&body)
                .map(|board| board.sessions)
                .map_err(|error| Error::failure("the answer is no board").caused_by(&error)),
            401 | 403 => Err(Error::failure(format!("{} wants a token", self.authority))
                .hint("`server.read_token` of the config is sent, else `server.admin_token`")),
            404 => Err(Error::failure(format!("{} serves no dashboard", self.authority))
                .hint("start it without --no-dashboard")),
            status => Err(Error::failure(format!("{} answered {status}", self.authority))),
        }
    }

    /// Pauses, resumes or stops a session; what went wrong, in words.
    pub(super) async fn order(&self, session: &str, order: &str) -> Result<(), String> {
        let path = format!("/api/sessions/{}/{order}", percent(session));
        let answer = self.ask(Method::POST, &path).await?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("the gateway answered {status}")),
        }
    }

    /// Tells what happens until nobody listens any more. A lost gateway is asked again; what it then tells first is the
    /// whole board, which stands for all that was missed.
    pub(super) async fn follow(self, news: mpsc::Sender<News>) {
        loop {
            let lost = self.listen(&news).await;
            if news.send(News::Lost(lost)).await.is_err() {
                return;
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Listens until that ends; why, in words.
    async fn listen(&self, news: &mpsc::Sender<News>) -> String {
        let answer = match self.ask(Method::GET, "/api/live").await {
            Ok(answer) if answer.status().is_success() => answer,
            Ok(answer) => return format!("it answered {}", answer.status()),
            Err(why) => return why,
        };
        let mut body = answer.into_body();
        let mut decoder = Decoder::with_limit(ANSWER_BYTES_MAX);
        loop {
            let frame = match tokio::time::timeout(SILENCE_MAX, body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return error.to_string(),
                Ok(None) => return "it ended the stream".to_owned(),
                Err(_) => return "it is silent".to_owned(),
            };
            let Some(bytes) = frame.data_ref() else { continue };
            decoder.push(bytes);
            while let Some(event) = decoder.next() {
                let Ok(event) = event else { return "its stream cannot be read".to_owned() };
                let data = event.data.as_deref().unwrap_or_default();
                let told = read(event.event.unwrap_or_default(), data);
                if let Some(told) = told
                    && news.send(told).await.is_err()
                {
                    return String::new();
                }
            }
        }
    }

    async fn ask(&self, method: Method, path: &str) -> Result<Response<Incoming>, String> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(|error| error.to_string())?;
        let asked = async {
            let socket = TcpStream::connect(&self.authority).await;
            let socket = TokioIo::new(socket.map_err(|error| error.to_string())?);
            let shaken = hyper::client::conn::http1::handshake(socket).await;
            let (mut sender, connection) = shaken.map_err(|error| error.to_string())?;
            #[expect(clippy::disallowed_methods, reason = "it ends with its connection")]
            tokio::spawn(connection);
            sender.send_request(request).await.map_err(|error| error.to_string())
        };
        let answered = tokio::time::timeout(HEAD_TIMEOUT, asked).await;
        answered.map_err(|_| format!("no answer within {} s", HEAD_TIMEOUT.as_secs()))?
    }
}

/// What an event tells; `None`: nothing that is shown here.
fn read(event: &str, data: &str) -> Option<News> {
    match event {
        "board" => {
            serde_json::from_str::<Board>(data).ok().map(|board| News::Board(board.sessions))
        }
        "session" => serde_json::from_str(data).ok().map(News::Session),
        _ => None,
    }
}

/// A text as one segment of a path.
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
