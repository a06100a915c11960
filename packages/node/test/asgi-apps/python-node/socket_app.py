"""Sends messages back, at `/upper` in capitals; at `/close` it closes at once. Over plain HTTP it wants an upgrade."""


async def app(scope, receive, send):
    if scope["type"] != "websocket":
        await send({"type": "http.response.start", "status": 426, "headers": [(b"upgrade", b"websocket")]})
        return await send({"type": "http.response.body", "body": b"Upgrade Required"})
    await receive()
    if scope["path"] == "/refuse":
        return await send({"type": "websocket.close"})
    await send({"type": "websocket.accept"})
    if scope["path"] == "/close":
        return await send({"type": "websocket.close", "code": 1000})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event.get("text") is not None:
            text = event["text"]
            await send({"type": "websocket.send", "text": text.upper() if scope["path"] == "/upper" else text})
        else:
            await send({"type": "websocket.send", "bytes": event["bytes"]})
