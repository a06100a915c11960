/**
 * Python inside Node and Bun: ASGI applications (FastAPI, Starlette, Django …) on an event loop of their own, in this
 * process.
 */

export { IronbridgeError } from "./error.js";
export { AsgiApp, type CloseOptions, type LoadOptions } from "./asgi/app.js";
export type { SocketLimits } from "./asgi/exchange.js";
export type { FetchInit } from "./asgi/fetch.js";
export type { AsgiHandler, HandlerOptions } from "./asgi/handler.js";
export { AsgiServer, type ListenOptions } from "./asgi/listen.js";
export { type OpenedPython, openPython, type PythonOptions } from "./asgi/python.js";
export type { LeanRequest, LeanResponse } from "./asgi/request.js";
export { AsgiWebSocket, type WebSocketClose, type WebSocketRequest } from "./asgi/websocket.js";
