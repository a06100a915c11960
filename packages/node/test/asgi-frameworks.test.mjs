// Frameworks as their users have them, from PyPI; `cargo xtask test` installs them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test as run } from "node:test";
import { asgi, options, python } from "./asgi-place.mjs";

function test(framework, name, work, more = {}) {
  const installed = python !== undefined && spawnSync(python, ["-c", `import ${framework}`]).status === 0;
  const skip = installed ? false : `there is no ${framework}; \`cargo xtask test\` installs it`;
  run(`${framework}: ${name}`, { skip }, async () => {
    const app = await asgi.AsgiApp.load(`frameworks:${framework}`, { ...options, factory: true, ...more });
    try {
      await work(app);
    } finally {
      await app.close();
    }
  });
}

const text = async (response) => (await response).text();
const json = async (response) => (await response).json();
const asJson = (body) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

test(
  "starlette",
  "lifespan state, background tasks, event streams, files, middleware",
  async (app) => {
    assert.equal(await text(app.fetch("/state")), "hello");
    assert.equal(await text(app.fetch("/sub/state")), "hello");
    assert.equal(await text(app.fetch("/background")), "sent");
    const lines = await app.fetch("/lines");
    assert.match(lines.headers.get("content-type"), /^text\/event-stream/);
    assert.equal(await lines.text(), "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    const file = await app.request({ path: "/file" });
    assert.match(file.body.toString(), /^"""One small application/);
    const zipped = await app.request({ path: "/long", headers: { "accept-encoding": "gzip" } });
    assert.ok(zipped.headers.some(([name, value]) => name === "content-encoding" && value === "gzip"));
    const part = await app.request({ path: "/file", headers: { range: "bytes=3-5" } });
    assert.deepEqual([part.status, part.body.toString()], [206, "One"]);
    assert.deepEqual(await json(app.fetch("/upload", { method: "POST", body: "x".repeat(500_000) })), { size: 500_000 });
    assert.equal(await text(app.fetch("http://site/url")), "http://site/state");
    const cookies = await app.fetch("/cookies");
    assert.equal(cookies.headers.getSetCookie().length, 2);
    assert.equal((await app.fetch("/none")).status, 404);
  },
  { lifespan: "on" },
);

test(
  "fastapi",
  "models, dependencies, threads, errors, uploads",
  async (app) => {
    const made = await app.fetch("/items", asJson({ name: "nut", price: 1.5 }));
    assert.deepEqual([made.status, await made.json()], [201, { name: "nut", price: 3, who: "user" }]);
    assert.equal((await app.fetch("/items", asJson({ name: "nut" }))).status, 422);
    assert.equal((await json(app.fetch("/missing"))).detail, "nothing here");
    // Plain functions run in AnyIO's threads, which are kept: not one for each request.
    const threads = [];
    for (let round = 0; round < 30; round += 1) threads.push(await json(app.fetch("/thread")));
    assert.ok(threads.every(({ main }) => main === false));
    assert.equal(threads.at(-1).threads, threads.at(5).threads);
    assert.ok(threads.at(-1).threads < 10);
    const form = new FormData();
    form.set("file", new Blob(["x".repeat(100_000)]), "a.txt");
    assert.deepEqual(await json(app.fetch("/file", { method: "POST", body: form })), { name: "a.txt", size: 100_000 });
    assert.ok((await json(app.fetch("/openapi.json"))).paths["/items"]);
  },
  { lifespan: "on" },
);

test("django", "views of both kinds, sessions, bodies, streams", async (app) => {
  assert.deepEqual(await json(app.fetch("/hello/w%C3%B6rld?q=1")), { name: "wörld", method: "GET", q: "1" });
  const body = Buffer.from("ä".repeat(1000));
  assert.ok((await app.request({ method: "POST", path: "/body", headers: { host: "h" }, body })).body.equals(body));
  const first = await app.fetch("/sessions");
  const [cookie] = first.headers.getSetCookie();
  assert.equal(await first.text(), "1");
  assert.equal(await text(app.fetch("/sessions", { headers: { cookie: cookie.split(";")[0] } })), "2");
  assert.equal(await text(app.fetch("/stream")), "0\n1\n2\n");
  assert.equal((await app.fetch("/none")).status, 404);
});

test("litestar", "routes and models", async (app) => {
  assert.deepEqual(await json(app.fetch("/hello/you")), { hello: "you" });
  assert.equal(await json(app.fetch("/sum", asJson([1, 2, 3]))), 6);
});

test("quart", "bodies", async (app) => {
  assert.equal(await text(app.fetch("/echo", { method: "POST", body: "abc" })), "abc");
});

test(
  "mcp",
  "a tool is called over Streamable HTTP",
  async (app) => {
    const ask = (id, method, params, session) =>
      app.fetch("http://127.0.0.1:8000/mcp", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...(session ? { "mcp-session-id": session } : {}),
        },
        body: JSON.stringify({ jsonrpc: "2.0", ...(id ? { id } : {}), method, params }),
      });
    const said = async (response) => {
      const lines = (await response.text()).split("\n");
      return JSON.parse((lines.find((line) => line.startsWith("data: {")) ?? `data: ${lines[0]}`).slice(6)).result;
    };
    const hello = await ask(1, "initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    });
    assert.equal(hello.status, 200);
    const session = hello.headers.get("mcp-session-id");
    assert.equal((await said(hello)).serverInfo.name, "sums");
    assert.equal((await ask(undefined, "notifications/initialized", {}, session)).status, 202);
    const sum = await said(await ask(2, "tools/call", { name: "add", arguments: { first: 2, second: 3 } }, session));
    assert.equal(sum.content[0].text, "5");
  },
  { lifespan: "on" },
);
