//! A WebSocket of the listener's: its bytes go as they are, the host speaks the protocol.

use std::future::poll_fn;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use hyper::body::Incoming;
use hyper::rt::Executor as _;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use ironbridge_asgi::{Ask, Record, Tell, WebSocketLimits, flag};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::control::Phase;
use super::reply::{Exchange, Reply};
use super::serve::{Connection, Visit, begun, failed, plain};
use super::text;
use crate::frames::code;

/// Bytes that are read at a time.
const READ_BYTES: usize = 16 * 1024;
/// How long a client may take to close its side after ours.
const LINGER: Duration = Duration::from_secs(10);
/// A frame that closes with 1012: the service restarts.
const RESTART: [u8; 4] = [0x88, 0x02, 0x03, 0xf4];

/// A WebSocket that was accepted.
pub(super) struct Opened {
    upgrade: OnUpgrade,
    exchange: Exchange,
}

/// Asks the application whether it takes a WebSocket.
pub(super) async fn open(
    connection: &Arc<Connection>,
    mut request: Request<Incoming>,
    visit: Visit,
) -> Response<Reply> {
    let shared = &connection.shared;
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let head = text::of_request(&parts, &shared.options, &connection.place);
    let options = &shared.options;
    let limits = WebSocketLimits {
        message_bytes_max: options.message_bytes_max,
        ping_ms: options.ping_ms,
        pong_ms: options.pong_ms,
        deflate: options.deflate,
    };
    let (flags, number, body) =
        (flag::FRAMES | options.forwarded(), options.application, &limits.bytes()[..]);
    let record = Record { flags, number, text: &head, body, ..Record::of(0, 0) };
    let Some(slot) = shared.desk.open(Ask::Connect, &record) else {
        return plain(StatusCode::SERVICE_UNAVAILABLE, visit);
    };
    let exchange = Exchange { desk: Arc::clone(&shared.desk), slot, upload: None };
    loop {
        let told = poll_fn(|context| exchange.slot.poll_told(context)).await;
        match told.kind {
            Tell::Accept => {
                let mut response = Response::new(Reply::whole("", visit));
                *response.headers_mut() = text::headers(&told.text);
                let opened = Opened { upgrade, exchange };
                if parts.version == Version::HTTP_2 {
                    // One stream among others: its connection goes on.
                    let (visit, phase) = (Visit::begin(connection), shared.phase.clone());
                    shared.spawn.execute(async move {
                        let _visit = visit;
                        carry(opened, phase).await;
                    });
                } else {
                    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
                    let mut after =
                        connection.opened.lock().unwrap_or_else(PoisonError::into_inner);
                    *after = Some(opened);
                }
                return response;
            }
            Tell::Head => return begun(told, exchange, visit),
            Tell::Failed => return failed(&told, visit),
            _ => {}
        }
    }
}

/// Carries its bytes both ways until either side has closed it.
pub(super) async fn carry(opened: Opened, mut phase: Phase) {
    let Opened { upgrade, exchange } = opened;
    // The client has gone before it was open: dropping the exchange says so.
    let Ok(upgraded) = upgrade.await else { return };
    let (mut reader, mut writer) = tokio::io::split(TokioIo::new(upgraded));
    let closed = tokio::select! {
        () = read(&mut reader, &exchange) => false,
        ours = write(&mut writer, &exchange, &mut phase) => ours,
    };
    if !closed {
        return;
    }
    // What is written arrives only if the client's last bytes are read: else its kernel is told of a broken connection.
    let rest = async {
        // An error is an end, too.
        let _ = writer.shutdown().await;
        let mut rest = [0; 4096];
        while reader.read(&mut rest).await.is_ok_and(|length| length > 0) {}
    };
    // Whoever takes longer is cut off.
    let _ = timeout(LINGER, rest).await;
}

async fn read(reader: &mut (impl AsyncRead + Unpin), exchange: &Exchange) {
    let mut buffer = BytesMut::new();
    loop {
        poll_fn(|context| exchange.slot.poll_room(context)).await;
        buffer.reserve(READ_BYTES);
        match reader.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => exchange.desk.write(&exchange.slot, buffer.split().freeze(), true),
        }
    }
}

/// `true`: the host has said its last.
async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    exchange: &Exchange,
    phase: &mut Phase,
) -> bool {
    loop {
        let told = tokio::select! {
            told = poll_fn(|context| exchange.slot.poll_told(context)) => told,
            () = phase.ending() => {
                exchange.desk.leave(&exchange.slot, code::RESTART);
                return writer.write_all(&RESTART).await.is_ok();
            }
        };
        if told.kind == Tell::Failed {
            return true;
        }
        if told.kind != Tell::Body {
            continue;
        }
        let length = told.body.len();
        if writer.write_all(&told.body).await.is_err() || writer.flush().await.is_err() {
            return false;
        }
        if !told.more {
            return true;
        }
        exchange.desk.taken(&exchange.slot, length);
    }
}
