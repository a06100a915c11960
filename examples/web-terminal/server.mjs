// A shell in a browser tab. `node server.mjs [PORT]` prints an address; whoever has it has the shell.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Pty } from "ironbridge";
import { WebSocketServer } from "ws";

const MESSAGE_BYTES_MAX = 1024 * 1024;
const own = (name) => fileURLToPath(new URL(`page/${name}`, import.meta.url));
const { resolve } = createRequire(import.meta.url);
const FILES = {
  "/": ["text/html; charset=utf-8", own("index.html")],
  "/page.mjs": ["text/javascript", own("page.mjs")],
  "/xterm.mjs": ["text/javascript", resolve("@xterm/xterm/lib/xterm.mjs")],
  "/addon-fit.mjs": ["text/javascript", resolve("@xterm/addon-fit/lib/addon-fit.mjs")],
  "/xterm.css": ["text/css", resolve("@xterm/xterm/css/xterm.css")],
};
// No script or style of anybody else, and no page of anybody else round this one. xterm.js sets styles of elements.
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/** Serves one shell to all who have the address; `stop` ends both. */
export async function serve({ port = 0, command, args } = {}) {
  const token = randomBytes(32).toString("base64url");
  const shell = shellOf(command, args);
  const http = createServer((request, response) => {
    answer(request, response, origin).catch(() => response.writeHead(500).end());
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  http.on("upgrade", (request, stream, head) => {
    const url = URL.canParse(request.url, origin) ? new URL(request.url, origin) : undefined;
    // Any page of any site may open a socket to this machine: it says where it comes from, and has no token.
    const known = request.headers.origin === origin && request.headers.host === new URL(origin).host;
    if (url?.pathname !== "/terminal" || !known || !same(url.searchParams.get("token"), token)) {
      return stream.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n");
    }
    const from = Number(url.searchParams.get("from")) || 0;
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const attach = (pty) => pty.attach(socket, { from });
      shell.get().then(attach).catch((error) => socket.close(1011, error.code));
    });
  });
  await new Promise((resolve) => http.listen(port, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${http.address().port}`;
  const stop = async () => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await shell.close();
  };
  // After `#`, it is not sent and stands in no log.
  return { url: `${origin}/#${token}`, sockets: sockets.clients, stop };
}

/** One for all; when it has ended, the next who comes gets a new one. */
function shellOf(command, args) {
  let opened;
  const open = async () => {
    const pty = await Pty.open(command, args);
    pty.exited.then(() => {
      opened = undefined;
      return pty.close();
    });
    return pty;
  };
  return { get: () => (opened ??= open()), close: async () => (await opened)?.close() };
}

async function answer(request, response, origin) {
  // A name that leads here by somebody else's DNS is not ours.
  if (request.headers.host !== new URL(origin).host) return response.writeHead(403).end();
  const [type, file] = FILES[request.url] ?? [];
  if (file === undefined || request.method !== "GET") return response.writeHead(404).end();
  const headers = { "content-type": type, "content-security-policy": POLICY };
  response.writeHead(200, { ...headers, "x-content-type-options": "nosniff" });
  response.end(await readFile(file));
}

function same(given, token) {
  const [a, b] = [given ?? "", token].map((text) => Buffer.from(text));
  return a.length === b.length && timingSafeEqual(a, b);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, stop } = await serve({ port: Number(process.argv[2] ?? 0) });
  console.log(url);
  process.once("SIGINT", () => void stop());
}
