"""One small application of each framework, made when it is asked for: `load(…, {factory: true})`."""

import contextlib

log = []


@contextlib.asynccontextmanager
async def lifespan(app):
    log.append("startup")
    yield {"greeting": "hello"}
    log.append("shutdown")


def starlette():
    import anyio
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.middleware import Middleware
    from starlette.middleware.gzip import GZipMiddleware
    from starlette.requests import ClientDisconnect
    from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse
    from starlette.routing import Mount, Route

    async def state(request):
        return PlainTextResponse(request.state.greeting)

    async def background(request):
        return PlainTextResponse("sent", background=BackgroundTask(log.append, "background"))

    async def lines(request):
        async def numbers():
            for number in range(3):
                yield f"data: {number}\n\n"
                await anyio.sleep(0)

        return StreamingResponse(numbers(), media_type="text/event-stream")

    async def file(request):
        return FileResponse(__file__)

    async def upload(request):
        try:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
        except ClientDisconnect:
            log.append("disconnect")
            raise
        return JSONResponse({"size": size})

    async def url(request):
        return PlainTextResponse(str(request.url_for("state")))

    async def long(request):
        return PlainTextResponse("long" * 1000)

    async def cookies(request):
        response = PlainTextResponse("cookies")
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    routes = [
        Route("/state", state, name="state"),
        Route("/background", background),
        Route("/lines", lines),
        Route("/file", file),
        Route("/upload", upload, methods=["POST"]),
        Route("/url", url),
        Route("/cookies", cookies),
        Route("/long", long),
    ]
    middleware = [Middleware(GZipMiddleware, minimum_size=1000)]
    return Starlette(routes=[*routes, Mount("/sub", routes=routes[:1])], middleware=middleware, lifespan=lifespan)


def fastapi():
    import threading

    from fastapi import Depends, FastAPI, HTTPException, UploadFile
    from pydantic import BaseModel

    app = FastAPI(lifespan=lifespan)

    class Item(BaseModel):
        name: str
        price: float

    async def user():
        yield "user"
        log.append("dependency closed")

    @app.post("/items", status_code=201)
    async def items(item: Item, who: str = Depends(user)):
        return {"name": item.name, "price": item.price * 2, "who": who}

    @app.get("/thread")
    def thread():
        return {"main": threading.current_thread() is threading.main_thread(), "threads": threading.active_count()}

    @app.get("/missing")
    async def missing():
        raise HTTPException(404, "nothing here")

    @app.post("/file")
    async def file(file: UploadFile):
        return {"name": file.filename, "size": len(await file.read())}

    return app


def django():
    from django.core.asgi import get_asgi_application
    from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
    from django.urls import path
    from django_settings import configure

    def hello(request, name):
        return JsonResponse({"name": name, "method": request.method, "q": request.GET.get("q")})

    async def body(request):
        return HttpResponse(request.body, content_type="application/octet-stream")

    def sessions(request):
        request.session["count"] = request.session.get("count", 0) + 1
        return HttpResponse(str(request.session["count"]))

    async def stream(request):
        async def parts():
            for number in range(3):
                yield f"{number}\n"

        return StreamingHttpResponse(parts())

    configure()
    globals()["urlpatterns"] = [
        path("hello/<str:name>", hello),
        path("body", body),
        path("sessions", sessions),
        path("stream", stream),
    ]
    return get_asgi_application()


def litestar():
    from litestar import Litestar, get, post

    @get("/hello/{name:str}")
    async def hello(name: str) -> dict[str, str]:
        return {"hello": name}

    @post("/sum")
    async def total(data: list[int]) -> int:
        return sum(data)

    return Litestar([hello, total], on_startup=[lambda: log.append("startup")])


def quart():
    from quart import Quart, request

    app = Quart(__name__)

    @app.before_serving
    async def begin():
        log.append("startup")

    @app.post("/echo")
    async def echo():
        return await request.get_data()

    return app


def mcp():
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("sums")

    @server.tool()
    def add(first: int, second: int) -> int:
        """Adds two numbers."""
        return first + second

    return server.streamable_http_app()
