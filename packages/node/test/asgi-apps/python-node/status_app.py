"""Answers `/status/N` with the status N."""


async def app(scope, receive, send):
    await receive()
    status = int(scope["path"].split("/")[-1])
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"Status: %d" % status})
