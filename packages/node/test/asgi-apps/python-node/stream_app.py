"""Sends parts, as many as `count` says, each in a turn of the loop of its own."""

import asyncio
from urllib.parse import parse_qs


async def app(scope, receive, send):
    await receive()
    count = int(parse_qs(scope["query_string"].decode()).get("count", ["5"])[0])
    await send({"type": "http.response.start", "status": 200, "headers": [[b"content-type", b"text/plain"]]})
    for number in range(1, count + 1):
        await send({"type": "http.response.body", "body": b"Chunk %d\n" % number, "more_body": True})
        await asyncio.sleep(0.001)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
