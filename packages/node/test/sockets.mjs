// Terminals through WebSockets: a server of the runtime that runs this, and a client that understands the protocol.
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";
import { ironbridge } from "./place.mjs";

/** Serves `attach(socket)`; gives the address and how to stop. */
export async function serveWs(attach) {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  server.on("connection", (socket) => attach(socket));
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const stop = async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
    await new Promise((resolve) => http.close(resolve));
  };
  return { url: `ws://127.0.0.1:${http.address().port}`, stop };
}

/** The same by Bun's own server, whose sockets tell the server of their messages. */
export async function serveBun(attach) {
  const attachments = new Map();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => (server.upgrade(request) ? undefined : new Response("no")),
    websocket: {
      open: (socket) => void attachments.set(socket, attach(socket)),
      message: (socket, message) => attachments.get(socket).receive(message),
      close: (socket) => attachments.get(socket).detach(),
    },
  });
  return { url: `ws://127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

/** A client: what came as bytes and as messages, and waiting for either. */
export function connect(url, Socket = WebSocket) {
  const socket = new Socket(url);
  socket.binaryType = "arraybuffer";
  const client = { socket, parts: [], messages: [], wake: () => {} };
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") client.messages.push(JSON.parse(data));
    else client.parts.push(Buffer.from(data));
    client.wake();
  });
  client.closed = new Promise((resolve) => {
    socket.addEventListener("close", (event) => {
      resolve(event.code);
      client.wake();
    });
  });
  client.bytes = () => Buffer.concat(client.parts);
  client.until = async (wanted) => {
    while (!wanted(client)) {
      await new Promise((resolve) => {
        client.wake = resolve;
      });
    }
  };
  client.message = async (type) => {
    await client.until(() => client.messages.some((message) => message.type === type));
    return client.messages.find((message) => message.type === type);
  };
  client.type = (text) => socket.send(Buffer.from(text));
  client.say = (message) => socket.send(JSON.stringify(message));
  return client;
}

/** Opens `sh -c script`, serves it, and stops both after `work`. */
export async function served(serve, script, work, attachOptions = () => ({})) {
  const pty = await ironbridge.Pty.open("sh", ["-c", script]);
  const server = await serve((socket) => pty.attach(socket, attachOptions()));
  try {
    return await work(pty, (Socket) => connect(server.url, Socket), server);
  } finally {
    await server.stop();
    await pty.close();
  }
}
