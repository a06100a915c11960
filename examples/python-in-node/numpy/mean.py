"""Takes numbers as bytes, and answers with what numpy makes of them."""

import json

import numpy


async def app(scope, receive, send):
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        event = await receive()
        body += event["body"]
        more = event["more_body"]
    numbers = numpy.frombuffer(body, dtype="<f8")
    found = {"mean": numbers.mean(), "deviation": numbers.std(), "largest": numbers.max()}
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(found).encode()})
