// The five applications of python-node's own tests, through `AsgiApp` and through the compat entry; then what only the
// latter has.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { test } from "./asgi-place.mjs";
import { failure, inFolder } from "./place.mjs";
import { closeAll, compat, docroot, opened, WAYS } from "./python-node-place.mjs";

const { Headers, Python, PythonHandler, Request, Response } = compat;
after(closeAll);

const GET = { method: "GET", url: "/" };

for (const [way, ask] of WAYS) {
  test(`${way}: hello, echo, status, stream, error`, async () => {
    const hello = await ask("main:app", GET);
    assert.deepEqual([hello.status, hello.text], [200, "Hello, world!"]);
    assert.equal(hello.header("content-type"), "text/plain");

    const echo = await ask("echo_app:app", {
      method: "POST",
      url: "/api/t%C3%A4st?foo=bar",
      headers: { "Content-Type": "application/json", Authorization: "Bearer token" },
      body: JSON.stringify({ message: "Hello" }),
    });
    assert.equal(echo.header("x-echo-method"), "POST");
    const told = JSON.parse(echo.text);
    assert.deepEqual([told.method, told.path, told.query], ["POST", "/api/täst", "foo=bar"]);
    assert.equal(told.body, JSON.stringify({ message: "Hello" }));
    assert.deepEqual(told.headers, { "content-type": "application/json", authorization: "Bearer token" });

    for (const status of [200, 201, 400, 404, 500]) {
      const reply = await ask("status_app:app", { method: "GET", url: `/status/${status}` });
      assert.deepEqual([reply.status, reply.text], [status, `Status: ${status}`]);
    }
    const stream = await ask("stream_app:app", GET);
    assert.equal(stream.text, "Chunk 1\nChunk 2\nChunk 3\nChunk 4\nChunk 5\n");

    assert.equal((await ask("error_app:app", { method: "GET", url: "/ok" })).text, "OK");
    const error = await failure(ask("error_app:app", { method: "GET", url: "/error" }));
    assert.match(error.message, /Test error/);
    assert.equal(error.code, "ERR_PYTHON");
  });
}

const app = (appTarget) => new Python({ docroot, appTarget });

async function text(response) {
  let all = "";
  for await (const part of response) all += part.toString();
  return all;
}

test("the constructor knows the folder and the file", async () => {
  assert.equal(PythonHandler, Python);
  assert.equal(app("main:app").docroot, docroot);
  assert.equal(new Python({ docroot, appTarget: { file: "main", function: "app" } }).docroot, docroot);
  assert.equal((await failure(() => app("missing:app"))).code, "ERR_LOAD");
  assert.match((await failure(() => app("missing:app"))).message, /^Entry point not found: .*missing.py/);
  assert.equal((await failure(() => app("main"))).code, "ERR_INVALID_INPUT");
  assert.equal((await failure(() => new Python())).code, "ERR_LOAD", "the current folder has no main.py");
  await opened;
  const none = await failure(app("main:nothing").handleRequest(new Request(GET)));
  assert.equal(none.code, "ERR_LOAD");
});

test("root_path is the docroot, and here alone", async () => {
  await opened;
  const root = await app("main:app").handleRequest(new Request({ url: "/root" }));
  assert.equal(root.body.toString(), docroot);
  const [[, ask]] = WAYS;
  assert.equal((await ask("main:app", { method: "GET", url: "/root" })).text, "");
});

test("two folders may have modules of the same name", () =>
  inFolder(async (_, place) => {
    await opened;
    writeFileSync(
      join(place, "main.py"),
      `async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"the other"})
`,
    );
    const other = new Python({ docroot: place });
    assert.equal((await other.handleRequest(new Request(GET))).body.toString(), "the other");
    assert.equal((await app("main:app").handleRequest(new Request(GET))).body.toString(), "Hello, world!");
  }));

test("handleRequestSync answers while this thread stands still", async () => {
  await opened;
  const request = new Request({ method: "PUT", url: "/a", body: Buffer.from("body"), headers: { a: "b" } });
  const reply = app("echo_app:app").handleRequestSync(request);
  assert.deepEqual([reply.status, reply.headers.get("x-echo-method")], [200, "PUT"]);
  assert.equal(JSON.parse(reply.body).body, "body");
  const error = await failure(() => app("error_app:app").handleRequestSync(new Request({ url: "/error" })));
  assert.deepEqual([error.code, error.message], ["ERR_PYTHON", "Python error: Exception: Test error"]);
  assert.match(error.traceback, /^Traceback/);
});

test("handleStream gives the head at once, then the parts", async () => {
  await opened;
  const reply = await app("stream_app:app").handleStream(new Request({ url: "http://example.com/?count=100" }));
  assert.deepEqual([reply.status, reply.body, reply.headers.get("content-type")], [200, null, "text/plain"]);
  const expected = Array.from({ length: 100 }, (_, index) => `Chunk ${index + 1}\n`).join("");
  assert.equal(await text(reply), expected);
  assert.equal(await reply.next(), null);
  assert.equal(await text(await app("stream_app:app").handleStream(new Request({ url: "/?count=0" }))), "");

  const request = new Request({ method: "POST", url: "http://example.com:81/echo", headers: { "x-a": ["1"] } });
  for (const part of ["Hello ", "from ", Buffer.from("streaming!")]) await request.write(part);
  await request.end();
  const told = JSON.parse(await text(await app("echo_app:app").handleStream(request)));
  assert.equal(told.body, "Hello from streaming!");
  assert.deepEqual(told.headers, { host: "example.com:81", "x-a": "1" });
  assert.equal((await failure(request.write("more"))).code, "ERR_CLOSED");
});

test("errors before and after the head, silence, and giving up", async () => {
  await opened;
  const error = app("error_app:app");
  const before = await failure(error.handleStream(new Request({ url: "/error" })));
  assert.equal(before.message, "Python error: Exception: Test error");
  const reply = await error.handleStream(new Request({ url: "/later" }));
  assert.equal(reply.status, 200);
  let seen = "";
  const after = await failure(async () => {
    for await (const part of reply) seen += part;
  });
  assert.equal(seen, "Chunk 1\nChunk 2\n");
  assert.match(after.message, /Error during streaming/);
  // What servers look for before they take a file instead.
  const silent = await failure(error.handleRequest(new Request({ url: "/silent" })));
  assert.match(silent.message, /^No response sent/);
  const control = new AbortController();
  control.abort();
  assert.equal((await failure(error.handleRequest(new Request(GET), control.signal))).code, "ERR_CANCELLED");
  const later = new AbortController();
  const stream = await app("stream_app:app").handleStream(new Request({ url: "/?count=100000" }), later.signal);
  assert.equal((await stream.next()).toString().slice(0, 7), "Chunk 1");
  later.abort();
  const given = await failure(async () => {
    for (let part = await stream.next(); part !== null; ) part = await stream.next();
  });
  assert.equal(given.code, "ERR_CANCELLED");
  assert.equal((await failure(error.handleRequest({ url: "/" }))).code, "ERR_INVALID_INPUT");
});

test("a WebSocket: write sends a message, next receives one", async () => {
  await opened;
  const open = async (path) => {
    const request = new Request({ url: `http://example.com${path}`, websocket: true });
    return [request, await app("socket_app:app").handleStream(request)];
  };
  const [request, reply] = await open("/echo");
  for (const message of ["one", "zwei ü", Buffer.from([1, 2, 0xff])]) {
    await request.write(message);
    assert.deepEqual(await reply.next(), Buffer.from(message));
  }
  await request.end();
  assert.equal(await reply.next(), null);
  const [upper, capitals] = await open("/upper");
  await upper.write("hello");
  assert.equal(String(await capitals.next()), "HELLO");
  await upper.end();
  const [, closed] = await open("/close");
  assert.equal(await closed.next(), null);
  assert.equal((await failure(open("/refuse"))).code, "ERR_REFUSED");
  const plain = await app("socket_app:app").handleRequest(new Request({ url: "/echo" }));
  assert.deepEqual([plain.status, String(plain.body)], [426, "Upgrade Required"]);
});

test("a socket's addresses are the scope's client and server", async () => {
  await opened;
  const socket = {
    localAddress: "127.0.0.1",
    localPort: 80,
    localFamily: "IPv4",
    remoteAddress: "10.0.0.9",
    remotePort: 99,
    remoteFamily: "IPv4",
  };
  const reply = await app("echo_app:app").handleRequest(new Request({ url: "/", socket }));
  const told = JSON.parse(reply.body);
  assert.deepEqual([told.client, told.server], [["10.0.0.9", 99], ["127.0.0.1", 80]]);
});

test("Headers", () => {
  const headers = new Headers({ "Content-Type": "a/b", Accept: ["x", "y"] });
  assert.deepEqual([headers.get("content-type"), headers.get("ACCEPT"), headers.get("none")], ["a/b", "y", null]);
  assert.deepEqual([headers.getAll("accept"), headers.getAll("none")], [["x", "y"], []]);
  assert.deepEqual([headers.getLine("accept"), headers.getLine("none")], ["x,y", null]);
  assert.deepEqual([headers.set("Accept", "z"), headers.set("new", ["1", "2"]), headers.size], [true, false, 3]);
  assert.deepEqual([headers.add("accept", "q"), headers.add("other", "o")], [true, false]);
  assert.deepEqual(headers.entries(), [["content-type", "a/b"], ["accept", "z"], ["accept", "q"], ["new", "1"], ["new", "2"], ["other", "o"]]);
  assert.deepEqual(headers.keys(), ["content-type", "accept", "new", "other"]);
  assert.deepEqual(headers.values(), ["a/b", "z", "q", "1", "2", "o"]);
  const each = [];
  headers.forEach((value, name, all) => each.push([name, value, all === headers]));
  assert.deepEqual(each[0], ["content-type", "a/b", true]);
  assert.equal(JSON.stringify(headers), '{"content-type":"a/b","accept":["z","q"],"new":["1","2"],"other":"o"}');
  assert.deepEqual([headers.delete("other"), headers.delete("other"), headers.has("other")], [true, false, false]);
  headers.clear();
  assert.equal(headers.size, 0);
  for (const wrong of [["a b", "c"], ["a", "b\r\nc"], ["a", 1]]) {
    assert.throws(() => headers.set(...wrong), { code: "ERR_INVALID_INPUT" });
  }
});

test("Request and Response", async () => {
  const request = new Request({ url: "https://example.com/a%20b?c=d#f", headers: { A: "1" }, body: Buffer.from("hi") });
  assert.deepEqual([request.method, request.url, request.path], ["GET", "https://example.com/a%20b?c=d", "/a%20b"]);
  assert.deepEqual(request.toJSON(), { method: "GET", url: request.url, headers: { a: "1" }, body: Buffer.from("hi") });
  request.method = "PUT";
  request.url = "/x";
  request.docroot = "/srv";
  request.headers = new Headers({ b: "2" });
  request.headers.set("c", "3");
  assert.deepEqual([request.method, request.url, request.docroot, request.headers.size], ["PUT", "/x", "/srv", 2]);
  assert.deepEqual([new Request(GET).docroot, new Request(GET).body], [null, null]);
  for (const wrong of [{}, { url: "a b" }, { url: "none" }, { url: "/", method: "A B" }]) {
    assert.throws(() => new Request(wrong), { code: "ERR_INVALID_INPUT" });
  }
  const response = new Response({ status: 404, headers: { A: "1" }, body: Buffer.from("x"), exception: "e" });
  assert.deepEqual([response.status, response.headers.get("a"), response.exception, response.log.length], [404, "1", "e", 0]);
  assert.equal(await text(response), "x");
  assert.deepEqual(new Response().toJSON(), { status: 200, headers: {} });
  assert.throws(() => new Response({ status: 99 }), { code: "ERR_INVALID_INPUT" });
});
