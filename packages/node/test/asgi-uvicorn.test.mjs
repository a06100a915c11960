// The same requests, byte for byte, to the same applications behind `handler()`, by `listen()` and behind uvicorn: what all
// say has to be the same. It proves the cases of asgi-http right as much as the host.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { test as run } from "node:test";
import { skip, withUvicorn } from "./asgi-peer.mjs";
import { logOf, withApp } from "./asgi-place.mjs";

/** [path, what the request is beside that] */
const CASES = [
  ["/hello"],
  ["/hello", { method: "HEAD" }],
  ["/hello", { version: "1.0" }],
  ["/echo", { method: "POST", body: "abc" }],
  ["/echo", { method: "POST", body: "" }],
  ["/echo", { method: "PUT", chunks: ["abc", "d".repeat(5000)] }],
  ["/echo", { method: "REPORT", body: "x".repeat(200_000) }],
  ["/status?201"],
  ["/status?204"],
  ["/status?304"],
  ["/status?404"],
  ["/status?599"],
  ["/stream?0"],
  ["/stream?3"],
  ["/stream?100"],
  ["/scope_of"],
  ["/scope_of?"],
  ["/scope_of?a=%20&b=c?d#e"],
  ["/scope_of/a%20b/%C3%A4%2Fc"],
  ["/scope_of/%ff%zz"],
  ["/scope_of/;x=1/../y//z"],
  ["/scope_of", { version: "1.0" }],
  ["/scope_of", { headers: ["X-Twice: 1", "x-twice: 2", "Cookie: a=b", "cookie: c=d"] }],
  ["/scope_of", { headers: ["X-Latin: \xe9\xff", "X-Empty:", "X-Spaces:   a  b"] }],
  ["/events", { method: "POST", body: "body" }],
  ["/events"],
  ["/parallel_receives", { method: "POST", body: "b" }],
  ["/error"],
  ["/error?after"],
  ["/in_turns", { method: "POST", body: "start, body" }],
  ["/in_turns", { method: "POST", body: "body" }],
  ["/in_turns", { method: "POST", body: "start, start, body" }],
  ["/in_turns", { method: "POST", body: "unknown, start, body" }],
  ["/in_turns", { method: "POST", body: "start, part, start, body" }],
  ["/in_turns", { method: "POST", body: "start, extra, body" }],
  ["/in_turns", { method: "POST", body: "short, part, part, body" }],
  ["/in_turns", { method: "POST", body: "" }],
  ["/in_turns", { method: "POST", body: "start, part" }],
];

/** Where uvicorn has sent a head, we have held it for the body, and can still say 500. */
const HELD = ["start", "short, body"];

function bytesOf(path, { method = "GET", version = "1.1", headers = [], body, chunks }) {
  const lines = [`${method} ${path} HTTP/${version}`, "Host: example", "Connection: close", ...headers];
  let payload = body ?? "";
  if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
  if (chunks !== undefined) {
    lines.push("Transfer-Encoding: chunked");
    payload = [...chunks, ""].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("");
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${payload}`, "latin1");
}

function said(port, bytes) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const parts = [];
    socket.on("data", (part) => parts.push(part));
    socket.on("close", () => resolve(Buffer.concat(parts).toString("latin1")));
    socket.on("error", reject);
  });
}

/** Headers by which servers differ and may: how a body is framed, and what they add of their own. */
const FRAMING = /^(date|server|connection|keep-alive|transfer-encoding|content-length)$/i;

function meaning(text) {
  const end = text.indexOf("\r\n\r\n");
  const [first, ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map((line) => line.split(/: ?/, 2)).filter(([name]) => !FRAMING.test(name));
  let [body, whole] = [text.slice(end + 4), true];
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(text.slice(0, end + 2))) [body, whole] = dechunked(body);
  const promised = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, end + 2));
  return { status: first.split(" ")[1], headers, body: json(body), whole, promised: promised?.[1] };
}

function dechunked(text) {
  let body = "";
  for (let at = 0; ; ) {
    const line = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (line === -1 || size === 0) return [body, size === 0];
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}

/** A scope without what is another's by right: its ports and what it can do beyond the core. */
function json(body) {
  if (!body.startsWith("{")) return body;
  const { client, server, extensions, asgi, state, ...scope } = JSON.parse(body);
  return { ...scope, client: client[0], server: server[0], asgi: asgi.version };
}

run("the same requests say the same behind uvicorn", { skip }, () =>
  withApp((app) =>
    withUvicorn(async (theirs) => {
      // In Bun all files share the one application: what it wrote down for others is theirs.
      await logOf(app);
      const server = createServer(app.handler());
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      const native = await app.listen();
      try {
        for (const ours of [server.address().port, native.port]) await compare(ours, theirs);
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    }),
  ),
);

async function compare(ours, theirs) {
  for (const [path, request = {}] of CASES) {
    const bytes = bytesOf(path, request);
    const what = `${request.method ?? "GET"} ${path} ${request.body?.slice(0, 50) ?? ""}`;
    const [own, other] = [await said(ours, bytes), await said(theirs, bytes)].map(meaning);
    // A length is checked where both promise one: uvicorn sends chunks where it is given none.
    if (own.promised === undefined || other.promised === undefined) own.promised = other.promised;
    assert.deepEqual(own, other, what);
    const log = bytesOf("/the_log", {});
    const [ownLog, otherLog] = [await said(ours, log), await said(theirs, log)].map(meaning);
    assert.deepEqual(ownLog.body, otherLog.body, `what the application saw of ${what}`);
  }
  for (const body of HELD) {
    const bytes = bytesOf("/in_turns", { method: "POST", body });
    assert.equal(meaning(await said(ours, bytes)).status, "500", body);
    assert.equal(meaning(await said(theirs, bytes)).status, "200", body);
  }
}
