"""What every contender serves: the cases by their paths."""

LARGE = b"x" * 100 * 1024
PART = b"x" * 1024


async def reply(send, kind, body):
    headers = [[b"content-type", kind], [b"content-length", b"%d" % len(body)]]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def echo(receive, send):
    parts, more = [], True
    while more:
        event = await receive()
        parts.append(event["body"])
        more = event["more_body"]
    await reply(send, b"application/octet-stream", b"".join(parts))


async def stream(send):
    headers = [[b"content-type", b"text/plain"]]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(100):
        await send({"type": "http.response.body", "body": PART, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def websocket(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "bytes": event["bytes"]})


def made_json():
    from fastapi import FastAPI

    made = FastAPI()

    @made.get("/json/{name}")
    async def hello(name: str, times: int = 1) -> dict[str, list[str]]:
        return {"hello": [name] * times}

    return made


class Json:
    """Made when it is asked first: the other cases are served without FastAPI, too."""

    made = None

    async def __call__(self, scope, receive, send):
        Json.made = Json.made or made_json()
        await Json.made(scope, receive, send)


json = Json()


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        return await websocket(receive, send)
    if scope["type"] != "http":
        raise RuntimeError("no lifespan here")
    path = scope["path"]
    if path == "/hello":
        await reply(send, b"text/plain", b"Hello, world!")
    elif path == "/large":
        await reply(send, b"application/octet-stream", LARGE)
    elif path == "/echo":
        await echo(receive, send)
    elif path == "/stream":
        await stream(send)
    else:
        await json(scope, receive, send)
