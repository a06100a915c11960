import asyncio


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("shutdown")
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] == "/forever":
        await asyncio.sleep(600)
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body"})
