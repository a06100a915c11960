"""Says hello, and with `/root` where it stands."""


async def app(scope, receive, send):
    assert scope["type"] == "http"
    assert (await receive())["type"] == "http.request"
    text = scope["root_path"] if scope["path"] == "/root" else "Hello, world!"
    await send({"type": "http.response.start", "status": 200, "headers": [[b"content-type", b"text/plain"]]})
    await send({"type": "http.response.body", "body": text.encode(), "more_body": False})
