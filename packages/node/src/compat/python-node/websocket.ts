/** A WebSocket as python-node has it: the request's `write` sends, the response's `next` receives. */

import type { AsgiApp } from "../../asgi/app.js";
import type { Head } from "../../asgi/exchange.js";
import { openWebSocket } from "../../asgi/websocket.js";
import { collected } from "./headers.js";
import type { Request } from "./request.js";
import { Response } from "./response.js";

export async function messages(
  app: AsgiApp,
  head: Head,
  request: Request,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const scheme = head.scheme === "https" || head.scheme === "wss" ? "wss" : "ws";
  const socket = await openWebSocket(app, { ...head, scheme }, signal);
  request.connect({
    write: (chunk) => socket.send(chunk),
    end: async () => socket.close(),
  });
  return Response.streaming(101, collected(socket.headers), async () => {
    const message = await socket.receive();
    return message === undefined ? null : Buffer.from(message as string);
  });
}
