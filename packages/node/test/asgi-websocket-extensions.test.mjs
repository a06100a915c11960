// WebSockets that cross the wire otherwise: compressed (RFC 7692), and as a stream of HTTP/2 (RFC 8441).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import http2 from "node:http2";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import WebSocket from "ws";
import { asgi, logOf, logWith, options, test } from "./asgi-place.mjs";
import { closing, frame, frames, talk } from "./asgi-wire.mjs";

async function withSockets(work) {
  const app = await asgi.AsgiApp.load("sockets:app", options);
  try {
    // The tests before have written down theirs.
    await logOf(app);
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Serves by the listener, then behind node:http. */
function everyWay(webSocket, work) {
  return withSockets(async (app) => {
    await work((await app.listen({ webSocket })).port, app);
    const handler = app.handler({ webSocket });
    const server = createServer(handler).on("upgrade", handler.upgrade);
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await work(server.address().port, app);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

const AGREED = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/** What a client offers, and what is agreed on. */
const OFFERS = [
  ["permessage-deflate", AGREED],
  ["permessage-deflate; client_max_window_bits", AGREED],
  ['permessage-deflate; client_max_window_bits="10"; server_no_context_takeover', AGREED],
  ["permessage-deflate; server_max_window_bits=15", AGREED],
  ["x-other, permessage-deflate; server_max_window_bits=10, permessage-deflate", AGREED],
  ["permessage-deflate; server_max_window_bits=10", undefined],
  ["permessage-deflate; client_max_window_bits=7", undefined],
  ["permessage-deflate; server_no_context_takeover=1", undefined],
  ["permessage-deflate; client_max_window_bits; client_max_window_bits", undefined],
  ["permessage-deflate; something", undefined],
  ["x-webkit-deflate-frame", undefined],
];

const offering = (offer) => ({ headers: [`Sec-WebSocket-Extensions: ${offer}`] });
const extensionOf = ({ headers }) => headers.find(([name]) => name === "sec-websocket-extensions")?.[1];

test("compression is agreed on where it is wanted on both sides", () =>
  everyWay({ deflate: true }, async (port) => {
    for (const [offer, agreed] of OFFERS) {
      assert.equal(extensionOf(await talk(port, "/echo", [closing(1000)], offering(offer))), agreed, offer);
    }
  }));

test("without the option nothing is agreed on, and a compressed message is refused", () =>
  everyWay({}, async (port) => {
    const reply = await talk(port, "/echo", [frame("text", "x", { flags: 0xc0 })], offering("permessage-deflate"));
    assert.equal(extensionOf(reply), undefined);
    assert.deepEqual(reply.frames, [["close", 1002, ""]]);
  }));

/** As a client compresses a message: without the end that the receiver adds. */
const packed = (text) => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const DEFLATED = 0xc0;
const long = "never compressed twice. ".repeat(1000);
const [head, tail] = [packed(long).subarray(0, 10), packed(long).subarray(10)];
const noise = Buffer.concat(Array.from({ length: 150 }, (_, at) => createHash("sha256").update(`${at}`).digest()));

/** What is sent, and what comes back: kinds and texts, inflated. */
const MESSAGES = [
  ["a message", [frame("text", packed("hé"), { flags: DEFLATED })], [["text", "hé"]]],
  ["one that is not compressed", [frame("text", "plain")], [["text", "plain"]]],
  ["an empty one", [frame("text", packed(""), { flags: DEFLATED })], [["text", ""]]],
  ["the form of an empty one that RFC 7692 names", [frame("text", Buffer.from([0]), { flags: DEFLATED })], [["text", ""]]],
  ["bytes", [frame("bytes", packed(Buffer.from([0, 255])), { flags: DEFLATED })], [["bytes", "\0\xff"]]],
  ["a long one, whose answer is compressed", [frame("text", packed(long), { flags: DEFLATED })], [["text", long]]],
  ["one in fragments, with a ping between them", [frame("text", head, { flags: 0x40 }), frame("ping", "p"), frame("more", tail)], [["pong", "p"], ["text", long]]],
  ["what would become longer is sent as it is", [frame("bytes", packed(noise), { flags: DEFLATED })], [["bytes", noise.toString("latin1")]]],
  ["one message after the other", [Buffer.concat([frame("text", packed("a"), { flags: DEFLATED }), frame("text", "b"), frame("text", packed("c"), { flags: DEFLATED })])], [["text", "a"], ["text", "b"], ["text", "c"]]],
];

/** A frame that came, inflated if it is compressed. */
function plain([kind, payload, mark]) {
  if (mark !== DEFLATED) return [kind, payload];
  const whole = Buffer.concat([Buffer.from(payload, "latin1"), Buffer.from([0, 0, 0xff, 0xff])]);
  const text = inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH });
  return [kind, text.toString(kind === "text" ? "utf8" : "latin1")];
}

test("messages come and go compressed", () =>
  everyWay({ deflate: true }, async (port) => {
    for (const [what, steps, expected] of MESSAGES) {
      const { frames: back } = await talk(port, "/echo", [...steps, expected.length, closing(1000)], offering("permessage-deflate"));
      assert.deepEqual(back.map(plain), [...expected, ["close", 1000]], what);
      const shorter = back.some(([, , mark]) => mark === DEFLATED);
      assert.equal(shorter, expected.some(([, text]) => text === long), what);
    }
  }));

const bomb = packed(Buffer.alloc(10_000_000));

/** What is wrong, and the code it is closed with. */
const WRONG = [
  ["a message that becomes too long", [frame("bytes", bomb, { flags: DEFLATED })], 1009],
  ["bytes that cannot be inflated", [frame("text", Buffer.from([0xff, 0xff, 0xff]), { flags: DEFLATED })], 1007],
  ["text that is no UTF-8 when it is inflated", [frame("text", packed(Buffer.from([0xff])), { flags: DEFLATED })], 1007],
  ["a continuation that is marked", [frame("text", head, { flags: 0x40 }), frame("more", tail, { flags: DEFLATED })], 1002],
  ["a control frame that is marked", [frame("ping", "p", { flags: DEFLATED })], 1002],
  ["another reserved bit", [frame("text", packed("a"), { flags: 0xe0 })], 1002],
  ["a frame without a mask", [frame("text", packed("a"), { flags: DEFLATED, mask: false })], 1002],
  ["a message within a message", [frame("text", "a", { fin: false }), frame("text", packed("a"), { flags: DEFLATED })], 1002],
];

test("what is wrong in compressed messages closes the WebSocket", () =>
  everyWay({ deflate: true, maxMessageBytes: 100_000 }, async (port) => {
    for (const [what, steps, code] of WRONG) {
      const { frames: back } = await talk(port, "/echo", steps, offering("permessage-deflate"));
      assert.deepEqual(back.map(([kind, value]) => [kind, value]), [["close", code]], what);
    }
  }));

test("however the bytes are cut, the same messages come", () =>
  everyWay({ deflate: true }, async (port, app) => {
    const wire = Buffer.concat([frame("text", packed("compressed"), { flags: DEFLATED }), frame("text", "plain"), frame("ping", "p"), closing(1000)]);
    const script = encodeURIComponent("receive,accept,receive,receive,receive");
    const message = (text) => ({ type: "websocket.receive", text });
    const gone = { type: "websocket.disconnect", code: 1000, reason: "" };
    const seen = [{ type: "websocket.connect" }, ["accept", "sent"], message("compressed"), message("plain"), gone, "end"];
    for (let cut = 1; cut < wire.length; cut += 1) {
      const steps = [wire.subarray(0, cut), wire.subarray(cut)];
      const { frames: back } = await talk(port, `/script?${script}`, steps, offering("permessage-deflate"));
      assert.deepEqual(back, [["pong", "p"], ["close", 1000, ""]], `cut at ${cut}`);
      const log = [];
      while (log.length === 0) log.push(...(await logOf(app)));
      assert.deepEqual(log, [seen], `cut at ${cut}`);
    }
  }));

const once = (socket, event) => new Promise((resolve) => socket.addEventListener(event, resolve, { once: true }));

test("the client ws, and Node's or Bun's own, understand what is compressed", () =>
  everyWay({ deflate: true }, async (port) => {
    const own = globalThis.WebSocket;
    for (const Client of own === undefined || own === WebSocket ? [WebSocket] : [WebSocket, own]) {
      const socket = new Client(`ws://127.0.0.1:${port}/echo`);
      await once(socket, "open");
      for (const message of ["hé", long, "x".repeat(2_000_000)]) {
        socket.send(message);
        assert.ok((await once(socket, "message")).data === message, `${message.length} characters`);
      }
      socket.close(1000);
      await once(socket, "close");
    }
    const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`, { perMessageDeflate: true });
    await once(socket, "open");
    if (process.versions.bun === undefined) assert.match(socket.extensions, /^permessage-deflate/);
    socket.close();
  }));

/** A WebSocket over a stream of HTTP/2, closed when it has said as many frames as there are messages; its head and frames. */
function over(session, path, messages, headers = {}) {
  return new Promise((resolve, reject) => {
    const head = { ":method": "CONNECT", ":protocol": "websocket", ":path": path, "sec-websocket-version": "13", ...headers };
    const stream = session.request(head, { endStream: false });
    let bytes = Buffer.alloc(0);
    let closed = false;
    const close = () => {
      if (closed || frames(bytes).length < messages.length) return;
      closed = true;
      stream.write(closing(1000));
    };
    stream.on("response", (answer) => {
      const status = answer[":status"];
      for (const message of messages) stream.write(frame("text", message));
      stream.on("data", (part) => {
        bytes = Buffer.concat([bytes, part]);
        if (messages.length > 0) close();
      });
      stream.on("end", () => {
        stream.end();
        resolve({ status, headers: answer, frames: status === 200 ? frames(bytes) : [] });
      });
    });
    stream.on("error", reject);
  });
}

test("a WebSocket is a stream of HTTP/2 among others", () =>
  withSockets(async (app) => {
    const server = await app.listen({ webSocket: { deflate: true } });
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    try {
      const settings = await new Promise((resolve) => session.once("remoteSettings", resolve));
      // Bun's client does not know the setting.
      if (process.versions.bun !== undefined) return;
      assert.equal(settings.enableConnectProtocol, true);
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, at) => over(session, "/echo", [`message ${at}`])),
      );
      for (const [at, { status, frames: back }] of all.entries()) {
        assert.deepEqual([status, back], [200, [["text", `message ${at}`], ["close", 1000, ""]]]);
      }
      const offered = { "sec-websocket-protocol": "chat", "sec-websocket-extensions": "permessage-deflate" };
      const told = await over(session, "/scope_of?q", [], offered);
      assert.equal(told.headers["sec-websocket-protocol"], "chat");
      assert.equal(told.headers["sec-websocket-extensions"], AGREED);
      assert.equal(told.headers["sec-websocket-accept"], undefined);
      assert.equal((await over(session, "/script?receive,close", [])).status, 403);
      assert.equal((await over(session, "/echo", [], { "sec-websocket-version": "8" })).status, 400);
      const plain = await over(session, "/scope_of?q", []);
      const scope = JSON.parse(plain.frames[0][1] ?? "{}");
      assert.deepEqual([scope.type, scope.http_version, scope.scheme], ["websocket", "2", "ws"]);
      const reset = session.request({ ":method": "CONNECT", ":protocol": "websocket", ":path": "/stays", "sec-websocket-version": "13" }, { endStream: false });
      reset.on("error", () => {});
      await logWith(app, "open");
      reset.close(http2.constants.NGHTTP2_CANCEL);
      await logWith(app, { type: "websocket.disconnect", code: 1006, reason: "" });
      const stays = over(session, "/stays", []);
      await logWith(app, "open");
      await server.close();
      assert.deepEqual((await stays).frames, [["close", 1012, ""]]);
    } finally {
      session.destroy();
    }
  }));
