// WebSockets of real frameworks, and real clients, through every way in.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { test as run } from "node:test";
import WebSocket from "ws";
import { skip } from "./asgi-peer.mjs";
import { asgi, options, python, test } from "./asgi-place.mjs";
import { failure } from "./place.mjs";

function framework(name, work) {
  run(`${name}: WebSockets`, { skip, timeout: 60_000 }, async () => {
    const app = await asgi.AsgiApp.load(`socket_frameworks:${name}`, { ...options, factory: true });
    try {
      await work(app);
    } finally {
      await app.close();
    }
  });
}

/** Sends a message and gives the next one. */
async function asked(socket, message) {
  await socket.send(message);
  return socket.receive();
}

framework("starlette", async (app) => {
  const echo = await app.websocket({ path: "/echo?name=n", subprotocols: ["chat"] });
  assert.deepEqual(echo.headers, [["sec-websocket-protocol", "chat"], ["x-by", "starlette"]]);
  assert.equal(await asked(echo, "hé"), "n: hé");
  echo.close(1000);
  assert.equal((await failure(app.websocket({ path: "/refuses" }))).status, 403);
  assert.equal((await failure(app.websocket({ path: "/nowhere" }))).status, 403);
  const json = await app.websocket({ path: "/json" });
  assert.deepEqual(JSON.parse(await asked(json, "[1, 2]")), { got: [1, 2] });
  json.close();
});

framework("fastapi", async (app) => {
  const echo = await app.websocket({ path: "/echo?name=n", headers: { "x-token": "secret" } });
  assert.equal(await asked(echo, "a"), "user n: a");
  echo.close();
  assert.equal((await failure(app.websocket({ path: "/echo?name=n" }))).status, 403);
});

framework("litestar", async (app) => {
  const echo = await app.websocket({ path: "/echo" });
  assert.equal(await asked(echo, "a"), "litestar: a");
  echo.close();
});

framework("channels", async (app) => {
  const echo = await app.websocket({ path: "/echo", subprotocols: ["json"] });
  assert.equal(echo.subprotocol, "json");
  assert.deepEqual(JSON.parse(await asked(echo, "3")), { channels: 3 });
  assert.deepEqual(JSON.parse(await asked(echo, '"bye"')), { channels: "bye" });
  assert.deepEqual(await echo.closed, { code: 4000, reason: "" });
});

/** Serves the WebSocket applications both ways: behind `node:http`, and by the native listener. */
async function everywhere(work) {
  const app = await asgi.AsgiApp.load("sockets:app", options);
  const handler = app.handler();
  const server = createServer(handler);
  server.on("upgrade", handler.upgrade);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const native = await app.listen();
  try {
    for (const port of [server.address().port, native.port]) await work(port, app);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await app.close();
  }
}

const once = (socket, event) => new Promise((resolve) => socket.addEventListener(event, resolve, { once: true }));

test("the client ws (in Bun its own WebSocket)", () =>
  everywhere(async (port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`);
    await once(socket, "open");
    for (const message of ["hé", "x".repeat(200_000)]) {
      socket.send(message);
      assert.equal((await once(socket, "message")).data, message);
    }
    socket.close(3001, "done");
    assert.deepEqual(await once(socket, "close").then(({ code, wasClean }) => [code, wasClean]), [3001, true]);
    const ends = new WebSocket(`ws://127.0.0.1:${port}/script?${encodeURIComponent("receive,accept,send:x,because:why")}`);
    const closed = once(ends, "close");
    assert.equal((await once(ends, "message")).data, "x");
    assert.deepEqual(await closed.then(({ code, reason }) => [code, reason]), [3000, "why"]);
    const refused = new WebSocket(`ws://127.0.0.1:${port}/script?${encodeURIComponent("receive,close")}`);
    await once(refused, "error");
  }));

const CLIENT = `
import asyncio, sys, websockets
async def main(port):
    async with websockets.connect(f"ws://127.0.0.1:{port}/echo", max_size=None) as socket:
        for message in ["hé", b"\\x00\\xff", "x" * 300_000]:
            await socket.send(message)
            assert await socket.recv() == message
        await socket.send(iter(["one ", "message ", "of four ", "fragments"]))
        assert await socket.recv() == "one message of four fragments"
        assert await (await socket.ping()) >= 0
    assert (socket.close_code, socket.close_reason) == (1000, "")
    sockets = await asyncio.gather(*(websockets.connect(f"ws://127.0.0.1:{port}/echo") for _ in range(50)))
    async def talk(number, socket):
        for turn in range(20):
            await socket.send(f"{number} {turn}")
            assert await socket.recv() == f"{number} {turn}"
        await socket.close()
    await asyncio.gather(*(talk(*pair) for pair in enumerate(sockets)))
    print("all well")
asyncio.run(main(int(sys.argv[1])))
`;

run("the client websockets of Python", { skip, timeout: 120_000 }, () =>
  everywhere(async (port) => {
    const child = spawn(python, ["-c", CLIENT, String(port)], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    child.stdout.on("data", (part) => (said += part));
    child.stderr.on("data", (part) => (said += part));
    await new Promise((resolve) => child.once("close", resolve));
    assert.equal(said, "all well\n");
  }),
);
