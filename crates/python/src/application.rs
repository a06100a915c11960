//! An application as requests see it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What was loaded, and how many connections it has.
pub(crate) struct Application {
    pub(crate) app: Py<PyAny>,
    /// The namespace of its lifespan, if it has one.
    pub(crate) state: Option<Py<PyDict>>,
    /// How long a request whose client has gone may go on.
    pub(crate) grace_seconds: f64,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    connections: usize,
    closing: bool,
    /// Fulfilled when the last connection has ended.
    idle: Option<Py<PyAny>>,
}

impl Application {
    pub(crate) fn new(app: Py<PyAny>, state: Option<Py<PyDict>>, grace_seconds: f64) -> Self {
        Self { app, state, grace_seconds, progress: Mutex::default() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a connection; `false`: it is being closed and takes no more.
    pub(crate) fn enter(&self) -> bool {
        let mut progress = self.progress();
        progress.connections += usize::from(!progress.closing);
        !progress.closing
    }

    /// A connection has ended.
    pub(crate) fn leave(&self, py: Python<'_>) -> PyResult<()> {
        let idle = {
            let mut progress = self.progress();
            progress.connections = progress.connections.saturating_sub(1);
            if progress.connections == 0 { progress.idle.take() } else { None }
        };
        idle.map_or(Ok(()), |idle| fulfil(py, &idle))
    }

    /// Takes no more connections; `idle` is fulfilled when those there are have ended.
    pub(crate) fn close(&self, py: Python<'_>, idle: &Py<PyAny>) -> PyResult<()> {
        let empty = {
            let mut progress = self.progress();
            progress.closing = true;
            if progress.connections > 0 {
                progress.idle = Some(idle.clone_ref(py));
            }
            progress.connections == 0
        };
        if empty { fulfil(py, idle) } else { Ok(()) }
    }

    /// Connections that have not ended.
    pub(crate) fn connections(&self) -> usize {
        self.progress().connections
    }
}

/// Fulfils a future, if it still waits.
pub(crate) fn fulfil(py: Python<'_>, future: &Py<PyAny>) -> PyResult<()> {
    if !future.call_method0(py, intern!(py, "done"))?.is_truthy(py)? {
        future.call_method1(py, intern!(py, "set_result"), (py.None(),))?;
    }
    Ok(())
}
