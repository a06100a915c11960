"""Raises at `/error`, and at `/later` after two parts of its reply."""


async def app(scope, receive, send):
    await receive()
    if scope["path"] == "/error":
        raise Exception("Test error")
    if scope["path"] == "/silent":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/later":
        for part in (b"Chunk 1\n", b"Chunk 2\n"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        raise Exception("Error during streaming")
    await send({"type": "http.response.body", "body": b"OK"})
