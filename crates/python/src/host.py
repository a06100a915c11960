"""What the host does in Python: it opens the loop, loads applications and runs their lifespans. Requests are Rust's."""

import asyncio
import contextlib
import importlib
import importlib.util
import inspect
import json
import logging
import os
import select
import sys
import threading
import time
import traceback
import weakref
from concurrent.futures import ThreadPoolExecutor

LOG = logging.getLogger("ironbridge.asgi")

# How long a cancelled request may take to end before it is left behind.
CANCEL_SECONDS = 5.0
# How long threads may take to end with their loop. One that works on is left behind, and said.
THREAD_SECONDS = 5.0
# Those of the loop's own executor, and AnyIO's, which are told to end when the loop's first task has.
EXECUTOR = "ironbridge-executor"
THREAD_NAMES = (EXECUTOR, "AnyIO worker thread")


class Refused(Exception):
    """Something the caller can mend, with the code of its error in JavaScript."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def open_loop():
    """The loop of this thread: uvloop where it can be imported."""
    # What is printed is seen at once, as from any server; nobody flushes at the end of the process.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)
    try:
        import uvloop
    except ImportError:
        loop = asyncio.new_event_loop()
    else:
        loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    # The loop would make the same, but waits for it without a limit when it is closed.
    executors[loop] = ThreadPoolExecutor(thread_name_prefix=EXECUTOR)
    loop.set_default_executor(executors[loop])
    return loop


def end_child():
    """A child of `os.fork()` that comes back to the loop would answer its parent's requests: it has no business here."""
    LOG.error("a child of os.fork() returned into the event loop, and is ended; it has to end by os._exit()")
    os._exit(70)


def in_child():
    leave_polls()
    for loop in executors:
        loop.call_soon(end_child)


def leave_polls():
    """Gives the child an empty poll for each of its parent's. They are shared: the loop polls once more before the child is
    ended, and would take wake-ups away that its parent waits for, for ever."""
    if not hasattr(select, "epoll"):
        return
    with select.epoll() as empty:
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):  # the descriptor that listed the others
                if os.readlink(f"/proc/self/fd/{name}") == "anon_inode:[eventpoll]" and int(name) != empty.fileno():
                    os.dup2(empty.fileno(), int(name), inheritable=False)


os.register_at_fork(after_in_child=in_child)


executors = {}
# Threads that were said to be left behind.
given_up = weakref.WeakSet()


def run(loop, main):
    """Runs until `main` is done, whatever applications do. AnyIO finds its root task by `run_until_complete`."""
    task = loop.create_task(main)
    while True:
        try:
            return loop.run_until_complete(task)
        except (SystemExit, KeyboardInterrupt) as error:
            LOG.error("an application's task raised %r; the program goes on", error)
        except RuntimeError as error:
            if task.done():
                raise
            LOG.error("an application stopped the event loop, which goes on: %s", error)


def close_loop(loop):
    """Ends what is left on the loop, and its threads, as `asyncio.run` does; but nothing of it may last for ever."""
    run(loop, end_tasks(loop))
    end_threads(executors.pop(loop))
    asyncio.set_event_loop(None)
    loop.close()


async def end_tasks(loop):
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        _, left = await asyncio.wait(left, timeout=CANCEL_SECONDS)
    if left:
        LOG.error("%d tasks did not end, though they were cancelled: %s", len(left), list(left))
    try:
        await asyncio.wait_for(loop.shutdown_asyncgens(), CANCEL_SECONDS)
    except asyncio.TimeoutError:
        LOG.error("asynchronous generators did not end within %g seconds", CANCEL_SECONDS)


def end_threads(executor):
    executor.shutdown(wait=False, cancel_futures=True)
    limit = time.monotonic() + THREAD_SECONDS
    threads = [thread for thread in threading.enumerate() if thread.name.startswith(THREAD_NAMES)]
    threads = [thread for thread in threads if thread not in given_up]
    for thread in threads:
        thread.join(max(0, limit - time.monotonic()))
    left = [thread for thread in threads if thread.is_alive()]
    if left:
        given_up.update(left)
        names = [thread.name for thread in left]
        LOG.error("threads that did not end within %g seconds are left behind: %s", THREAD_SECONDS, names)


async def until(future):
    """The main task: nothing but waiting, also where an application cancels all tasks that it finds."""
    while not future.done():
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            LOG.error("an application cancelled the event loop's own task, which goes on")


async def drive(app, scope, receive, send, end):
    """One connection. `end` learns at once how it ended."""
    try:
        await app(scope, receive, send)
    except BaseException as error:
        end(error)
        if isinstance(error, (asyncio.CancelledError, GeneratorExit)):
            raise
    else:
        end(None)


def name_of(kind):
    module = kind.__module__
    return kind.__qualname__ if module in ("builtins", "__main__") else f"{module}.{kind.__qualname__}"


def frames_of(error):
    """Its traceback without the host's own frames."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    return frames


def describe(error, message=None):
    """An exception as JSON: type, message, traceback."""
    lines = traceback.format_exception(type(error), error, frames_of(error))
    kind = name_of(type(error))
    text = f"{kind}: {error}" if message is None else f"{message}: {kind}: {error}"
    fields = {"code": "python", "message": text, "type": kind, "traceback": "".join(lines)}
    return json.dumps(fields)


def report(error):
    """Logs what an application raised, and gives it as JSON."""
    LOG.error("Exception in ASGI application", exc_info=(type(error), error, frames_of(error)))
    return describe(error)


def takes_one_argument(app):
    """Whether it is an application of ASGI 2: called with the scope, it gives what takes receive and send."""
    if inspect.isclass(app):
        return not hasattr(app, "__await__")
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return False
    needed = [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty and parameter.kind in (0, 1)
    ]
    return len(needed) == 1 and not any(parameter.kind == 2 for parameter in parameters)


def as_single_callable(app):
    if not takes_one_argument(app):
        return app

    async def single(scope, receive, send):
        await app(scope)(receive, send)

    return single


def import_file(file):
    """The module of a file, also beside one of the same name from another folder."""
    name = os.path.basename(file).removesuffix(".py")
    for known in (name, file):
        module = sys.modules.get(known)
        if module is None:
            spec = importlib.util.spec_from_file_location(known, file)
            module = sys.modules[known] = importlib.util.module_from_spec(spec)
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[known]
                raise
        if getattr(module, "__file__", None) == file:
            return module
    raise Refused("load", f"{file} has the name of a module that was loaded from elsewhere")


def import_target(target, factory, file=None):
    """`module:attribute`, both dotted; with `factory` the attribute is called to give the application."""
    module_name, _, attributes = target.partition(":")
    if not module_name or not attributes:
        raise Refused("load", f'"{target}" is no target; it has the form "module:attribute"')
    try:
        found = importlib.import_module(module_name) if file is None else import_file(file)
    except ModuleNotFoundError as error:
        if not (module_name + ".").startswith((error.name or "?") + "."):
            raise
        looked = ", ".join(sys.path)
        raise Refused("load", f'there is no module "{error.name}"; looked in {looked}') from None
    try:
        for attribute in attributes.split("."):
            found = getattr(found, attribute)
    except AttributeError:
        raise Refused("load", f'"{module_name}" has no attribute "{attributes}"') from None
    if factory:
        found = found()
    if not callable(found):
        raise Refused("load", f'"{target}" is not callable: it is a {name_of(type(found))}')
    return as_single_callable(found)


class Lifespan:
    """The one task of an application that lasts from its startup to its shutdown."""

    def __init__(self, app, mode):
        self.app = app
        self.mode = mode
        self.state = None
        self.events = asyncio.Queue()
        self.told = {}
        self.task = None

    async def startup(self, seconds):
        """Gives when the application may be asked; raises when it may not."""
        if self.mode == "off":
            return
        self.state = {}
        self.task = asyncio.ensure_future(self.serve())
        try:
            done = await asyncio.wait_for(self.ask("startup"), seconds)
        except asyncio.TimeoutError:
            self.task.cancel()
            raise Refused("lifespan", f"lifespan startup took more than {seconds:g} seconds") from None
        except BaseException:
            self.task.cancel()
            raise
        if done == "startup.complete":
            return
        if done == "startup.failed":
            self.task.cancel()
            raise Refused("lifespan", f"lifespan startup failed: {self.message or 'no reason given'}")
        # It raised, or returned: an application that knows no lifespan.
        error = self.error
        if self.mode == "on":
            if error is not None:
                raise error
            raise Refused("lifespan", "the application returned without answering lifespan.startup")
        self.state = self.task = None

    async def shutdown(self, seconds):
        """Gives what went wrong, or None."""
        if self.task is None:
            return None
        try:
            done = await asyncio.wait_for(self.ask("shutdown"), seconds)
        except asyncio.TimeoutError:
            done = f"lifespan shutdown took more than {seconds:g} seconds"
        self.task.cancel()
        if done == "shutdown.complete":
            return None
        if done == "shutdown.failed":
            return f"lifespan shutdown failed: {self.message or 'no reason given'}"
        return done or ("it raised at lifespan shutdown: " + repr(self.error) if self.error else None)

    error = None
    message = ""

    async def ask(self, what):
        answer = asyncio.get_running_loop().create_future()
        self.told = {f"lifespan.{what}.complete": answer, f"lifespan.{what}.failed": answer}
        if self.task.done():
            return None
        self.events.put_nowait({"type": f"lifespan.{what}"})
        await asyncio.wait((answer, self.task), return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else None

    async def serve(self):
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self.app(scope, self.events.get, self.send)
        except (Exception, SystemExit) as error:
            self.error = error
            if not any(answer.done() for answer in self.told.values()) and self.mode == "auto":
                LOG.info("ASGI 'lifespan' protocol appears unsupported")

    async def send(self, event):
        kind = event["type"]
        answer = self.told.get(kind)
        if answer is None or answer.done():
            raise RuntimeError(f"{kind!r} is not expected now")
        self.message = event.get("message", "")
        answer.set_result(kind.removeprefix("lifespan."))


class Loaded:
    """An application, shared by all that asked for the same one."""

    def __init__(self, number):
        self.number = number
        self.holders = []
        self.ready = asyncio.get_running_loop().create_future()
        self.lifespan = None


class Applications:
    """All applications of the loop. `turn` is Rust's side of it."""

    def __init__(self, turn):
        self.turn = turn
        self.loaded = {}
        self.last = 0
        self.under_way = 0
        self.tasks = set()

    def start(self, work):
        """Starts a load or close, and keeps its task."""
        self.under_way += 1
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.over)

    def over(self, task):
        self.tasks.discard(task)
        self.under_way -= 1
        if not task.cancelled() and task.exception() is not None:
            LOG.error("the host made a mistake", exc_info=task.exception())
        if not self.busy():
            self.turn.stop()

    def busy(self):
        return self.under_way > 0 or bool(self.loaded)

    async def load(self, line, call, options):
        options = json.loads(options)
        key = json.dumps([options.get(name) for name in ("target", "path", "lifespan", "factory", "file")])
        loaded = self.loaded.get(key)
        if loaded is None:
            self.last += 1
            loaded = self.loaded[key] = Loaded(self.last)
            loaded.holders.append(line)
            failure = await self.begin(loaded, options)
            if failure is not None:
                del self.loaded[key]
            loaded.ready.set_result(failure)
        else:
            loaded.holders.append(line)
            failure = await asyncio.shield(loaded.ready)
        self.turn.loaded(line, call, loaded.number, failure)

    async def begin(self, loaded, options):
        try:
            for folder in reversed(options["path"]):
                if folder not in sys.path:
                    sys.path.insert(0, folder)
            importlib.invalidate_caches()
            app = import_target(options["target"], options["factory"], options.get("file"))
            loaded.lifespan = Lifespan(app, options["lifespan"])
            await loaded.lifespan.startup(options["startupSeconds"])
        except Refused as refused:
            return json.dumps({"code": refused.code, "message": str(refused)})
        except (Exception, SystemExit, asyncio.CancelledError) as error:
            return describe(error, f'"{options["target"]}" cannot be loaded')
        self.turn.add(loaded.number, app, loaded.lifespan.state, options["graceSeconds"])
        return None

    async def close(self, line, call, number, options):
        options = json.loads(options)
        key, loaded = self.find(number)
        problem = None
        if loaded is not None and line in loaded.holders:
            loaded.holders.remove(line)
            if not loaded.holders:
                try:
                    problem = await self.end(key, loaded, options)
                except asyncio.CancelledError:
                    self.turn.forget(number)
                    problem = "an application cancelled all tasks of the loop, the one of this close among them"
        last = not self.loaded and self.under_way == 1
        self.turn.closed(line, call, problem, last)

    def find(self, number):
        found = (row for row in self.loaded.items() if row[1].number == number)
        return next(found, (None, None))

    async def end(self, key, loaded, options):
        """Lets its connections end, then cancels them, then tells it to shut down."""
        del self.loaded[key]
        idle = self.turn.remove(loaded.number)
        await asyncio.wait([idle], timeout=options["drainSeconds"])
        if not idle.done():
            self.turn.cancel(loaded.number)
            await asyncio.wait([idle], timeout=CANCEL_SECONDS)
        problem = await loaded.lifespan.shutdown(options["shutdownSeconds"])
        left = self.turn.forget(loaded.number)
        if left:
            problem = f"{left} requests did not end, though they were cancelled"
        if problem is not None:
            LOG.error("%s", problem)
        return problem

    def line_gone(self, line):
        """A JavaScript thread ended: what it held is closed without anybody waiting for it."""
        options = json.dumps({"drainSeconds": 0, "shutdownSeconds": 5})
        for loaded in list(self.loaded.values()):
            for _ in range(loaded.holders.count(line)):
                self.start(self.close(line, 0, loaded.number, options))
