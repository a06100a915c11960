"""Says what it was asked."""

import json


async def app(scope, receive, send):
    assert scope["type"] == "http"
    body, more = b"", True
    while more:
        event = await receive()
        body += event["body"]
        more = event["more_body"]
    method, path = scope["method"], scope["path"]
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    told = {"method": method, "path": path, "body": body.decode(), "headers": headers}
    told["client"], told["server"], told["query"] = scope["client"], scope["server"], scope["query_string"].decode()
    own = [(b"content-type", b"application/json"), (b"x-echo-method", method.encode()), (b"x-echo-path", path.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": own})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})
