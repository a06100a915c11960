"""WebSockets of frameworks: each echoes, and closes or refuses in its own words."""


def starlette():
    from starlette.applications import Starlette
    from starlette.endpoints import WebSocketEndpoint
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocketDisconnect

    class Echo(WebSocketEndpoint):
        encoding = "text"

        async def on_connect(self, websocket):
            await websocket.accept(subprotocol="chat", headers=[(b"x-by", b"starlette")])

        async def on_receive(self, websocket, data):
            await websocket.send_text(f"{websocket.query_params['name']}: {data}")

    async def refuses(websocket):
        await websocket.close()

    async def json(websocket):
        await websocket.accept()
        try:
            async for message in websocket.iter_json():
                await websocket.send_json({"got": message})
        except WebSocketDisconnect:
            pass

    routes = [WebSocketRoute("/echo", Echo), WebSocketRoute("/refuses", refuses), WebSocketRoute("/json", json)]
    return Starlette(routes=routes)


def fastapi():
    from fastapi import Depends, FastAPI, WebSocket, WebSocketException

    app = FastAPI()

    async def user(websocket: WebSocket):
        if websocket.headers.get("x-token") != "secret":
            raise WebSocketException(code=1008, reason="no token")
        return "user"

    @app.websocket("/echo")
    async def echo(websocket: WebSocket, name: str, who: str = Depends(user)):
        await websocket.accept()
        while True:
            await websocket.send_text(f"{who} {name}: {await websocket.receive_text()}")

    return app


def litestar():
    from litestar import Litestar, websocket_listener

    @websocket_listener("/echo")
    async def echo(data: str) -> str:
        return f"litestar: {data}"

    return Litestar([echo])


def channels():
    from channels.generic.websocket import AsyncJsonWebsocketConsumer
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.core.asgi import get_asgi_application
    from django.urls import path
    from django_settings import configure

    configure()

    class Echo(AsyncJsonWebsocketConsumer):
        async def connect(self):
            await self.accept("json")

        async def receive_json(self, content):
            await self.send_json({"channels": content})
            if content == "bye":
                await self.close(code=4000)

    sockets = URLRouter([path("echo", Echo.as_asgi())])
    return ProtocolTypeRouter({"http": get_asgi_application(), "websocket": sockets})
