//! What JavaScript asks, one record after the other.

use std::sync::Arc;
use std::time::Duration;

use ironbridge_asgi::{Ask, Buffer, Record, Records, Tell, WebSocketLimits, flag};
use pyo3::prelude::*;

use crate::connection::Connection;
use crate::exchange::Exchange;
use crate::failure::Failure;
use crate::frames::code;
use crate::handshake::{self, Refusal};
use crate::http::Http;
use crate::line::Line;
use crate::runner::Delivery;
use crate::scope;
use crate::turn::Turn;
use crate::websocket::WebSocket;

const CLOSED: Failure = Failure::Closed("the application is closed");

/// Does all that a delivery asks for.
pub(crate) fn deliver(turn: &Bound<'_, Turn>, delivery: Delivery) -> PyResult<()> {
    let Delivery { line, records, beside, last } = delivery;
    let mut beside = beside.into_iter();
    // The border has read them once: none is malformed.
    for record in Records::of(&records).map_while(Result::ok) {
        let body = record.has(flag::BESIDE).then(|| beside.next().unwrap_or_default());
        one(turn, &line, &record, body)?;
    }
    if last {
        gone(turn, &line)?;
    }
    Ok(())
}

fn one(
    turn: &Bound<'_, Turn>,
    line: &Arc<Line>,
    record: &Record<'_>,
    beside: Option<Buffer>,
) -> PyResult<()> {
    let py = turn.py();
    let connection = || turn.get().connection(py, (line.number, record.connection));
    match Ask::of(record.kind) {
        Some(Ask::Load) => {
            turn.get().keep_line(line);
            let options = String::from_utf8_lossy(record.body);
            let arguments = (line.number, record.connection, &*options);
            start(turn, "load", arguments)
        }
        Some(Ask::Close) => {
            let options = String::from_utf8_lossy(record.body);
            let arguments = (line.number, record.connection, record.number, &*options);
            start(turn, "close", arguments)
        }
        Some(Ask::Listen) => {
            let options = String::from_utf8_lossy(record.body);
            match turn.get().listen(py, line, record.connection, &options)? {
                Ok(()) => Ok(()),
                Err(why) => refuse(turn, line, record, &Failure::Io(why)),
            }
        }
        Some(Ask::Unlisten) => {
            let drain = Duration::from_millis(record.number.into());
            turn.get().unlisten((line.number, record.connection), drain);
            Ok(())
        }
        Some(Ask::Request) => request(turn, line, record, beside),
        Some(Ask::Connect) => connect(turn, line, record),
        Some(Ask::Body) => connection().map_or(Ok(()), |connection| {
            let bytes = beside.as_deref().unwrap_or(record.body);
            Connection::arrived(connection.bind(py), bytes, record.has(flag::MORE))
        }),
        Some(Ask::Message) => connection().map_or(Ok(()), |connection| {
            let bytes = beside.as_deref().unwrap_or(record.body);
            connection.get().message(py, bytes, record.has(flag::BINARY))
        }),
        Some(Ask::Gone) => connection().map_or(Ok(()), |connection| {
            let code = u16::try_from(record.number).unwrap_or(code::LOST);
            let reason = String::from_utf8_lossy(record.body);
            Connection::gone(connection.bind(py), code, &reason)
        }),
        Some(Ask::Taken) => connection().map_or(Ok(()), |connection| {
            connection.get().taken(py, usize::try_from(record.number).unwrap_or(usize::MAX))
        }),
        None => refuse(turn, line, record, &Failure::Unsupported),
    }
}

/// Starts a coroutine of `Applications`.
fn start<'py>(
    turn: &Bound<'py, Turn>,
    name: &str,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<()> {
    let applications = turn.get().applications()?.bind(turn.py());
    let work = applications.getattr(name)?.call1(arguments)?;
    applications.call_method1("start", (work,)).map(drop)
}

fn refuse(
    turn: &Bound<'_, Turn>,
    line: &Arc<Line>,
    record: &Record<'_>,
    why: &Failure,
) -> PyResult<()> {
    why.tell(line, record.connection);
    turn.get().told(turn.py(), line)
}

fn request(
    turn: &Bound<'_, Turn>,
    line: &Arc<Line>,
    record: &Record<'_>,
    beside: Option<Buffer>,
) -> PyResult<()> {
    let (py, own) = (turn.py(), turn.get());
    let application = own.application(record.number).filter(|application| application.enter());
    let Some(application) = application else {
        return refuse(turn, line, record, &CLOSED);
    };
    let scope = scope::http(py, record, &application, &own.names)?;
    let http = Http::new(record, scope::is_head(record), beside);
    let (line, turn) = (Arc::clone(line), turn.clone().unbind());
    let exchange = Exchange::Http(http);
    let connection = Connection::new(record.connection, line, application, turn, exchange);
    own.begin(&Bound::new(py, connection)?, scope)
}

fn connect(turn: &Bound<'_, Turn>, line: &Arc<Line>, record: &Record<'_>) -> PyResult<()> {
    let (py, own) = (turn.py(), turn.get());
    let limits = WebSocketLimits::read(record.body);
    let opening = || handshake::accepting(record, limits.deflate);
    let opening = match record.has(flag::FRAMES).then(opening).transpose() {
        Ok(opening) => opening,
        Err(Refusal { status, headers, body }) => {
            let (number, body) = (u32::from(status), body.as_bytes());
            let refusal =
                Record { number, text: headers, body, ..Record::of(0, record.connection) };
            line.tell(Tell::Head, &refusal);
            return own.told(py, line);
        }
    };
    let application = own.application(record.number).filter(|application| application.enter());
    let Some(application) = application else {
        return refuse(turn, line, record, &CLOSED);
    };
    let scope = scope::websocket(py, record, &application, &own.names)?;
    let socket = WebSocket::new(opening, limits);
    let (line, turn) = (Arc::clone(line), turn.clone().unbind());
    let exchange = Exchange::WebSocket(Box::new(socket));
    let connection = Connection::new(record.connection, line, application, turn, exchange);
    own.begin(&Bound::new(py, connection)?, scope)
}

/// A JavaScript thread has ended.
fn gone(turn: &Bound<'_, Turn>, line: &Arc<Line>) -> PyResult<()> {
    let (py, own) = (turn.py(), turn.get());
    for connection in own.connections_of(py, |connection| connection.line.number == line.number) {
        Connection::gone(connection.bind(py), code::LOST, "")?;
    }
    own.applications()?.bind(py).call_method1("line_gone", (line.number,))?;
    own.forget_line(line.number);
    Ok(())
}
