//! The loop's thread from inside: what wakes it, what it keeps, and when it tells what was sent.

use std::collections::HashMap;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use ironbridge_asgi::{Record, Tell};
use pyo3::exceptions::{PyKeyError, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

use crate::application::Application;
use crate::connection::{Connection, foreign_thread};
use crate::line::Line;
use crate::listener::{self, Listener, OnLoop};
use crate::runner::{self, Runner};
use crate::scope::Names;
use crate::waiting::Done;
use crate::{dispatch, interpreter};

const HOST: &std::ffi::CStr =
    match std::ffi::CStr::from_bytes_with_nul(concat!(include_str!("host.py"), "\0").as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    };

/// What of Python is asked for again and again.
struct Tools {
    loop_: Py<PyAny>,
    call_soon: Py<PyAny>,
    create_future: Py<PyAny>,
    /// `asyncio.Task` with the loop, eager where Python can.
    task: Py<PyAny>,
    /// Tasks take their first step when they are made.
    eager: bool,
    cancelled_error: Py<PyAny>,
    drive: Py<PyAny>,
    report: Py<PyAny>,
    complain: Py<PyAny>,
    applications: Py<PyAny>,
    done: Py<PyAny>,
}

/// The loop's own side of the host.
#[pyclass(frozen, module = "ironbridge")]
pub(crate) struct Turn {
    pub(crate) runner: Arc<Runner>,
    reader: PipeReader,
    thread: ThreadId,
    pub(crate) names: Names,
    tools: OnceLock<Tools>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connections: HashMap<(u32, u32), Py<Connection>>,
    applications: HashMap<u32, Arc<Application>>,
    lines: HashMap<u32, Arc<Line>>,
    /// By the line and the call that began them.
    listeners: HashMap<(u32, u32), Listener>,
    /// What is served on this thread, by number.
    on_loop: Arc<[(u32, Arc<OnLoop>)]>,
    on_loop_last: u32,
    /// Replies whose head is held for a body.
    held: Vec<Py<Connection>>,
    /// Lines that were told something since the last flush.
    news: Vec<Arc<Line>>,
    /// A flush is on the loop's list, or will be done by who runs now.
    scheduled: bool,
    main: Option<Py<PyAny>>,
    /// The methods of these names. They are here and not among the tools because they hold their turn.
    flush: Option<Py<PyAny>>,
    serve: Option<Py<PyAny>>,
}

/// Serves until the last application is closed. The body of the loop's thread.
pub(crate) fn serve(py: Python<'_>, runner: &Arc<Runner>, reader: PipeReader) {
    if let Err(error) = try_serve(py, runner, reader) {
        runner::give_up(runner, &error.to_string());
    }
}

fn try_serve(py: Python<'_>, runner: &Arc<Runner>, reader: PipeReader) -> PyResult<()> {
    let host = match py.import("sys")?.getattr("modules")?.get_item("ironbridge_host") {
        Ok(module) => module.cast_into::<PyModule>()?,
        Err(_) => PyModule::from_code(py, HOST, c"<ironbridge host.py>", c"ironbridge_host")?,
    };
    let loop_ = host.call_method0("open_loop")?;
    let turn = Turn {
        runner: Arc::clone(runner),
        reader,
        thread: thread::current().id(),
        names: Names::default(),
        tools: OnceLock::new(),
        state: Mutex::default(),
    };
    let turn = Bound::new(py, turn)?;
    let tools = Tools::new(&host, &loop_, &turn)?;
    let applications = tools.applications.clone_ref(py);
    let _ = turn.get().tools.set(tools);
    turn.get().state().flush = Some(turn.getattr("flush")?.unbind());
    turn.get().state().serve = Some(turn.getattr("serve")?.unbind());
    let fd = turn.get().reader.as_raw_fd();
    loop_.call_method1("add_reader", (fd, turn.getattr("wake")?))?;
    loop {
        let main = loop_.call_method0("create_future")?;
        turn.get().state().main = Some(main.clone().unbind());
        host.call_method1("run", (&loop_, host.call_method1("until", (main,))?))?;
        let busy = applications.bind(py).call_method0("busy")?.is_truthy()?;
        if !busy && runner::may_end(runner) {
            break;
        }
    }
    loop_.call_method1("remove_reader", (fd,))?;
    for (number, on_loop) in turn.get().on_loop().iter() {
        on_loop.end();
        turn.get().leave_on_loop(py, *number)?;
    }
    let closed = host.call_method1("close_loop", (&loop_,));
    // They know it, and it them: without this neither would go.
    applications.bind(py).setattr("turn", py.None())?;
    drop(std::mem::take(&mut *turn.get().state()));
    closed.map(drop)
}

impl Tools {
    fn new(
        host: &Bound<'_, PyModule>,
        loop_: &Bound<'_, PyAny>,
        turn: &Bound<'_, Turn>,
    ) -> PyResult<Self> {
        let py = host.py();
        let asyncio = py.import("asyncio")?;
        let eager = py.version_info() >= (3, 12);
        let keywords = PyDict::new(py);
        keywords.set_item("loop", loop_)?;
        if eager {
            keywords.set_item("eager_start", true)?;
        }
        let partial = py.import("functools")?.getattr("partial")?;
        let part = |name: &str| host.getattr(name).map(Bound::unbind);
        Ok(Self {
            call_soon: loop_.getattr("call_soon")?.unbind(),
            create_future: loop_.getattr("create_future")?.unbind(),
            loop_: loop_.clone().unbind(),
            task: partial.call((asyncio.getattr("Task")?,), Some(&keywords))?.unbind(),
            eager,
            cancelled_error: asyncio.getattr("CancelledError")?.unbind(),
            drive: part("drive")?,
            report: part("report")?,
            complain: host.getattr("LOG")?.getattr("error")?.unbind(),
            applications: host.getattr("Applications")?.call1((turn,))?.unbind(),
            done: Py::new(py, Done)?.into_any(),
        })
    }
}

impl Turn {
    /// Never held while Python runs.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tools(&self) -> PyResult<&Tools> {
        self.tools.get().ok_or_else(|| PyRuntimeError::new_err("the loop is not set up"))
    }

    pub(crate) fn on_its_thread(&self, name: &str) -> PyResult<()> {
        if thread::current().id() == self.thread { Ok(()) } else { Err(foreign_thread(name)) }
    }

    pub(crate) fn application(&self, number: u32) -> Option<Arc<Application>> {
        self.state().applications.get(&number).cloned()
    }

    pub(crate) fn connection(&self, py: Python<'_>, key: (u32, u32)) -> Option<Py<Connection>> {
        self.state().connections.get(&key).map(|connection| connection.clone_ref(py))
    }

    /// The connections of a line, or of an application.
    pub(crate) fn connections_of(
        &self,
        py: Python<'_>,
        wanted: impl Fn(&Connection) -> bool,
    ) -> Vec<Py<Connection>> {
        let state = self.state();
        let all = state.connections.values().filter(|connection| wanted(connection.get()));
        all.map(|connection| connection.clone_ref(py)).collect()
    }

    pub(crate) fn applications(&self) -> PyResult<&Py<PyAny>> {
        Ok(&self.tools()?.applications)
    }

    pub(crate) fn keep_line(&self, line: &Arc<Line>) {
        self.state().lines.insert(line.number, Arc::clone(line));
    }

    /// Nothing of a line is needed any more; its listeners end.
    pub(crate) fn forget_line(&self, number: u32) {
        let mut state = self.state();
        state.lines.remove(&number);
        let ended = state.listeners.extract_if(|key, _| key.0 == number);
        ended.for_each(|(_, listener)| listener.end(Duration::ZERO));
    }

    /// Starts a listener for JavaScript.
    pub(crate) fn listen(
        &self,
        py: Python<'_>,
        line: &Arc<Line>,
        call: u32,
        options: &str,
    ) -> PyResult<io::Result<()>> {
        let options = py.import("json")?.call_method1("loads", (options,))?.extract()?;
        let (listener, on_loop) = match listener::start(Arc::clone(line), call, options) {
            Ok(started) => started,
            Err(error) => return Ok(Err(error)),
        };
        self.state().listeners.insert((line.number, call), listener);
        on_loop.map_or(Ok(()), |on_loop| self.serve_on_loop(py, on_loop)).map(Ok)
    }

    /// Has the loop look after a listener's connections.
    fn serve_on_loop(&self, py: Python<'_>, on_loop: Arc<OnLoop>) -> PyResult<()> {
        let descriptor = on_loop.descriptor();
        let (number, serve) = {
            let mut state = self.state();
            state.on_loop_last += 1;
            let number = state.on_loop_last;
            state.on_loop = state.on_loop.iter().cloned().chain([(number, on_loop)]).collect();
            (number, state.serve.as_ref().map(|serve| serve.clone_ref(py)))
        };
        let add = self.tools()?.loop_.bind(py).getattr(intern!(py, "add_reader"))?;
        add.call1((descriptor, serve, number)).map(drop)
    }

    /// A listener has ended: nothing is left to look after.
    fn leave_on_loop(&self, py: Python<'_>, number: u32) -> PyResult<()> {
        let left: Vec<_> = {
            let mut state = self.state();
            let (left, stay) =
                state.on_loop.iter().cloned().partition(|(other, _)| *other == number);
            let stay: Vec<_> = stay;
            state.on_loop = stay.into();
            left
        };
        left.iter().try_for_each(|(_, on_loop)| {
            let remove = self.tools()?.loop_.bind(py).getattr(intern!(py, "remove_reader"))?;
            remove.call1((on_loop.descriptor(),)).map(drop)
        })
    }

    fn on_loop(&self) -> Arc<[(u32, Arc<OnLoop>)]> {
        Arc::clone(&self.state().on_loop)
    }

    /// Does what others ask, and tells what came of it at once where that can be.
    fn batch(slf: &Bound<'_, Self>, work: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
        let (py, turn) = (slf.py(), slf.get());
        // Until all is done a flush need not be scheduled, one follows.
        let others = std::mem::replace(&mut turn.state().scheduled, true);
        let done = work();
        let flushed = match (others, turn.tools()?.eager) {
            (true, _) => Ok(()),
            (false, true) => Self::flush(slf),
            // Behind the first steps of the tasks that were made.
            (false, false) => turn.flush_soon(py),
        };
        done.and(flushed)
    }

    /// Ends a listener; it tells itself when it has.
    pub(crate) fn unlisten(&self, key: (u32, u32), drain: Duration) {
        let listener = self.state().listeners.remove(&key);
        if let Some(listener) = listener {
            listener.end(drain);
        }
    }

    /// Starts an application on a connection.
    pub(crate) fn begin(
        &self,
        connection: &Bound<'_, Connection>,
        scope: Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let (py, own, tools) = (connection.py(), connection.get(), self.tools()?);
        self.state().connections.insert(own.key(), connection.clone().unbind());
        let receive = connection.getattr(intern!(py, "receive"))?;
        let send = connection.getattr(intern!(py, "send"))?;
        let end = connection.getattr(intern!(py, "end"))?;
        let app = own.application.app.bind(py);
        let coroutine = tools.drive.bind(py).call1((app, scope, receive, send, end))?;
        let task = tools.task.bind(py).call1((coroutine,))?;
        // An eager one may have ended by now: the loop keeps only weak references to those that have not.
        if self.state().connections.contains_key(&own.key()) {
            own.runs_as(task.unbind());
        }
        Ok(())
    }

    pub(crate) fn ended(&self, connection: &Connection) {
        let ended = self.state().connections.remove(&connection.key());
        drop(ended);
    }

    /// Remembers a reply whose head waits for a body until the end of this turn.
    pub(crate) fn hold(&self, connection: &Bound<'_, Connection>) {
        self.state().held.push(connection.clone().unbind());
    }

    /// Something was told on a line, or is held for it: makes sure of a flush.
    pub(crate) fn told(&self, py: Python<'_>, line: &Arc<Line>) -> PyResult<()> {
        let schedule = {
            let mut state = self.state();
            if !state.news.iter().any(|other| Arc::ptr_eq(other, line)) {
                state.news.push(Arc::clone(line));
            }
            !std::mem::replace(&mut state.scheduled, true)
        };
        if schedule { self.flush_soon(py) } else { Ok(()) }
    }

    /// Behind all that is on the loop's list by now.
    fn flush_soon(&self, py: Python<'_>) -> PyResult<()> {
        let flush = self.state().flush.as_ref().map(|flush| flush.clone_ref(py));
        let Some(flush) = flush else { return Ok(()) };
        self.tools()?.call_soon.call1(py, (flush,)).map(drop)
    }

    pub(crate) fn create_future(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.tools()?.create_future.call0(py)
    }

    pub(crate) fn call_later(
        &self,
        py: Python<'_>,
        seconds: f64,
        what: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let loop_ = self.tools()?.loop_.bind(py);
        loop_.call_method1(intern!(py, "call_later"), (seconds, what)).map(Bound::unbind)
    }

    pub(crate) fn done(&self, py: Python<'_>) -> Py<PyAny> {
        self.tools.get().map_or_else(|| py.None(), |tools| tools.done.clone_ref(py))
    }

    /// Logs an exception, and gives it as JSON.
    pub(crate) fn report(&self, py: Python<'_>, error: &Bound<'_, PyAny>) -> PyResult<String> {
        self.tools()?.report.call1(py, (error,))?.extract(py)
    }

    /// Logs what an application did wrong.
    pub(crate) fn complain(&self, py: Python<'_>, message: &str) -> PyResult<()> {
        self.tools()?.complain.call1(py, (message,)).map(drop)
    }

    pub(crate) fn is_cancelled_error(
        &self,
        py: Python<'_>,
        error: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        error.is_instance(self.tools()?.cancelled_error.bind(py))
    }

    fn tell(&self, py: Python<'_>, line: u32, tell: Tell, record: &Record<'_>) -> PyResult<()> {
        let line = self.state().lines.get(&line).cloned();
        let Some(line) = line else { return Ok(()) };
        line.tell(tell, record);
        self.told(py, &line)
    }
}

#[pymethods]
impl Turn {
    /// The loop's reader: others have put something into the queue.
    fn wake(slf: &Bound<'_, Self>) -> PyResult<()> {
        let turn = slf.get();
        // Whatever it says: the queue is looked into.
        let _ = (&turn.reader).read(&mut [0; 8]);
        let deliver = |delivery| dispatch::deliver(slf, delivery);
        Self::batch(slf, || turn.runner.take().into_iter().try_for_each(deliver))
    }

    /// The loop's reader: connections of a listener are ready.
    fn serve(slf: &Bound<'_, Self>, number: u32) -> PyResult<()> {
        if interpreter::is_forked() {
            return Ok(());
        }
        let (py, turn) = (slf.py(), slf.get());
        let all = turn.on_loop();
        let Some((_, on_loop)) = all.iter().find(|(other, _)| *other == number) else {
            return Ok(());
        };
        if !on_loop.poll() {
            return turn.leave_on_loop(py, number);
        }
        let Some(asked) = on_loop.asked() else { return Ok(()) };
        Self::batch(slf, || dispatch::deliver(slf, asked))
    }

    /// Tells what was sent since the last time.
    fn flush(slf: &Bound<'_, Self>) -> PyResult<()> {
        if interpreter::is_forked() {
            return Ok(());
        }
        let (held, news, on_loop) = {
            let mut state = slf.get().state();
            state.scheduled = false;
            let (held, news) = (std::mem::take(&mut state.held), std::mem::take(&mut state.news));
            (held, news, Arc::clone(&state.on_loop))
        };
        for connection in held {
            connection.get().flush();
        }
        for line in &news {
            line.notify();
        }
        for (_, on_loop) in on_loop.iter() {
            if news.iter().any(|line| on_loop.has(line)) {
                on_loop.collect();
                // What a connection asks next, now that its reply is out.
                on_loop.asked().map_or(Ok(()), |asked| dispatch::deliver(slf, asked))?;
            }
        }
        Ok(())
    }

    /// Ends `run`.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        let main = self.state().main.take();
        main.map_or(Ok(()), |main| crate::application::fulfil(py, &main))
    }

    /// A load has ended.
    fn loaded(
        &self,
        py: Python<'_>,
        line: u32,
        call: u32,
        number: u32,
        failure: Option<&str>,
    ) -> PyResult<()> {
        let record = Record { number, ..Record::of(0, call) };
        match failure {
            None => self.tell(py, line, Tell::Loaded, &record),
            Some(json) => {
                self.tell(py, line, Tell::Failed, &Record { body: json.as_bytes(), ..record })
            }
        }
    }

    /// A close has ended; `last`: nothing else is loaded or under way.
    fn closed(
        &self,
        py: Python<'_>,
        line: u32,
        call: u32,
        problem: Option<&str>,
        last: bool,
    ) -> PyResult<()> {
        if last {
            runner::finish();
        }
        let body = problem.unwrap_or_default().as_bytes();
        self.tell(py, line, Tell::Closed, &Record { body, ..Record::of(0, call) })
    }

    /// An application may be asked from now on.
    fn add(&self, number: u32, app: Py<PyAny>, state: Option<Py<PyDict>>, grace_seconds: f64) {
        let application = Arc::new(Application::new(app, state, grace_seconds));
        self.state().applications.insert(number, application);
    }

    /// An application takes no more; gives a future that is fulfilled when it has no connection left.
    fn remove(&self, py: Python<'_>, number: u32) -> PyResult<Py<PyAny>> {
        let idle = self.create_future(py)?;
        let application = self.application(number);
        let application = application.ok_or_else(|| PyKeyError::new_err(number))?;
        application.close(py, &idle)?;
        let of_it = |connection: &Connection| Arc::ptr_eq(&connection.application, &application);
        for connection in self.connections_of(py, of_it) {
            Connection::closing(connection.bind(py))?;
        }
        Ok(idle)
    }

    /// Cancels all connections of an application.
    fn cancel(&self, py: Python<'_>, number: u32) -> PyResult<()> {
        let Some(application) = self.application(number) else { return Ok(()) };
        let of_it = |connection: &Connection| Arc::ptr_eq(&connection.application, &application);
        self.connections_of(py, of_it).iter().try_for_each(|connection| connection.get().cancel(py))
    }

    /// Lets go of an application; gives how many connections it leaves behind.
    fn forget(&self, number: u32) -> usize {
        let application = self.state().applications.remove(&number);
        application.map_or(0, |application| application.connections())
    }
}
