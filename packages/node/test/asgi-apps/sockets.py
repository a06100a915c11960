"""WebSocket applications of the tests."""

import asyncio
import json
from urllib.parse import unquote

from apps import log, reply, shown, the_log, the_logged  # noqa: F401 (found by their names)

EVENTS = {
    "accept": lambda value: {"type": "websocket.accept", **({"subprotocol": value} if value else {})},
    "accept_headers": lambda value: {"type": "websocket.accept", "headers": [(b"x-a", b"1"), (b"X-B", value.encode())]},
    "accept_wrong": lambda value: {"type": "websocket.accept", "headers": [("x-a", "1")]},
    "accept_smuggled": lambda value: {"type": "websocket.accept", "headers": [(b"x-a", b"1\r\nx-b: 2")]},
    "send": lambda value: {"type": "websocket.send", "text": value},
    "bytes": lambda value: {"type": "websocket.send", "bytes": value.encode("latin-1")},
    "none_and_text": lambda value: {"type": "websocket.send", "bytes": None, "text": value},
    "neither": lambda value: {"type": "websocket.send"},
    "long": lambda value: {"type": "websocket.send", "text": "x" * int(value)},
    "number": lambda value: {"type": "websocket.send", "text": 3},
    "close": lambda value: {"type": "websocket.close", **({"code": int(value)} if value else {})},
    "because": lambda value: {"type": "websocket.close", "code": 3000, "reason": value},
    "start": lambda value: {"type": "websocket.http.response.start", "status": int(value), "headers": [(b"x-why", b"no")]},
    "part": lambda value: {"type": "websocket.http.response.body", "body": value.encode(), "more_body": True},
    "body": lambda value: {"type": "websocket.http.response.body", "body": value.encode()},
    "unknown": lambda value: {"type": "websocket.unknown"},
    "extra": lambda value: {"type": "websocket.send", "text": value, "more": 1},
}


async def script(scope, receive, send):
    """Does what the query says, and writes down what came of it."""
    seen = []
    try:
        await steps(unquote(scope["query_string"].decode()).split(","), seen, receive, send)
    finally:
        log.append(seen)


async def steps(names, seen, receive, send):
    for step in names:
        name, _, value = step.partition(":")
        if name == "raise":
            raise ValueError("bröken on purpose")
        if name == "return":
            return
        if name == "sleep":
            await asyncio.sleep(float(value))
        elif name == "receive":
            seen.append(shown(await receive()))
        else:
            try:
                await send(EVENTS[name](value))
                seen.append([name, "sent"])
            except OSError:
                seen.append([name, "lost"])
            except Exception:
                seen.append([name, "wrong"])
    seen.append("end")


async def echo(scope, receive, send):
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})
    log.append(shown(event))


async def scope_of(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    await send({"type": "websocket.send", "text": json.dumps(shown(scope))})
    await send({"type": "websocket.close"})


async def sender(scope, receive, send):
    """Sends for as long as there is room, and counts."""
    await receive()
    await send({"type": "websocket.accept"})
    try:
        for number in range(int(scope["query_string"])):
            await send({"type": "websocket.send", "bytes": b"x" * 10_000})
            log.append(number)
        await send({"type": "websocket.close"})
    except OSError as error:
        log.append(type(error).__name__)


async def deaf(scope, receive, send):
    """Receives nothing for as long as it is not told to."""
    await receive()
    await send({"type": "websocket.accept"})
    await deaf_gate.wait()
    count = 0
    while (await receive())["type"] == "websocket.receive":
        count += 1
    log.append(["received", count])


class Gate:
    """An event of whatever loop waits on it."""

    def __init__(self):
        self.event = None

    async def wait(self):
        self.event = asyncio.Event()
        await self.event.wait()

    def open(self):
        self.event.set()
        self.event = None


deaf_gate = Gate()


async def open_gate(scope, receive, send):
    deaf_gate.open()
    await reply(send)


async def never(scope, receive, send):
    """Neither accepts nor refuses."""
    await receive()
    log.append("never")
    event = await receive()
    log.append(shown(event))


async def stays(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    log.append("open")
    log.append(shown(await receive()))


class Router:
    """All of the above by their names: `/name`."""

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan here")
        name = scope["path"].removeprefix(scope["root_path"]).split("/")[1]
        await globals()[name](scope, receive, send)


app = Router()
