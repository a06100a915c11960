//! Sockets: bound, accepted from, and served until they end.

use std::future::pending;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::control::Phase;
use super::desk::Desk;
use super::on_loop::{OnLoop, Spawn};
use super::options::Options;
use super::serve::{Connection, Shared, serve};
use super::socket;
use super::text::Place;
use super::tls::Acceptor;
use crate::failure::{Failure, quoted};

/// How long the handshake of TLS may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How long no connection is accepted when the system has no descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// Where it listens.
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Where connections are served.
#[derive(Clone)]
pub(super) enum Way {
    /// Where their applications run: what is plain costs less than a change of threads.
    OnLoop(Arc<OnLoop>),
    /// On the listener's own thread: enciphering goes on beside Python.
    Tls(Acceptor),
}

impl Way {
    fn desk(&self) -> Arc<Desk> {
        match self {
            Self::OnLoop(on_loop) => on_loop.desk(),
            Self::Tls(_) => Arc::new(Desk::new()),
        }
    }

    /// Carries what is asked and told, for as long as it is polled. On the loop's thread that is the loop's business.
    async fn carry(&self, desk: &Desk) {
        match self {
            Self::OnLoop(_) => pending().await,
            Self::Tls(_) => tokio::select! {
                () = desk.send() => {}
                () = desk.collect() => {}
            },
        }
    }
}

enum Stream {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

impl Socket {
    /// Binds it; gives the place as JSON, too.
    pub(super) fn bind(options: &Options) -> Result<(Self, String), Failure> {
        let shown =
            options.path.clone().unwrap_or_else(|| format!("{}:{}", options.host, options.port));
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::AddrInUse => Failure::AddressInUse(shown.clone()),
            _ => Failure::Listen(shown.clone(), error),
        };
        if let Some(path) = &options.path {
            let socket = UnixListener::bind(path).map_err(refused)?;
            return Ok((Self::Unix(socket), format!(r#"{{"path":{}}}"#, quoted(path))));
        }
        let socket = tcp(options).map_err(refused)?;
        let place = socket.local_addr().map_err(refused)?;
        let json = format!(r#"{{"host":"{}","port":{}}}"#, place.ip(), place.port());
        Ok((Self::Tcp(socket), json))
    }

    async fn accept(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp(socket) => {
                let (stream, client) = socket.accept().await?;
                Ok(Stream::Tcp(stream, client))
            }
            Self::Unix(socket) => socket.accept().await.map(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

/// The first of the host's addresses that can be had.
fn tcp(options: &Options) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (options.host.as_str(), options.port).to_socket_addrs()? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(options.backlog)) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Serves until it is to end and all have ended, or their time is over.
pub(super) async fn run(socket: Socket, options: Options, mut phase: Phase, way: Way) {
    let server = HeaderValue::from_str(&options.server).ok().filter(|value| !value.is_empty());
    let desk = way.desk();
    let connections_max = options.connections_max;
    let path = options.path.clone();
    let spawn = match &way {
        Way::OnLoop(on_loop) => Spawn::OnLoop(Arc::clone(on_loop)),
        Way::Tls(_) => Spawn::Beside(TokioExecutor::new()),
    };
    let http = Arc::new(http(&options, spawn.clone()));
    let own_phase = phase.clone();
    let shared =
        Arc::new(Shared { desk: Arc::clone(&desk), options, server, spawn, phase: own_phase });
    let mut connections = JoinSet::new();
    let accepting = async {
        loop {
            let room = connections.len() < connections_max;
            tokio::select! {
                accepted = socket.accept(), if room => match accepted {
                    Ok(stream) => {
                        let own = (Arc::clone(&shared), Arc::clone(&http));
                        connections.spawn(begin(stream, way.clone(), own));
                    }
                    // Out of descriptors, or a client that has gone already.
                    Err(_) => sleep(PAUSE).await,
                },
                Some(_) = connections.join_next() => {}
                () = phase.ending() => return,
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = way.carry(&desk) => {}
    }
    drop(socket);
    if let Some(path) = path {
        // Whoever listens there next would find it in use; that it is gone already is as well.
        let _ = std::fs::remove_file(path);
    }
    let drained = async { while connections.join_next().await.is_some() {} };
    tokio::select! {
        _ = timeout(phase.drain(), drained) => {}
        () = way.carry(&desk) => {}
    }
    connections.shutdown().await;
    match way {
        Way::OnLoop(on_loop) => on_loop.end(),
        Way::Tls(_) => desk.flush(),
    }
}

fn http(options: &Options, spawn: Spawn) -> Builder<Spawn> {
    let mut http = Builder::new(spawn);
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(options.head_time())
        .max_buf_size(options.head_bytes_max);
    let list_bytes = u32::try_from(options.head_bytes_max).unwrap_or(u32::MAX);
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(list_bytes)
        .max_concurrent_streams(options.streams_max)
        .enable_connect_protocol();
    http
}

type Own = (Arc<Shared>, Arc<Builder<Spawn>>);

/// What becomes of a connection.
async fn begin(stream: Stream, way: Way, own: Own) {
    let place = match &stream {
        Stream::Tcp(stream, client) => {
            // Replies are written whole; waiting for more to send would only delay them.
            let (Ok(()), Ok(server)) = (stream.set_nodelay(true), stream.local_addr()) else {
                return;
            };
            Place::of_tcp(*client, server)
        }
        Stream::Unix(_) => Place::of_unix(own.0.options.path.as_deref().unwrap_or_default()),
    };
    match (way, stream) {
        (Way::Tls(acceptor), Stream::Tcp(stream, _)) => tls(acceptor, stream, place, own).await,
        (Way::Tls(acceptor), Stream::Unix(stream)) => tls(acceptor, stream, place, own).await,
        (Way::OnLoop(on_loop), stream) => {
            let adopted = match stream {
                Stream::Tcp(stream, _) => on_loop.adopt_tcp(stream),
                Stream::Unix(stream) => on_loop.adopt_unix(stream),
            };
            let Ok(stream) = adopted else { return };
            let (open, ended) = oneshot::channel::<()>();
            on_loop.spawn(async move {
                let _open = open;
                connection(stream, place, own).await;
            });
            // Nothing is sent: that it is dropped says so.
            let _ = ended.await;
        }
    }
}

async fn tls<S>(acceptor: Acceptor, stream: S, mut place: Place, own: Own)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let accepted = timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await;
    if let Ok(Ok((stream, tls))) = accepted {
        place.tls = Some(tls);
        connection(stream, place, own).await;
    }
}

async fn connection<S>(stream: S, place: Place, (shared, http): Own)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let keep_alive = shared.options.keep_alive_time();
    let mut phase = shared.phase.clone();
    let own = Arc::new(Connection::new(shared, place));
    let service = service_fn(|request| serve(Arc::clone(&own), request));
    {
        let served = http.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let (mut served, mut idle) = (pin!(served), pin!(sleep(keep_alive)));
        let mut ending = false;
        loop {
            tokio::select! {
                // A client's mistakes were answered, and are nobody else's business.
                _ = served.as_mut() => break,
                () = idle.as_mut(), if !ending => {
                    let left = own.idle_left(keep_alive);
                    ending = left.is_zero();
                    idle.as_mut().reset(Instant::now() + left);
                }
                () = phase.ending(), if !ending => ending = true,
            }
            if ending {
                served.as_mut().graceful_shutdown();
            }
        }
    }
    let opened = own.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(opened) = opened {
        socket::carry(opened, phase).await;
    }
}
