// node websocket.mjs PORT PATH CONNECTIONS SECONDS: messages there and back over connections, one at a time on each.
import { WebSocket } from "ws";

const [port, path, connections, seconds] = process.argv.slice(2);
const MESSAGE = Buffer.alloc(64, "m");
let messages = 0;
let over = false;

/** Whoever does not upgrade at all. */
const OPEN_MS = 3000;

async function open() {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false, handshakeTimeout: OPEN_MS });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return socket;
}

const sockets = await Promise.all(Array.from({ length: Number(connections) }, open));
const begun = performance.now();
setTimeout(() => {
  over = true;
}, Number(seconds) * 1000);
await Promise.all(
  sockets.map(
    (socket) =>
      new Promise((resolve, reject) => {
        socket.on("message", (data) => {
          if (data.length !== MESSAGE.length) return reject(new Error(`${data.length} bytes came back`));
          messages += 1;
          if (over) resolve();
          else socket.send(MESSAGE);
        });
        socket.on("close", () => reject(new Error("it was closed")));
        socket.on("error", reject);
        socket.send(MESSAGE);
      }),
  ),
);
const perSecond = messages / ((performance.now() - begun) / 1000);
process.stderr.write(`${JSON.stringify({ requests: messages, perSecond })}\n`);
process.exit(0);
