//! What `receive` and `send` give: awaitables that are done at once where they can be.
//!
//! They have what coroutines have (`__await__`, `send`, `throw`, `close`), so that `asyncio.create_task(receive())` and
//! `wait_for(receive(), …)` take them for some. They take a message only when it is their turn to give it: a `receive()`
//! that was cancelled has lost nothing.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;

use crate::connection::Connection;

/// A `send` whose event is on its way already. One is enough for all.
#[pyclass(frozen, module = "ironbridge")]
pub(crate) struct Done;

#[pymethods]
impl Done {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[allow(clippy::unused_self, reason = "Python calls it as a method")]
    fn __next__(&self) -> Option<Py<PyAny>> {
        None
    }

    fn send(&self, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyStopIteration::new_err(()))
    }

    #[pyo3(signature = (error, _value = None, _traceback = None))]
    fn throw(
        &self,
        error: Bound<'_, PyAny>,
        _value: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        Err(PyErr::from_value(error))
    }

    fn close(&self) {}
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// A message for the application.
    Message,
    /// Room for what it sends next.
    Room,
}

/// A `receive`, or a `send` that has to wait for room.
#[pyclass(frozen, module = "ironbridge")]
pub(crate) struct Waiting {
    connection: Py<Connection>,
    goal: Goal,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the task waits on; the connection has it, too, and fulfils it.
    future: Option<Py<PyAny>>,
    over: bool,
}

impl Waiting {
    pub(crate) fn new(connection: Py<Connection>, goal: Goal) -> Self {
        Self { connection, goal, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives what there is by ending, or a future to wait on.
    fn step(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if self.state().over {
            return Err(PyRuntimeError::new_err("it was awaited already"));
        }
        let connection = self.connection.get();
        let given = match self.goal {
            Goal::Message => connection.next_message(py)?,
            Goal::Room => connection.has_room().then(|| py.None()),
        };
        if let Some(value) = given {
            *self.state() = State { future: None, over: true };
            return Err(PyStopIteration::new_err((value,)));
        }
        let future = connection.wait(py, self.goal)?;
        // The protocol between a task and what it awaits.
        future.setattr(py, intern!(py, "_asyncio_future_blocking"), true)?;
        self.state().future = Some(future.clone_ref(py));
        Ok(future)
    }

    fn leave(&self, py: Python<'_>) {
        let future = {
            let mut state = self.state();
            state.over = true;
            state.future.take()
        };
        if let Some(future) = future {
            self.connection.get().leave(py, self.goal, &future);
        }
    }
}

#[pymethods]
impl Waiting {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.step(py)
    }

    fn send(&self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.step(py)
    }

    #[pyo3(signature = (error, _value = None, _traceback = None))]
    fn throw(
        &self,
        error: Bound<'_, PyAny>,
        _value: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.leave(error.py());
        Err(PyErr::from_value(error))
    }

    fn close(&self, py: Python<'_>) {
        self.leave(py);
    }
}
