"""Applications that behave badly, by name: `/name`. Another one, `apps:app`, has to go on beside them."""

import asyncio
import ctypes
import multiprocessing
import os
import sys
import threading
import time

START = {"type": "http.response.start", "status": 200}
PART = {"type": "http.response.body", "body": b"part", "more_body": True}
BODY = {"type": "http.response.body", "body": b"body"}
kept = []


async def reply(send, text="ok"):
    await send(START)
    await send({"type": "http.response.body", "body": text.encode()})


async def returns_at_once(scope, receive, send):
    pass


async def is_silent(scope, receive, send):
    await asyncio.Event().wait()


async def starts_twice(scope, receive, send):
    await send(START)
    await send(START)


async def sends_after_the_end(scope, receive, send):
    await reply(send)
    await send(START)
    await send(BODY)


async def sends_text(scope, receive, send):
    await send(START)
    await send({"type": "http.response.body", "body": "text"})


async def sends_no_event(scope, receive, send):
    await send(None)


async def raises_first(scope, receive, send):
    raise LookupError("first")


async def raises_later(scope, receive, send):
    await send(START)
    await send(PART)
    await asyncio.sleep(0.01)
    raise LookupError("later")


async def raises_after_the_end(scope, receive, send):
    await reply(send)
    raise LookupError("too late")


async def recurses(scope, receive, send):
    await recurses(scope, receive, send)


async def exits(scope, receive, send):
    sys.exit(3)


async def interrupts(scope, receive, send):
    raise KeyboardInterrupt


async def exits_in_a_task(scope, receive, send):
    """Python lets this one through to whoever runs the loop."""

    async def leave():
        sys.exit(4)

    kept.append(asyncio.create_task(leave()))
    await asyncio.sleep(0)
    await reply(send)


async def exits_in_a_callback(scope, receive, send):
    asyncio.get_running_loop().call_soon(sys.exit, 5)
    await asyncio.sleep(0)
    await reply(send)


async def stops_the_loop(scope, receive, send):
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0)
    await reply(send)


async def cancels_itself(scope, receive, send):
    asyncio.current_task().cancel()
    await asyncio.sleep(0)


async def cancels_all(scope, receive, send):
    """All tasks of the loop, those of the host among them."""
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(0)


async def has_huge_headers(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-large", b"x" * 300_000)]})


async def has_many_headers(scope, receive, send):
    headers = [(b"x-%d" % number, b"v") for number in range(50_000)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def reads_no_body(scope, receive, send):
    await reply(send)


async def reads_half(scope, receive, send):
    await receive()
    await reply(send)


async def starts_threads(scope, receive, send):
    """Threads that outlive the request, and the application; one of them tells the loop."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    threading.Thread(target=threading.Event().wait).start()
    threading.Thread(target=lambda: loop.call_soon_threadsafe(told.set)).start()
    await told.wait()
    await reply(send)


async def sends_from_a_thread(scope, receive, send):
    await asyncio.to_thread(lambda: send(START))


async def runs_a_loop(scope, receive, send):
    work = reply(send)
    try:
        asyncio.run(work)
    finally:
        work.close()


async def forks(scope, receive, send):
    child = os.fork()
    if child == 0:
        os._exit(7)
    await reply(send, str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))


async def forks_and_goes_on(scope, receive, send):
    """The child returns into the loop, as if it were the parent."""
    child = os.fork()
    if child == 0:
        return await reply(send, "child")
    await asyncio.to_thread(os.waitpid, child, 0)
    await reply(send, "parent")


def double(number):
    return 2 * number


async def forks_workers(scope, receive, send):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        await reply(send, str(await asyncio.to_thread(pool.map, double, [1, 2, 3])))


async def runs_a_program(scope, receive, send):
    child = await asyncio.create_subprocess_exec("echo", "program", stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    await reply(send, out.decode().strip() + str(child.returncode))


async def swallows(scope, receive, send):
    """Is not to be cancelled before the gate is opened."""
    while not gate.is_set():
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            kept.append("swallowed")
    await reply(send)


gate = threading.Event()


async def opens(scope, receive, send):
    gate.set()
    await reply(send)


async def blocks(scope, receive, send):
    """Blocks the loop until a file is there."""
    file = scope["query_string"].decode()
    with open(file + ".begun", "w"):
        pass
    while not os.path.exists(file):
        time.sleep(0.001)
    await reply(send)


async def leaves_at_once(scope, receive, send):
    os._exit(9)


async def crashes(scope, receive, send):
    ctypes.string_at(0)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("no lifespan here")
    await globals()[scope["path"][1:]](scope, receive, send)
