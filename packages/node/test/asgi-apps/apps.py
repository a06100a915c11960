"""The applications of the tests: one for each thing that is looked at."""

import asyncio
import collections
import json
import logging
import os
import sys
import tempfile
import threading

log = []


class Kept(logging.Handler):
    """Keeps what the host complains of, for the tests to ask for."""

    def emit(self, record):
        logged.append(self.format(record))


logged = collections.deque(maxlen=100)
# Applications of other tests may have set the root's level to what is no complaint.
logging.getLogger("ironbridge.asgi").addHandler(Kept(logging.WARNING))
logging.getLogger("ironbridge.asgi").propagate = False


async def the_logged(scope, receive, send):
    taken = list(logged)
    logged.clear()
    await reply(send, 200, [], json.dumps(taken).encode())


async def reply(send, status=200, headers=(), body=b""):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def body_of(receive):
    parts = []
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        parts.append(event["body"])
        if not event["more_body"]:
            return b"".join(parts)


def shown(value):
    """JSON that tells bytes from str, tuples and lists alike."""
    if isinstance(value, bytes):
        return "b:" + value.decode("latin-1")
    if isinstance(value, dict):
        return {key: shown(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(inner) for inner in value]
    return value


async def hello(scope, receive, send):
    await reply(send, 200, [(b"content-type", b"text/plain")], b"Hello from Python")


async def echo(scope, receive, send):
    body = await body_of(receive)
    await reply(send, 200, [(b"x-method", scope["method"].encode())], body)


async def status(scope, receive, send):
    await reply(send, int(scope["query_string"] or 200), [], b"status")


async def stream(scope, receive, send):
    count = int(scope["query_string"] or 5)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for number in range(count):
        await send({"type": "http.response.body", "body": b"chunk %d\n" % number, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body"})


async def error(scope, receive, send):
    if scope["query_string"] == b"after":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await asyncio.sleep(0.01)
    if scope["query_string"] == b"exit":
        sys.exit(3)
    raise ValueError("bröken on purpose")


async def scope_of(scope, receive, send):
    await reply(send, 200, [], json.dumps(shown(scope)).encode())


async def events(scope, receive, send):
    """Says what `receive` gave, up to the disconnect that follows the reply."""
    seen = [shown(await receive())]
    while seen[-1].get("more_body"):
        seen.append(shown(await receive()))
    later = asyncio.create_task(receive())
    await asyncio.sleep(0.01)
    waited = not later.done()
    await reply(send, 200, [], json.dumps([seen, waited]).encode())
    log.append(["after", await later, await receive()])


async def the_log(scope, receive, send):
    taken = list(log)
    log.clear()
    await reply(send, 200, [], json.dumps(taken).encode())


async def large(scope, receive, send):
    """Sends parts for as long as there is room, and counts them."""
    size, count = (int(part) for part in scope["query_string"].split(b","))
    await send({"type": "http.response.start", "status": 200})
    for number in range(count):
        await send({"type": "http.response.body", "body": b"x" * size, "more_body": True})
        log.append(number)
    await send({"type": "http.response.body"})


async def slow_reader(scope, receive, send):
    """Reads nothing before it is told to."""
    await gate.wait()
    body = await body_of(receive)
    await reply(send, 200, [], str(len(body)).encode())


class Gate:
    event = None

    async def wait(self):
        Gate.event = Gate.event or asyncio.Event()
        await Gate.event.wait()

    def open(self):
        Gate.event = Gate.event or asyncio.Event()
        Gate.event.set()


gate = Gate()


async def open_gate(scope, receive, send):
    gate.open()
    await reply(send)


async def waits(scope, receive, send):
    """Waits for the client to go, and says what it saw."""
    log.append("waiting")
    await receive()
    event = await receive()
    log.append(event["type"])
    try:
        await send({"type": "http.response.start", "status": 200})
    except OSError as error:
        log.append(type(error).__name__)
        raise


async def stubborn(scope, receive, send):
    """Does not look whether its client is there."""
    log.append("started")
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        log.append("cancelled")
        raise


async def cancels_receive(scope, receive, send):
    """A `receive` that was cancelled loses nothing."""
    first = asyncio.create_task(receive())
    await asyncio.sleep(0)
    first.cancel()
    try:
        await asyncio.wait_for(receive(), 0.01)
        got = "something"
    except asyncio.TimeoutError:
        got = "nothing"
    log.append(got)
    body = await body_of(receive)
    await reply(send, 200, [], body)


async def parallel_receives(scope, receive, send):
    tasks = [asyncio.create_task(receive()) for _ in range(3)]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await reply(send, 200, [], b"one")
    done = await asyncio.gather(*tasks)
    log.append(sorted(event["type"] for event in done))


async def sends(scope, receive, send):
    """Sends the events that the body names, and says what each raised."""
    raised = []
    for event in eval(await body_of(receive)):  # noqa: S307
        try:
            await send(event)
            raised.append(None)
        except Exception as error:
            raised.append(f"{type(error).__name__}: {error}")
    log.append(raised)


TURNS = {
    "start": {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"1")]},
    "short": {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]},
    "part": {"type": "http.response.body", "body": b"p", "more_body": True},
    "body": {"type": "http.response.body", "body": b"b"},
    "extra": {"type": "http.response.body", "body": b"e", "more_body": True, "extra": 1},
    "unknown": {"type": "http.response.unknown"},
}


async def in_turns(scope, receive, send):
    """Sends the events that the body names, and writes down which of them raised."""
    raised = []
    for name in (await body_of(receive)).decode().split(", "):
        if name == "":
            continue
        try:
            await send(dict(TURNS[name]))
            raised.append([name, False])
        except Exception:
            raised.append([name, True])
    log.append(raised)


async def trailers(scope, receive, send):
    assert "http.response.trailers" in scope["extensions"]
    headers = [(b"trailer", b"x-sum")]
    await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": True})
    await send({"type": "http.response.body", "body": b"body"})
    await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"4")], "more_trailers": False})


async def hints(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]})
    await send({"type": "http.response.body", "body": b"page"})


async def file(scope, receive, send):
    with tempfile.NamedTemporaryFile(delete=False) as made:
        made.write(b"0123456789" * 10_000)
    log.append(made.name)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.pathsend", "path": made.name})


async def file_of(scope, receive, send):
    """The file that the query names."""
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.pathsend", "path": scope["query_string"].decode()})


async def in_thread(scope, receive, send):
    """Calls `send` where it may not be called."""

    def call():
        try:
            send({"type": "http.response.start", "status": 200})
        except RuntimeError as error:
            return str(error)

    text = await asyncio.get_running_loop().run_in_executor(None, call)
    await reply(send, 200, [], text.encode())


async def loop_of(scope, receive, send):
    import ssl
    import zlib

    modules = {
        "loop": type(asyncio.get_running_loop()).__module__.split(".")[0],
        "thread": threading.current_thread() is threading.main_thread(),
        "executable": sys.executable,
        "prefix": sys.prefix,
        "version": list(sys.version_info[:3]),
        "openssl": ssl.OPENSSL_VERSION,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "pid": os.getpid(),
        "tasks": len(asyncio.all_tasks()),
    }
    await reply(send, 200, [], json.dumps(modules).encode())


async def collected(scope, receive, send):
    """What is left after the garbage was collected."""
    import gc

    gc.collect()
    seen = {"tasks": len(asyncio.all_tasks()), "objects": len(gc.get_objects())}
    await reply(send, 200, [], json.dumps(seen).encode())


async def extensions(scope, receive, send):
    """Which of these can be imported, and what they say."""
    import importlib

    found = {}
    for name in ("numpy", "pydantic_core", "uvloop", "httptools", "orjson"):
        try:
            found[name] = importlib.import_module(name).__version__
        except ModuleNotFoundError:
            found[name] = None
    if found["numpy"] is not None:
        import numpy

        assert int(numpy.arange(10).sum()) == 45
    if found["orjson"] is not None:
        import orjson

        assert orjson.loads(orjson.dumps({"a": [1]})) == {"a": [1]}
    await reply(send, 200, [], json.dumps(found).encode())


class Lifespan:
    """An application with a lifespan that says what happened."""

    def __init__(self, startup="complete", shutdown="complete"):
        self.answers = {"startup": startup, "shutdown": shutdown}

    async def __call__(self, scope, receive, send):
        if scope["type"] != "lifespan":
            scope["state"]["count"] = scope["state"].get("count", 0) + 1
            scope["state"]["shared"].append(1)
            return await reply(send, 200, [], json.dumps(scope["state"]).encode())
        scope["state"]["shared"] = []
        while True:
            what = (await receive())["type"].removeprefix("lifespan.")
            log.append(what)
            answer = self.answers[what]
            if answer == "raise":
                raise ValueError(f"no {what}")
            await send({"type": f"lifespan.{what}.{answer}", "message": f"{what} said no"})
            if what == "shutdown":
                return


lifespan = Lifespan()
startup_fails = Lifespan(startup="failed")
startup_raises = Lifespan(startup="raise")
shutdown_fails = Lifespan(shutdown="failed")


async def no_lifespan(scope, receive, send):
    assert scope["type"] == "http", "only HTTP"
    await reply(send, 200, [], b"state" if "state" in scope else b"no state")


def legacy(scope):
    """An application of ASGI 2."""

    async def instance(receive, send):
        await reply(send, 200, [], b"legacy " + scope["path"].encode())

    return instance


def factory():
    return hello


async def stuck(scope, receive, send):
    """Swallows its cancelling, once."""
    log.append("stuck")
    try:
        await asyncio.sleep(600)
    except asyncio.CancelledError:
        log.append("asked to stop")
    await reply(send, 200, [], b"late")


class Router:
    """All of the above by their names: `/name`."""

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("no lifespan here")
        name = scope["path"].removeprefix(scope["root_path"]).split("/")[1]
        await globals()[name](scope, receive, send)


app = Router()
not_callable = 3
