import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";
import { get, logOf, logWith, test, withApp } from "./asgi-place.mjs";

/** Serves the applications on a port while `work` is done with it. */
function served(work, more = {}) {
  return withApp(
    async (app) => {
      const errors = [];
      const handler = app.handler({ onError: (error) => errors.push(error.code) });
      const server = createServer(handler);
      if (more.expects) server.on("checkContinue", handler.checkContinue);
      if (more.mount) {
        // As Express does for a router that is mounted below a path.
        server.removeListener("request", handler);
        server.on("request", (request, response) => {
          request.originalUrl = request.url;
          request.baseUrl = more.mount;
          request.url = request.url.slice(more.mount.length);
          handler(request, response);
        });
      }
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        await work(server.address().port, app, errors);
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
    { graceMs: 0, ...more },
  );
}

/** All that a server says to bytes that close their side. */
function raw(port, text) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    const parts = [];
    socket.on("data", (part) => parts.push(part));
    socket.on("end", () => resolve(Buffer.concat(parts).toString("latin1")));
    socket.on("error", reject);
  });
}

test("behind node:http: heads, bodies, and what is added to them", () =>
  served(async (port) => {
    const at = (path, more) => fetch(`http://127.0.0.1:${port}${path}`, more);
    const hello = await at("/hello");
    assert.deepEqual([hello.status, hello.headers.get("content-length")], [200, "17"]);
    assert.equal(await hello.text(), "Hello from Python");
    const echoed = await at("/echo", { method: "PUT", body: "x".repeat(300_000) });
    assert.deepEqual([echoed.headers.get("x-method"), (await echoed.text()).length], ["PUT", 300_000]);
    const streamed = await at("/stream?3");
    assert.deepEqual([streamed.headers.get("transfer-encoding"), await streamed.text()], ["chunked", "chunk 0\nchunk 1\nchunk 2\n"]);
    const scope = await (await at("/scope_of/%C3%A4?q")).json();
    assert.deepEqual([scope.path, scope.client[0], scope.server], ["/scope_of/ä", "127.0.0.1", ["127.0.0.1", port]]);
    const head = await raw(port, "HEAD /hello HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
    assert.match(head, /^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\n$/);
    assert.match(await raw(port, "GET /status?204 HTTP/1.0\r\n\r\n"), /^HTTP\/1.1 204 No Content[^]*\r\n\r\n$/);
    const twice = await raw(port, "GET /scope_of HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: \xe9\r\nconnection: close\r\n\r\n");
    assert.match(twice, /\["b:x-a", "b:1"\], \["b:x-a", "b:/);
  }));

test("behind node:http: what fails before the head is a 500, after it a broken reply", () =>
  served(async (port, _, errors) => {
    const failed = await fetch(`http://127.0.0.1:${port}/error`);
    assert.deepEqual([failed.status, await failed.text()], [500, "Internal Server Error"]);
    const broken = await fetch(`http://127.0.0.1:${port}/error?after`);
    assert.equal(broken.status, 200);
    await assert.rejects(broken.text());
    assert.deepEqual(errors, ["ERR_PYTHON", "ERR_PYTHON"]);
  }));

test("behind node:http: a client that goes, one that reads slowly", () =>
  served(async (port, app) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("GET /waits HTTP/1.1\r\nhost: h\r\n\r\n"));
    await logWith(app, "waiting");
    socket.destroy();
    await logWith(app, "ClientDisconnected");
    const slow = connect(port, "127.0.0.1", () => slow.write("GET /large?10000,5000 HTTP/1.1\r\nhost: h\r\n\r\n"));
    slow.pause();
    let before = -1;
    for (let quiet = 0; quiet < 20; ) {
      const seen = await logOf(app);
      if (seen.length > 0) before = seen.at(-1);
      quiet = seen.length > 0 ? 0 : quiet + 1;
    }
    assert.ok(before < 4000, `${before} parts were sent and none read`);
    slow.destroy();
  }));

test("behind node:http: trailers, early hints, files, 100 Continue", () =>
  served(
    async (port, app) => {
      const trailers = await raw(port, "GET /trailers HTTP/1.1\r\nhost: h\r\nte: trailers\r\nconnection: close\r\n\r\n");
      assert.match(trailers, /\r\n0\r\nx-sum: 4\r\n\r\n$/i);
      const hints = await raw(port, "GET /hints HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
      assert.match(hints, /^HTTP\/1.1 103 Early Hints\r\nlink: <\/a.css>; rel=preload\r\n\r\nHTTP\/1.1 200 OK/i);
      const file = await fetch(`http://127.0.0.1:${port}/file`);
      assert.equal((await file.text()).length, 100_000);
      // The application that does not ask for the body gets none.
      const expect = (path) => `POST ${path} HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`;
      assert.match(await raw(port, expect("/hello")), /^HTTP\/1.1 200 OK/);
      const continued = await new Promise((resolve, reject) => {
        const request = ask({ port, path: "/echo", method: "POST", headers: { expect: "100-continue", "content-length": 3 } });
        request.on("continue", () => request.end("abc"));
        request.on("response", (response) => response.on("data", (data) => resolve(String(data))));
        request.on("error", reject);
        request.flushHeaders();
      });
      assert.equal(continued, "abc");
      for (const name of await logOf(app)) if (typeof name === "string") rmSync(name);
    },
    { expects: true },
  ));

test("behind node:http: mounted below a path, and after the application is closed", () =>
  served(
    async (port, app) => {
      const scope = await (await fetch(`http://127.0.0.1:${port}/api/scope_of/a`)).json();
      assert.deepEqual([scope.path, scope.root_path], ["/api/scope_of/a", "/api"]);
      assert.equal((await get(app, "/hello")).status, 200);
      await app.close();
      assert.equal((await fetch(`http://127.0.0.1:${port}/api/hello`)).status, 503);
    },
    { mount: "/api" },
  ));
