// WebSockets: the checklist as a table, over raw frames behind `handler().upgrade` and behind uvicorn, and in process.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { test as run } from "node:test";
import { skip, withUvicorn } from "./asgi-peer.mjs";
import { asgi, get, logOf, logWith, options, test } from "./asgi-place.mjs";
import { ACCEPT, closing, frame, frames, opening, talk } from "./asgi-wire.mjs";
import { failure } from "./place.mjs";

async function withSockets(work, more = {}) {
  const app = await asgi.AsgiApp.load("sockets:app", { ...options, ...more });
  try {
    // In Bun all files share the one module: what was written down for others is theirs.
    await logOf(app);
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Serves the applications behind `node:http`, then by the native listener, while `work` is done with the port. */
async function everyWay(work, webSocket) {
  await served(work, webSocket);
  await withSockets(async (app) => work((await app.listen({ webSocket, keepAliveMs: 200 })).port, app));
}

/** Serves the applications behind `node:http` while `work` is done with the port. */
function served(work, webSocket) {
  return withSockets(async (app) => {
    const errors = [];
    const handler = app.handler({ webSocket, onError: (error) => errors.push(error.code) });
    const server = createServer(handler);
    server.on("upgrade", handler.upgrade);
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await work(server.address().port, app, errors);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

const CONNECT = { type: "websocket.connect" };
const gone = (code, reason = "") => ({ type: "websocket.disconnect", code, reason });
const got = (text) => ({ type: "websocket.receive", text });
const gotBytes = (bytes) => ({ type: "websocket.receive", bytes: `b:${bytes}` });

/**
 * [what, script, steps of the client, what comes back, what the application saw, where uvicorn differs and why]
 *
 * What comes back is the frames, or the status of a refusal.
 */
const CASES = [
  ["accept, send, close", "receive,accept,send:hé,close", [closing(1000)], [["text", "hé"], ["close", 1000, ""]], [CONNECT, ["accept", "sent"], ["send", "sent"], ["close", "sent"], "end"]],
  ["text and bytes both ways", "receive,accept,receive,receive,bytes:\xff,close:3001", [frame("text", "ä"), frame("bytes", Buffer.from([0, 255]))], [["bytes", "\xff"], ["close", 3001, ""]], [CONNECT, ["accept", "sent"], got("ä"), gotBytes("\0\xff"), ["bytes", "sent"], ["close", "sent"], "end"]],
  ["a close with a reason", "receive,accept,because:wörum", [], [["close", 3000, "wörum"]], [CONNECT, ["accept", "sent"], ["because", "sent"], "end"]],
  ["close before accept is a 403", "receive,close", [], 403, [CONNECT, ["close", "sent"], "end"]],
  ["fragments become one message", "receive,accept,receive,close", [frame("text", "a", { fin: false }), frame("more", "b", { fin: false }), frame("ping", "p"), frame("more", "c")], [["pong", "p"], ["close", 1000, ""]], [CONNECT, ["accept", "sent"], got("abc"), ["close", "sent"], "end"]],
  ["the client's code and reason arrive", "receive,accept,receive", [closing(3456, "bye")], [["close", 3456, "bye"]], [CONNECT, ["accept", "sent"], gone(3456, "bye"), "end"]],
  ["no code is 1005", "receive,accept,receive", [closing()], [["close"]], [CONNECT, ["accept", "sent"], gone(1005), "end"]],
  ["what came before the close is delivered first", "receive,accept,sleep:0.05,receive,receive,receive", [frame("text", "1"), frame("text", "2"), closing(1000)], [["close", 1000, ""]], [CONNECT, ["accept", "sent"], got("1"), got("2"), gone(1000), "end"]],
  ["a send after the client's close is lost", "receive,accept,receive,send:x", [closing(1000)], [["close", 1000, ""]], [CONNECT, ["accept", "sent"], gone(1000), ["send", "lost"], "end"]],
  ["None beside text", "receive,accept,none_and_text:x,close", [], [["text", "x"], ["close", 1000, ""]], [CONNECT, ["accept", "sent"], ["none_and_text", "sent"], ["close", "sent"], "end"]],
  ["keys beyond the specification", "receive,accept,extra:x,close", [], [["text", "x"], ["close", 1000, ""]], [CONNECT, ["accept", "sent"], ["extra", "sent"], ["close", "sent"], "end"]],
  ["accept without having received", "accept,receive,close", [], [["close", 1000, ""]], [["accept", "sent"], CONNECT, ["close", "sent"], "end"]],
  ["send before accept is wrong", "receive,send:x,accept,close", [], [["close", 1000, ""]], [CONNECT, ["send", "wrong"], ["accept", "sent"], ["close", "sent"], "end"]],
  ["accept twice is wrong", "receive,accept,accept,close", [], [["close", 1000, ""]], [CONNECT, ["accept", "sent"], ["accept", "wrong"], ["close", "sent"], "end"]],
  ["send after close is wrong", "receive,accept,close,send:x", [], [["close", 1000, ""]], [CONNECT, ["accept", "sent"], ["close", "sent"], ["send", "wrong"], "end"]],
  ["an unknown event is wrong", "receive,accept,unknown,close", [], [["close", 1000, ""]], [CONNECT, ["accept", "sent"], ["unknown", "wrong"], ["close", "sent"], "end"]],
  ["neither bytes nor text is wrong", "receive,accept,neither,close", [], [["close", 1000, ""]], [CONNECT, ["accept", "sent"], ["neither", "wrong"], ["close", "sent"], "end"], "uvicorn sends nothing"],
  ["a number for text is wrong", "receive,accept,number,close", [], [["close", 1000, ""]], [CONNECT, ["accept", "sent"], ["number", "wrong"], ["close", "sent"], "end"]],
  ["a denial in one part", "receive,start:401,body:no", [], 401, [CONNECT, ["start", "sent"], ["body", "sent"], "end"]],
  ["a denial in parts", "receive,start:429,part:a,part:b,body:c", [], 429, [CONNECT, ["start", "sent"], ["part", "sent"], ["part", "sent"], ["body", "sent"], "end"]],
  ["accept after a denial is wrong", "receive,start:401,accept,body:no", [], 401, [CONNECT, ["start", "sent"], ["accept", "wrong"], ["body", "sent"], "end"]],
  ["a lost connection is 1006", "receive,accept,receive", ["reset"], [], [CONNECT, ["accept", "sent"], gone(1006), "end"], "uvicorn says 1005, the code of a close without one"],
  ["a half-closed one, too", "receive,accept,receive", ["end"], [], [CONNECT, ["accept", "sent"], gone(1006), "end"], "uvicorn says 1005"],
  ["raising before accept is a 500", "receive,raise", [], 500, [CONNECT]],
  ["returning before accept is a 500", "receive,return", [], 500, [CONNECT]],
  ["raising after accept is 1011", "receive,accept,raise", [], [["close", 1011, ""]], [CONNECT, ["accept", "sent"]], "uvicorn breaks the connection off"],
  ["returning after accept is 1000", "receive,accept,return", [], [["close", 1000, ""]], [CONNECT, ["accept", "sent"]], "uvicorn leaves it open"],
];

const behind = (port) => async ([what, script, steps]) => {
  const { status, frames: back, body } = await talk(port, `/script?${encodeURIComponent(script)}`, steps);
  const log = [];
  while (log.length === 0) log.push(...(await (await fetch(`http://127.0.0.1:${port}/the_log`)).json()));
  return { what, back: status === 101 ? back : status, body, log: log[0] };
};

test("the table, behind upgrade of node:http and by the listener", () =>
  everyWay(async (port) => {
    const ask = behind(port);
    for (const row of CASES) {
      const [what, , , back, log] = row;
      const seen = await ask(row);
      assert.deepEqual([seen.back, seen.log], [back, log], what);
    }
  }));

run("the table, behind uvicorn", { skip, timeout: 200_000 }, () =>
  withUvicorn(async (port) => {
    const ask = behind(port);
    for (const row of CASES) {
      const [what, , , back, log, differs] = row;
      if (differs?.includes("open")) continue;
      const seen = await ask(row);
      if (differs === undefined) assert.deepEqual([seen.back, seen.log], [back, log], what);
      else assert.notDeepEqual([seen.back, seen.log], [back, log], `${what}: no longer true that ${differs}`);
    }
  }, "sockets:app"));

/** [what, what is unlike a right opening, status, a header of the reply] */
const OPENINGS = [
  ["another version", { version: "8" }, 426, ["sec-websocket-version", "13"]],
  ["no version", { version: "" }, 426, ["sec-websocket-version", "13"]],
  ["no key", { key: "" }, 400],
  ["a key that is none", { key: "abc" }, 400],
  ["another protocol", { upgrade: "h2c" }, 426, ["upgrade", "websocket"]],
];

test("the opening: what is answered, and what is refused", () =>
  everyWay(async (port) => {
    const headers = ["Sec-WebSocket-Protocol: chat, superchat", "sec-websocket-protocol: third", "X-Latin: \xe9"];
    const own = ([name]) => name !== "date" && name !== "server";
    const { status, headers: answered, frames: back } = await talk(port, "/scope_of/a%20b?q=1", [closing(1000)], { headers });
    assert.equal(status, 101);
    assert.deepEqual(Object.fromEntries(answered.filter(own)), {
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-accept": ACCEPT,
      "sec-websocket-protocol": "chat",
    });
    const { client, server, headers: said, ...scope } = JSON.parse(back[0][1]);
    assert.deepEqual(scope, {
      type: "websocket",
      asgi: { version: "3.0", spec_version: "2.5" },
      http_version: "1.1",
      scheme: "ws",
      path: "/scope_of/a b",
      raw_path: "b:/scope_of/a%20b",
      query_string: "b:q=1",
      root_path: "",
      subprotocols: ["chat", "superchat", "third"],
      extensions: { "websocket.http.response": {} },
    });
    assert.deepEqual([client[0], server], ["127.0.0.1", ["127.0.0.1", port]]);
    assert.ok(said.some(([name, value]) => name === "b:x-latin" && value === "b:\xe9"));
    const named = await talk(port, `/script?${encodeURIComponent("receive,accept_headers:2,close")}`, [closing(1000)]);
    assert.deepEqual(named.headers.filter(own).slice(3), [["x-a", "1"], ["x-b", "2"]]);
    const smuggled = await talk(port, `/script?${encodeURIComponent("receive,accept_smuggled,accept_wrong,accept,close")}`, []);
    assert.equal(smuggled.headers.filter(own).length, 3);
    for (const [what, unlike, expected, header] of OPENINGS) {
      // To the listener that is a request like any other.
      if (unlike.upgrade && answered.some(([name]) => name === "server")) continue;
      const refused = await talk(port, "/echo", [], unlike);
      assert.equal(refused.status, expected, what);
      if (header) assert.deepEqual(refused.headers.find(([name]) => name === header[0]), header, what);
    }
    const denied = await talk(port, `/script?${encodeURIComponent("receive,start:429,part:a,part:b,body:c")}`);
    const chunked = denied.headers.some(([name]) => name === "transfer-encoding");
    assert.deepEqual([denied.status, denied.body], [429, chunked ? "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n" : "abc"]);
    assert.deepEqual(denied.headers.find(([name]) => name === "x-why"), ["x-why", "no"]);
  }));

const MiB = 1024 * 1024;
const bad = Buffer.from([0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xcf, 0x83, 0xce, 0xbc, 0xce, 0xb5, 0xed, 0xa0, 0x80, 0x65]);
const chopped = (bytes, size) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
const text = (payload, more) => frame("text", payload, more);

/** The cases of Autobahn's suite (sections 1 to 7, 9 and 10) to an application that echoes: [number, frames, answers]; a number waits for so many answers. */
const AUTOBAHN = [
  ...[0, 125, 126, 127, 128, 65_535, 65_536].flatMap((length, at) => [
    [`1.1.${at + 1}`, [text("*".repeat(length))], [["text", "*".repeat(length)]]],
    [`1.2.${at + 1}`, [frame("bytes", Buffer.alloc(length, 0xfe))], [["bytes", "\xfe".repeat(length)]]],
  ]),
  ["1.1.8", chopped(text("*".repeat(65_536)), 997), [["text", "*".repeat(65_536)]]],
  ["2.1", [frame("ping")], [["pong", ""]]],
  ["2.2", [frame("ping", "Hello")], [["pong", "Hello"]]],
  ["2.4", [frame("ping", Buffer.alloc(125, 0xfe))], [["pong", "\xfe".repeat(125)]]],
  ["2.5", [frame("ping", "*".repeat(126))], [["close", 1002]]],
  ["2.6", chopped(frame("ping", Buffer.alloc(125, 0xfe)), 1), [["pong", "\xfe".repeat(125)]]],
  ["2.7", [frame("pong")], []],
  ["2.8", [frame("pong", "unasked")], []],
  ["2.9", [frame("pong", "unasked"), frame("ping", "p")], [["pong", "p"]]],
  ["2.10", Array.from({ length: 10 }, (_, at) => frame("ping", `p${at}`)), Array.from({ length: 10 }, (_, at) => ["pong", `p${at}`])],
  ["3.1", [text("x", { flags: 0xc0 })], [["close", 1002]]],
  ["3.2", [text("a"), 1, text("x", { flags: 0xa0 }), frame("ping")], [["text", "a"], ["close", 1002]]],
  ["3.5", [frame("bytes", "x", { flags: 0xd0 })], [["close", 1002]]],
  ["3.6", [frame("ping", "x", { flags: 0xe0 })], [["close", 1002]]],
  ["3.7", [frame("close", "", { flags: 0xf0 })], [["close", 1002]]],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode, at) => [`4.${at < 5 ? 1 : 2}.${(at % 5) + 1}`, [text("a"), 1, frame("", "x", { opcode }), frame("ping")], [["text", "a"], ["close", 1002]]]),
  ["5.1", [frame("ping", "a", { fin: false }), frame("more", "b")], [["close", 1002]]],
  ["5.2", [frame("pong", "a", { fin: false }), frame("more", "b")], [["close", 1002]]],
  ["5.3", [text("a", { fin: false }), frame("more", "b")], [["text", "ab"]]],
  ["5.6", [text("a", { fin: false }), frame("ping", "p"), frame("more", "b")], [["pong", "p"], ["text", "ab"]]],
  ["5.9", [frame("more", "x"), text("a")], [["close", 1002]]],
  ["5.12", [frame("more", "x", { fin: false }), text("a")], [["close", 1002]]],
  ["5.15", [text("a", { fin: false }), frame("more", "b"), 1, frame("more", "c", { fin: false }), text("d")], [["text", "ab"], ["close", 1002]]],
  ["5.18", [text("a", { fin: false }), text("b")], [["close", 1002]]],
  ["5.19", [text("a", { fin: false }), frame("more", "b", { fin: false }), frame("ping", "1"), frame("more", "c", { fin: false }), frame("more", "d", { fin: false }), frame("ping", "2"), frame("more", "e")], [["pong", "1"], ["pong", "2"], ["text", "abcde"]]],
  ["6.1.1", [text("")], [["text", ""]]],
  ["6.1.2", [text("", { fin: false }), frame("more", "", { fin: false }), frame("more", "")], [["text", ""]]],
  ["6.1.3", [text("", { fin: false }), frame("more", "mid", { fin: false }), frame("more", "")], [["text", "mid"]]],
  ["6.2.1", [text("Hello-µ@ßöäüàá-UTF-8!!")], [["text", "Hello-µ@ßöäüàá-UTF-8!!"]]],
  ["6.2.3", chopped(Buffer.from("µ@ß€😀"), 1).map((byte, at, all) => frame(at === 0 ? "text" : "more", byte, { fin: at === all.length - 1 })), [["text", "µ@ß€😀"]]],
  ["6.3.1", [text(bad)], [["close", 1007]]],
  ["6.3.2", chopped(bad, 1).map((byte, at, all) => frame(at === 0 ? "text" : "more", byte, { fin: at === all.length - 1 })), [["close", 1007]]],
  ["6.4.1", [text(Buffer.from([0xce, 0xba, 0xf4, 0x90]), { fin: false })], [["close", 1007]]],
  ...[[0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0x80], [0xfe], [0xce]].map((bytes, at) => [`6.6 to 6.21, ${at}`, [text(Buffer.from(bytes))], [["close", 1007]]]),
  ...[[0xf4, 0x8f, 0xbf, 0xbf], [0xef, 0xbf, 0xbf], [0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80], [0x7f], [0xc2, 0x80]].map((bytes, at) => [`6.22 and 6.23, ${at}`, [text(Buffer.from(bytes))], [["text", Buffer.from(bytes).toString()]]]),
  ["7.1.2", [closing(1000), closing(1000)], [["close", 1000, ""]]],
  ["7.1.3", [closing(1000), frame("ping")], [["close", 1000, ""]]],
  ["7.1.4", [closing(1000), text("x")], [["close", 1000, ""]]],
  ["7.1.5", [text("a", { fin: false }), closing(1000), frame("more", "b")], [["close", 1000, ""]]],
  ["7.3.1", [closing()], [["close"]]],
  ["7.3.2", [frame("close", "a")], [["close", 1002]]],
  ["7.3.3", [closing(1000)], [["close", 1000, ""]]],
  ["7.3.5", [closing(1000, "*".repeat(123))], [["close", 1000, "*".repeat(123)]]],
  ["7.3.6", [frame("close", Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(124, 42)]))], [["close", 1002]]],
  ["7.5.1", [frame("close", Buffer.concat([Buffer.from([3, 232]), bad]))], [["close", 1007]]],
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code) => [`7.7, ${code}`, [closing(code)], [["close", code, ""]]]),
  ...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].map((code) => [`7.9, ${code}`, [closing(code)], [["close", 1002]]]),
  ["9.1.4", [text("*".repeat(4 * MiB))], [["text", "*".repeat(4 * MiB)]]],
  ["9.2.4", [frame("bytes", Buffer.alloc(4 * MiB, 0xfe))], [["bytes", "\xfe".repeat(4 * MiB)]]],
  ["9.3", chopped(Buffer.alloc(MiB, 42), 4096).map((part, at, all) => frame(at === 0 ? "text" : "more", part, { fin: at === all.length - 1 })), [["text", "*".repeat(MiB)]]],
  ["9.5", chopped(text("*".repeat(MiB)), 1024), [["text", "*".repeat(MiB)]]],
  ["9.7", Array.from({ length: 1000 }, () => text("*".repeat(16))), Array(1000).fill(["text", "*".repeat(16)])],
  ["10.1.1", chopped(text("*".repeat(65_536)), 1300), [["text", "*".repeat(65_536)]]],
];

/** Whether frames came as a case has them: the reason of a close that names a mistake is the host's own. */
function same(back, expected) {
  const meant = back.map((row, at) => (row[0] === "close" && expected[at]?.length === 2 ? row.slice(0, 2) : row));
  return JSON.stringify(meant) === JSON.stringify(expected);
}

export async function autobahn(port) {
  for (const [number, sent, answers] of AUTOBAHN) {
    // One that neither side has closed is closed once all is answered.
    const closes = answers.at(-1)?.[0] === "close";
    const { frames: back } = await talk(port, "/echo", closes ? sent : [...sent, answers.length, closing(1000)]);
    const expected = closes ? answers : [...answers, ["close", 1000, ""]];
    assert.ok(same(back, expected), `${number}: ${JSON.stringify(back).slice(0, 500)}`);
  }
}

test("Autobahn's cases", () => everyWay((port) => autobahn(port)));

test("faults of clients end them, and are told", () =>
  everyWay(
    async (port, app) => {
      await logOf(app);
      const faults = [
        ["a frame that is not masked", [frame("text", "x", { mask: false })], [["close", 1002]], 1002],
        ["a message that is too long", [frame("text", "x".repeat(2000))], [["close", 1009]], 1009],
        ["fragments that are too long together", [frame("text", "x".repeat(600), { fin: false }), frame("more", "x".repeat(600))], [["close", 1009]], 1009],
        ["half a frame, then nothing", [frame("text", "hello").subarray(0, 7), "end"], [], 1006],
        ["half a head, then a reset", [Buffer.from([0x81]), "reset"], [], 1006],
      ];
      for (const [what, steps, expected, code] of faults) {
        const { frames: back } = await talk(port, "/echo", steps);
        assert.ok(same(back, expected), `${what}: ${JSON.stringify(back)}`);
        let told;
        while (told === undefined) [told] = await logOf(app);
        assert.deepEqual([told.type, told.code], ["websocket.disconnect", code], what);
      }
    },
    { maxMessageBytes: 1000 },
  ));

test("a client that reads slowly holds its sender, one that is not heard is held", () =>
  everyWay(async (port, app) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(opening("/sender?5000")));
    await new Promise((resolve) => socket.once("readable", resolve));
    let before = -1;
    for (let quiet = 0; quiet < 20; ) {
      const seen = await logOf(app);
      if (seen.length > 0) before = seen.at(-1);
      quiet = seen.length > 0 ? 0 : quiet + 1;
    }
    assert.ok(before < 4000, `${before} messages were sent and none read`);
    socket.destroy();
    await logWith(app, "ClientDisconnected");

    const talker = connect(port, "127.0.0.1", () => talker.write(opening("/deaf")));
    await new Promise((resolve) => talker.once("data", resolve));
    const part = frame("bytes", Buffer.alloc(10_000));
    const count = 3000;
    for (let sent = 0; sent < count; sent += 1) talker.write(part);
    // Until it takes no more: what the kernels of both sides hold comes on top of the window.
    for (let quiet = 0, left = -1; quiet < 50; quiet += 1) {
      await get(app, "/the_log");
      if (talker.writableLength !== left) [quiet, left] = [0, talker.writableLength];
    }
    assert.ok(talker.writableLength > 10_000_000, `${talker.writableLength} bytes are left, and none was received`);
    await get(app, "/open_gate");
    talker.write(closing(1000));
    await logWith(app, ["received", count]);
    talker.destroy();
  }));

test("a silent client is pinged, then closed; one that answers stays", () =>
  everyWay(
    async (port, app) => {
      const { frames: back } = await talk(port, "/stays", []);
      assert.deepEqual(back, [["ping", ""], ["close", 1011, "keepalive ping timeout"]]);
      assert.deepEqual((await logWith(app, "open")).length > 0, true);
      const answers = [1, frame("pong"), 2, frame("pong"), 3, frame("text", "here")];
      const { frames: heard } = await talk(port, `/script?${encodeURIComponent("receive,accept,receive,close")}`, answers);
      assert.deepEqual(heard, [["ping", ""], ["ping", ""], ["ping", ""], ["close", 1000, ""]]);
    },
    { pingMs: 50, pongMs: 300 },
  ));

test("a client that goes before it is accepted is told to the application", () =>
  everyWay(async (port, app) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(opening("/never")));
    await logWith(app, "never");
    socket.destroy();
    await logWith(app, gone(1006));
  }));

test("at the close of the application WebSockets end with 1012", () =>
  served(async (port, app) => {
    const open = talk(port, "/stays");
    await logWith(app, "open");
    const other = await asgi.AsgiApp.load("apps:app", options);
    await app.close();
    assert.deepEqual((await open).frames, [["close", 1012, ""]]);
    const seen = JSON.parse((await get(other, "/the_log")).text);
    assert.deepEqual(seen, [gone(1012)]);
    await other.close();
    assert.equal((await talk(port, "/echo")).status, 503);
  }));

test("what an application raises is told, as is what it breaks", () =>
  served(async (port, app, errors) => {
    for (const [script, status, code] of [
      ["receive,raise", 500, "ERR_PYTHON"],
      ["receive,return", 500, "ERR_PROTOCOL"],
      ["receive,start:401", 500, "ERR_PROTOCOL"],
      ["receive,accept,raise", 101, "ERR_PYTHON"],
    ]) {
      assert.equal((await talk(port, `/script?${encodeURIComponent(script)}`)).status, status, script);
      assert.equal(errors.pop(), code, script);
    }
    assert.deepEqual(errors, []);
    await logOf(app);
  }));

test("in process: messages both ways, closes, refusals", () =>
  withSockets(async (app) => {
    const socket = await app.websocket({ path: "/echo", subprotocols: ["none"] });
    assert.deepEqual([socket.subprotocol, socket.headers], ["", []]);
    for (const message of ["", "hé", "x".repeat(100_000), Buffer.from([0, 255]), Buffer.alloc(100_000, 7)]) {
      await socket.send(message);
      assert.deepEqual(await socket.receive(), message);
    }
    socket.close(3333, "enough");
    assert.deepEqual(await socket.closed, { code: 3333, reason: "enough" });
    assert.equal(await socket.receive(), undefined);
    assert.equal((await failure(socket.send("x"))).code, "ERR_CLOSED");
    await logWith(app, gone(3333, "enough"));

    const chosen = await app.websocket({ path: "/scope_of", subprotocols: ["a", "b"], scheme: "wss", headers: { "x-a": "1" } });
    assert.equal(chosen.subprotocol, "a");
    const said = [];
    for await (const message of chosen) said.push(JSON.parse(message));
    assert.deepEqual([said.length, said[0].scheme, said[0].subprotocols, said[0].client], [1, "wss", ["a", "b"], null]);
    assert.deepEqual(await chosen.closed, { code: 1000, reason: "" });

    const script = (text) => app.websocket({ path: `/script?${encodeURIComponent(text)}` });
    const because = await script("receive,accept,send:last,because:wörum");
    assert.deepEqual(await because.closed, { code: 3000, reason: "wörum" });
    assert.deepEqual([await because.receive(), await because.receive()], ["last", undefined]);
    const returned = await script("receive,accept,return");
    assert.equal((await returned.closed).code, 1000);

    const forbidden = await failure(script("receive,close"));
    assert.deepEqual([forbidden.code, forbidden.status], ["ERR_REFUSED", 403]);
    const denied = await failure(script("receive,start:401,part:n,body:o"));
    assert.deepEqual([denied.status, denied.headers, String(denied.body)], [401, [["x-why", "no"]], "no"]);
    assert.equal((await failure(script("receive,raise"))).code, "ERR_PYTHON");
    assert.equal((await failure(script("receive,return"))).code, "ERR_PROTOCOL");
    const raised = await script("receive,accept,raise");
    const error = await failure(raised.receive());
    assert.deepEqual([error.code, error.type, (await raised.closed).code], ["ERR_PYTHON", "ValueError", 1011]);
    assert.throws(() => returned.close(999), { code: "ERR_INVALID_INPUT" });
    await logOf(app);
  }));

test("in process: room for so much and no more, and a signal", () =>
  withSockets(async (app) => {
    const full = await app.websocket({ path: "/sender?200" });
    let before = -1;
    for (let seen = await logOf(app), quiet = 0; quiet < 5; seen = await logOf(app)) {
      if (seen.length > 0) before = seen.at(-1);
      quiet = seen.length > 0 ? 0 : quiet + 1;
    }
    assert.ok(before < 30, `${before} messages were sent and none received`);
    let count = 0;
    for await (const message of full) count += message.length;
    assert.equal(count, 2_000_000);

    const deaf = await app.websocket({ path: "/deaf" });
    let sent = 0;
    const sending = (async () => {
      for (; sent < 100; sent += 1) await deaf.send(Buffer.alloc(10_000));
    })();
    for (let last = -1; last !== sent; ) {
      last = sent;
      await logOf(app);
    }
    assert.ok(sent < 60, `${sent} messages were sent and none received`);
    await get(app, "/open_gate");
    await sending;
    deaf.close();
    await logWith(app, ["received", 100]);

    const control = new AbortController();
    const never = failure(app.websocket({ path: "/never", signal: control.signal }));
    await logWith(app, "never");
    control.abort();
    assert.equal((await never).code, "ERR_CANCELLED");
    await logWith(app, gone(1006));
  }));
