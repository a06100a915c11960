"""An application that leaves threads, tasks and generators behind when it is closed."""

import asyncio
import threading

kept = []


async def task():
    try:
        await asyncio.sleep(600)
    finally:
        print("task cancelled")


async def generator():
    try:
        yield 1
        yield 2
    finally:
        print("generator closed")


async def leaves():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, print, "in a thread")
    try:
        import anyio.to_thread
    except ImportError:
        pass
    else:
        await anyio.to_thread.run_sync(str)
    kept.append(loop.create_task(task()))
    half = generator()
    await anext(half)
    kept.append(half)


async def hangs():
    started = threading.Event()

    def hang():
        started.set()
        threading.Event().wait()

    kept.append(asyncio.get_running_loop().run_in_executor(None, hang))
    while not started.is_set():
        await asyncio.sleep(0)


async def app(scope, receive, send):
    assert scope["type"] == "http"
    work = {"/leaves": leaves, "/hangs": hangs}.get(scope["path"])
    if work is not None:
        await work()
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body"})
