//! One request or WebSocket on its way through an application: `receive`, `send`, and how it ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;

use crate::application::{Application, fulfil};
use crate::exchange::{Event, Exchange};
use crate::failure::Failure;
use crate::frames::code;
use crate::http::Part;
use crate::line::Line;
use crate::turn::Turn;
use crate::waiting::{Goal, Waiting};

pyo3::create_exception!(
    ironbridge,
    ClientDisconnected,
    PyOSError,
    "The client has gone: nobody takes what is sent."
);

/// Bytes of a reply that may be on their way to JavaScript; then `send` waits.
const HIGH_WATER_BYTES: usize = 64 * 1024;

/// A connection, of which the application knows two methods.
#[pyclass(frozen, module = "ironbridge")]
pub(crate) struct Connection {
    /// The number that JavaScript gave it.
    pub(crate) id: u32,
    pub(crate) line: Arc<Line>,
    pub(crate) application: Arc<Application>,
    turn: Py<Turn>,
    is_websocket: bool,
    state: Mutex<State>,
}

struct State {
    exchange: Exchange,
    /// The client has gone.
    gone: bool,
    /// We cancelled the task: the client had gone, or the application is being closed.
    cancelled: bool,
    /// Bytes of the reply that JavaScript has not taken.
    on_their_way: usize,
    task: Option<Py<PyAny>>,
    /// What looks after the peer of a WebSocket.
    timer: Option<Py<PyAny>>,
    receivers: Vec<Py<PyAny>>,
    senders: Vec<Py<PyAny>>,
}

impl Connection {
    pub(crate) fn new(
        id: u32,
        line: Arc<Line>,
        application: Arc<Application>,
        turn: Py<Turn>,
        exchange: Exchange,
    ) -> Self {
        let is_websocket = matches!(exchange, Exchange::WebSocket(_));
        let state = State {
            exchange,
            gone: false,
            cancelled: false,
            on_their_way: 0,
            task: None,
            timer: None,
            receivers: Vec::new(),
            senders: Vec::new(),
        };
        Self { id, line, application, turn, is_websocket, state: Mutex::new(state) }
    }

    /// Never held while Python runs.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which of all connections of the loop it is.
    pub(crate) fn key(&self) -> (u32, u32) {
        (self.line.number, self.id)
    }

    /// Its task, unless it has ended by now.
    pub(crate) fn runs_as(&self, task: Py<PyAny>) {
        self.state().task = Some(task);
    }

    /// A part of the body, or bytes of a WebSocket's wire, have come.
    pub(crate) fn arrived(slf: &Bound<'_, Self>, bytes: &[u8], more: bool) -> PyResult<()> {
        let (py, connection) = (slf.py(), slf.get());
        let closed = {
            let mut state = connection.state();
            match &mut state.exchange {
                Exchange::Http(http) => {
                    http.arrived(Part { bytes: bytes.to_vec(), more });
                    false
                }
                Exchange::WebSocket(socket) => socket.read(bytes, &connection.line, connection.id),
            }
        };
        connection.turn.get().told(py, &connection.line)?;
        if closed { Self::gone(slf, code::LOST, "") } else { connection.wake_receivers(py) }
    }

    /// A message of a WebSocket has come.
    pub(crate) fn message(&self, py: Python<'_>, body: &[u8], binary: bool) -> PyResult<()> {
        if let Some(socket) = self.state().exchange.websocket() {
            socket.message(body, binary);
        }
        self.wake_receivers(py)
    }

    fn wake_receivers(&self, py: Python<'_>) -> PyResult<()> {
        let waiting = std::mem::take(&mut self.state().receivers);
        waiting.iter().try_for_each(|future| fulfil(py, future))
    }

    /// JavaScript has taken a part of the reply.
    pub(crate) fn taken(&self, py: Python<'_>, bytes: usize) -> PyResult<()> {
        let waiting = {
            let mut state = self.state();
            state.on_their_way = state.on_their_way.saturating_sub(bytes);
            let room = state.on_their_way <= HIGH_WATER_BYTES;
            if room { std::mem::take(&mut state.senders) } else { Vec::new() }
        };
        waiting.iter().try_for_each(|future| fulfil(py, future))
    }

    /// The client has gone: who waits learns it, and whoever goes on is cancelled after a while.
    pub(crate) fn gone(slf: &Bound<'_, Self>, code: u16, reason: &str) -> PyResult<()> {
        let (py, connection) = (slf.py(), slf.get());
        let (waiting, unfinished) = {
            let mut state = connection.state();
            state.gone = true;
            // A reply that is over leaves its application what it does afterwards.
            let works = connection.is_websocket || !state.exchange.is_over();
            if let Some(socket) = state.exchange.websocket() {
                socket.lost(code, reason);
            }
            let mut waiting = std::mem::take(&mut state.receivers);
            waiting.append(&mut state.senders);
            (waiting, state.task.is_some() && works)
        };
        waiting.iter().try_for_each(|future| fulfil(py, future))?;
        if unfinished {
            let cancel = slf.getattr(intern!(py, "cancel"))?;
            let seconds = connection.application.grace_seconds;
            connection.turn.get().call_later(py, seconds, &cancel)?;
        }
        Ok(())
    }

    /// The application is being closed: a WebSocket ends now, a request may go on for a while.
    pub(crate) fn closing(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, connection) = (slf.py(), slf.get());
        let closed = match connection.state().exchange.websocket() {
            Some(socket) if socket.unfinished().is_none() && !socket.is_over() => {
                socket.close(code::RESTART, "", &connection.line, connection.id);
                true
            }
            _ => false,
        };
        if !closed {
            return Ok(());
        }
        connection.turn.get().told(py, &connection.line)?;
        Self::gone(slf, code::RESTART, "")
    }

    /// Has the peer of a WebSocket looked after later.
    fn pulse_in(slf: &Bound<'_, Self>, milliseconds: u32) -> PyResult<()> {
        let (py, connection) = (slf.py(), slf.get());
        let pulse = slf.getattr(intern!(py, "pulse"))?;
        let seconds = f64::from(milliseconds) / 1000.0;
        let timer = connection.turn.get().call_later(py, seconds, &pulse)?;
        connection.state().timer = Some(timer);
        Ok(())
    }

    /// Tells a head that was held for a body.
    pub(crate) fn flush(&self) {
        self.state().exchange.flush(&self.line, self.id);
    }

    /// What `receive` gives now.
    pub(crate) fn next_message(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let incoming = {
            let mut state = self.state();
            let gone = state.gone;
            state.exchange.next(gone, &self.line, self.id)
        };
        self.turn.get().told(py, &self.line)?;
        incoming.message(py)
    }

    pub(crate) fn has_room(&self) -> bool {
        let state = self.state();
        state.gone || state.on_their_way <= HIGH_WATER_BYTES
    }

    /// A future that is fulfilled when there is something new for that goal.
    pub(crate) fn wait(&self, py: Python<'_>, goal: Goal) -> PyResult<Py<PyAny>> {
        let future = self.turn.get().create_future(py)?;
        let mut state = self.state();
        state.queue(goal).push(future.clone_ref(py));
        Ok(future)
    }

    /// Nobody waits on that future any more.
    pub(crate) fn leave(&self, _py: Python<'_>, goal: Goal, future: &Py<PyAny>) {
        let mut state = self.state();
        let queue = state.queue(goal);
        let left = queue.iter().position(|other| other.is(future));
        let dropped = left.map(|index| queue.swap_remove(index));
        drop(state);
        drop(dropped);
    }

    fn fail(&self, py: Python<'_>, failure: &Failure) -> PyResult<()> {
        self.state().exchange.fail(failure, &self.line, self.id);
        self.turn.get().told(py, &self.line)
    }

    /// Whether it is a WebSocket that nobody has closed.
    fn leaves_open(&self) -> bool {
        let mut state = self.state();
        state.exchange.websocket().is_some_and(|socket| !socket.is_over())
    }

    /// The application has returned: a WebSocket that it left open is closed.
    fn leave_open(&self, py: Python<'_>) -> PyResult<()> {
        if !self.leaves_open() {
            return Ok(());
        }
        if let Some(socket) = self.state().exchange.websocket() {
            socket.close(code::NORMAL, "", &self.line, self.id);
        }
        self.turn.get().told(py, &self.line)
    }

    /// What the application raised, logged and told, unless it is what we did to it.
    fn raised(&self, py: Python<'_>, error: &Bound<'_, PyAny>, unfinished: bool) -> PyResult<()> {
        let turn = self.turn.get();
        let (gone, cancelled) = {
            let state = self.state();
            (state.gone, state.cancelled)
        };
        let ours = (gone && error.is_instance_of::<ClientDisconnected>())
            || (cancelled && turn.is_cancelled_error(py, error)?);
        if ours {
            let closed =
                Failure::Closed("the application was closed while it worked on this request");
            return if gone { Ok(()) } else { self.fail(py, &closed) };
        }
        let raised = Failure::Python(turn.report(py, error)?);
        if unfinished && !gone { self.fail(py, &raised) } else { Ok(()) }
    }
}

impl State {
    fn queue(&mut self, goal: Goal) -> &mut Vec<Py<PyAny>> {
        match goal {
            Goal::Message => &mut self.receivers,
            Goal::Room => &mut self.senders,
        }
    }
}

#[pymethods]
impl Connection {
    /// Gives the next event once it is awaited.
    fn receive(slf: Bound<'_, Self>) -> PyResult<Waiting> {
        slf.get().turn.get().on_its_thread("receive")?;
        Ok(Waiting::new(slf.unbind(), Goal::Message))
    }

    /// Takes an event at once; awaiting it waits until there is room for the next.
    fn send(slf: &Bound<'_, Self>, event: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let (py, connection) = (slf.py(), slf.get());
        let turn = connection.turn.get();
        turn.on_its_thread("send")?;
        let event = Event::read(event, connection.is_websocket)?;
        let (held, accepts) = (event.starts_reply(), event.accepts());
        let (full, over, pulse) = {
            let mut state = connection.state();
            // An application that has closed its WebSocket itself is told that, not that the client has gone.
            if state.gone && (connection.is_websocket || !state.exchange.is_over()) {
                return Err(ClientDisconnected::new_err("the client has gone"));
            }
            let sent = state.exchange.send(event, &connection.line, connection.id)?;
            state.on_their_way += sent;
            let over = state.exchange.is_over().then(|| std::mem::take(&mut state.receivers));
            let pulse = state.exchange.websocket().filter(|_| accepts);
            let pulse = pulse.and_then(|socket| socket.first_pulse());
            (state.on_their_way > HIGH_WATER_BYTES, over, pulse)
        };
        if let Some(milliseconds) = pulse {
            Self::pulse_in(slf, milliseconds)?;
        }
        if held {
            turn.hold(slf);
        }
        turn.told(py, &connection.line)?;
        for future in over.iter().flatten() {
            fulfil(py, future)?;
        }
        if full {
            return Ok(Py::new(py, Waiting::new(slf.clone().unbind(), Goal::Room))?.into_any());
        }
        Ok(turn.done(py))
    }

    /// The application has returned, or raised.
    fn end(&self, py: Python<'_>, error: &Bound<'_, PyAny>) -> PyResult<()> {
        let (unfinished, gone, task, timer) = {
            let mut state = self.state();
            let unfinished = state.exchange.unfinished();
            state.receivers.clear();
            state.senders.clear();
            (unfinished, state.gone, state.task.take(), state.timer.take())
        };
        self.turn.get().ended(self);
        if let Some(timer) = timer {
            timer.call_method0(py, intern!(py, "cancel"))?;
        }
        let told = match (error.is_none(), unfinished) {
            (false, unfinished) => {
                self.raised(py, error, unfinished.is_some() || self.leaves_open())
            }
            (true, Some(why)) if !gone => {
                self.turn.get().complain(py, why)?;
                self.fail(py, &Failure::Protocol(why))
            }
            (true, _) => self.leave_open(py),
        };
        drop(task);
        self.application.leave(py)?;
        told
    }

    /// Looks whether the peer of a WebSocket is there.
    fn pulse(slf: &Bound<'_, Self>) -> PyResult<()> {
        let (py, connection) = (slf.py(), slf.get());
        let (next, over) = {
            let mut state = connection.state();
            let Some(socket) = state.exchange.websocket() else { return Ok(()) };
            (socket.pulse(&connection.line, connection.id), socket.is_over())
        };
        connection.turn.get().told(py, &connection.line)?;
        match next {
            Some(milliseconds) => Self::pulse_in(slf, milliseconds),
            None if over => Self::gone(slf, code::FAILED, ""),
            None => Ok(()),
        }
    }

    /// Cancels its task, if it still runs.
    pub(crate) fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        let task = {
            let mut state = self.state();
            state.cancelled = true;
            state.task.as_ref().map(|task| task.clone_ref(py))
        };
        if let Some(task) = task {
            task.call_method0(py, intern!(py, "cancel"))?;
        }
        Ok(())
    }
}

/// What `receive` and `send` raise when another thread than the loop's calls them.
pub(crate) fn foreign_thread(name: &str) -> PyErr {
    PyRuntimeError::new_err(format!(
        "{name}() was called from another thread than its event loop's; \
         use asyncio.run_coroutine_threadsafe there"
    ))
}
