// The native listener: what clients see of it, its limits, its end. asgi-uvicorn and asgi-websocket ask it the same as others.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import { Agent, request as ask } from "node:http";
import { request as askSecurely } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { get, logOf, logWith, test, withApp } from "./asgi-place.mjs";
import { failure, inFolder } from "./place.mjs";

/** Listens with the applications while `work` is done with the port. */
function listening(work, options = {}, more = {}) {
  return withApp(async (app) => {
    const server = await app.listen(options);
    return work(server.port, app, server);
  }, more);
}

/** All that the server says to bytes, until it ends; `end` closes our side at once. */
function said(port, ...parts) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => parts.forEach((part) => socket.write(part, "latin1")));
    const got = [];
    socket.on("data", (part) => got.push(part));
    socket.on("end", () => resolve(Buffer.concat(got).toString("latin1")));
    socket.on("error", reject);
  });
}

const last = (path, more = "") => `GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n${more}\r\n`;

test("a reply, byte for byte", () =>
  listening(async (port) => {
    const date = /date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/;
    const hello = (await said(port, last("/hello"))).replace(date, "date: now");
    assert.equal(
      hello,
      "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nserver: ironbridge\r\nconnection: close\r\ncontent-length: 17\r\ndate: now\r\n\r\nHello from Python",
    );
    const stream = await said(port, last("/stream?2"));
    assert.match(stream, /transfer-encoding: chunked\r\n[^]*\r\n\r\n8\r\nchunk 0\n\r\n8\r\nchunk 1\n\r\n0\r\n\r\n$/);
    const old = await said(port, "GET /stream?2 HTTP/1.0\r\n\r\n");
    assert.match(old, /^HTTP\/1.0 200 OK\r\n[^]*\r\n\r\nchunk 0\nchunk 1\n$/);
    for (const status of [204, 304]) {
      const none = await said(port, last(`/status?${status}`));
      assert.doesNotMatch(none, /content-length|transfer-encoding/i);
      assert.match(none, /\r\n\r\n$/);
    }
    const head = await said(port, last("/hello").replace("GET", "HEAD"));
    assert.match(head, /^HTTP\/1.1 200 OK[^]*\r\n\r\n$/);
    assert.doesNotMatch(head, /content-length: 0/);
  }));

test("what is no request is refused", () =>
  listening(
    async (port) => {
      for (const [bytes, status] of [
        ["hello\r\n\r\n", 400],
        ["GET / HTTP/9.9\r\n\r\n", 400],
        ["GET / HTTP/1.1\r\nbad header\r\n\r\n", 400],
        ["GET / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400],
        ["POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400],
        [`GET / HTTP/1.1\r\nHost: h\r\nX: ${"x".repeat(10_000)}\r\n\r\n`, 431],
        [`GET /${"x".repeat(10_000)} HTTP/1.1\r\nHost: h\r\n\r\n`, 414],
        [`GET / HTTP/1.1\r\n${"a: b\r\n".repeat(101)}\r\n`, 431],
      ]) {
        const text = await said(port, bytes);
        const got = Number(text.split(" ")[1]);
        assert.ok(got === status || (status === 414 && got === 431), `${bytes.slice(0, 60)}: ${text}`);
      }
      assert.match(await said(port, last("/hello")), /Hello from Python$/);
    },
    { maxHeadBytes: 8192 },
  ));

test("keep-alive, and requests one after the other in one go", () =>
  listening(async (port) => {
    const one = "GET /status?201 HTTP/1.1\r\nHost: h\r\n\r\n";
    const two = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    const text = await said(port, one + two + one + two + last("/hello"));
    const statuses = [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status);
    assert.deepEqual(statuses, ["201", "200", "201", "200", "200"]);
    assert.match(text, /Hello from Python$/);
    const many = await said(port, one.repeat(500) + last("/hello"));
    assert.equal([...many.matchAll(/HTTP\/1.1 201/g)].length, 500);
    // Every byte by itself.
    assert.match(await said(port, ...two, last("/hello")), /abcHTTP\/1.1 200[^]*Hello/);
  }));

test("bodies: long ones both ways, limits, 100 Continue, trailers, files", () =>
  listening(
    async (port, app) => {
      const long = Buffer.alloc(900_000, "ä");
      const echoed = await fetch(`http://127.0.0.1:${port}/echo`, { method: "POST", body: long });
      assert.ok(Buffer.from(await echoed.arrayBuffer()).equals(long));
      const streamed = new ReadableStream({
        start(controller) {
          for (let part = 0; part < 50; part += 1) controller.enqueue(Buffer.alloc(10_000, part));
          controller.close();
        },
      });
      const back = await fetch(`http://127.0.0.1:${port}/echo`, { method: "POST", body: streamed, duplex: "half" });
      assert.equal((await back.arrayBuffer()).byteLength, 500_000);
      // Further than the window, again and again.
      for (const length of [300_000, 600_000, 999_999]) {
        const text = await said(port, `POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`, "x".repeat(length));
        assert.equal(text.length - text.indexOf("\r\n\r\n") - 4, length);
      }
      const announced = await fetch(`http://127.0.0.1:${port}/echo`, { method: "POST", body: Buffer.alloc(1_000_001) });
      assert.equal(announced.status, 413);
      const chunk = `${(100_000).toString(16)}\r\n${"x".repeat(100_000)}\r\n`;
      const chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
      assert.match(await said(port, chunked + chunk.repeat(11)), /^HTTP\/1.1 413 Payload Too Large/);
      const expect = (path) => `POST ${path} HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`;
      assert.match(await said(port, expect("/hello")), /^HTTP\/1.1 200 OK/, "the application that asks for no body gets none");
      assert.match(await said(port, expect("/echo"), "abc"), /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK[^]*abc$/);
      const trailers = await said(port, last("/trailers", "TE: trailers\r\n"));
      assert.match(trailers, /\r\n0\r\nx-sum: 4\r\n\r\n$/i);
      const file = await fetch(`http://127.0.0.1:${port}/file`);
      assert.equal((await file.text()).length, 100_000);
      const large = await fetch(`http://127.0.0.1:${port}/large?10000,300`);
      assert.equal((await large.arrayBuffer()).byteLength, 3_000_000);
      await logOf(app);
    },
    { maxBodyBytes: 1_000_000 },
  ));

test("failures: 500 before the head, a broken reply after it, 503 for a closed application", () =>
  listening(async (port, app) => {
    assert.match(await said(port, last("/error")), /^HTTP\/1.1 500 [^]*Internal Server Error$/);
    const broken = await fetch(`http://127.0.0.1:${port}/error?after`);
    assert.equal(broken.status, 200);
    await assert.rejects(broken.text());
    assert.ok((await get(app, "/the_logged")).text.includes("on purpose"));
  }));

test("a client that goes, one that reads slowly", () =>
  listening(
    async (port, app) => {
      const socket = connect(port, "127.0.0.1", () => socket.write("GET /waits HTTP/1.1\r\nhost: h\r\n\r\n"));
      await logWith(app, "waiting");
      socket.destroy();
      await logWith(app, "ClientDisconnected");
      const slow = connect(port, "127.0.0.1", () => slow.write("GET /large?10000,5000 HTTP/1.1\r\nhost: h\r\n\r\n"));
      // Of what "readable" announces nothing is read.
      await new Promise((resolve) => slow.once("readable", resolve));
      let before = -1;
      for (let quiet = 0; quiet < 20; ) {
        const seen = await logOf(app);
        if (seen.length > 0) before = seen.at(-1);
        quiet = seen.length > 0 ? 0 : quiet + 1;
      }
      assert.ok(before < 4000, `${before} parts were sent and none read`);
      slow.destroy();
    },
    {},
    { graceMs: 0 },
  ));

test("a head that does not come to its end, and a connection without requests, are closed", () =>
  listening(
    async (port) => {
      const started = Date.now();
      const slow = await said(port, "GET /hello HTTP/1.1\r\nHost: ");
      assert.ok(slow === "" || slow.startsWith("HTTP/1.1 408"), slow);
      assert.equal(await said(port), "", "one that says nothing");
      const idle = await said(port, "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
      assert.match(idle, /^HTTP\/1.1 200[^]*Python$/);
      assert.ok(Date.now() - started < 60_000);
    },
    { headMs: 200, keepAliveMs: 200 },
  ));

test("HTTP/2 without TLS: streams at the same time, bodies, trailers, resets", () =>
  listening(async (port, app) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const over = (path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ":path": path, ":method": body === undefined ? "GET" : "POST", ...headers });
        const seen = { parts: [] };
        stream.on("response", (head) => (seen.head = head));
        stream.on("trailers", (trailers) => (seen.trailers = trailers));
        stream.on("data", (part) => seen.parts.push(part));
        stream.on("end", () => resolve({ ...seen, text: Buffer.concat(seen.parts).toString() }));
        stream.on("error", reject);
        stream.end(body);
      });
    try {
      const hello = await over("/hello");
      assert.deepEqual([hello.head[":status"], hello.head["content-length"], hello.text], [200, "17", "Hello from Python"]);
      const all = await Promise.all(Array.from({ length: 100 }, (_, at) => over("/echo", `body ${at}`)));
      assert.deepEqual(all.map(({ text }) => text), Array.from({ length: 100 }, (_, at) => `body ${at}`));
      const long = "x".repeat(1_000_000);
      assert.equal((await over("/echo", long)).text, long);
      const scope = JSON.parse((await over("/scope_of?a=b", undefined, { cookie: "a=b" })).text);
      assert.deepEqual([scope.http_version, scope.headers[0], scope.scheme], ["2", ["b:host", `b:127.0.0.1:${port}`], "http"]);
      assert.equal((await over("/trailers", undefined, { te: "trailers" })).trailers["x-sum"], "4");
      const reset = session.request({ ":path": "/waits" });
      await logWith(app, "waiting");
      reset.close(http2.constants.NGHTTP2_CANCEL);
      await logWith(app, "http.disconnect");
    } finally {
      await new Promise((resolve) => session.close(resolve));
    }
  }, {}, { graceMs: 0 }));

const openssl = spawnSync("openssl", ["version"]).status === 0;

test("TLS: HTTP/1.1 and HTTP/2 by ALPN, from PEM and from files", () =>
  inFolder(async (_, place) => {
    if (!openssl) return;
    const [cert, key] = [join(place, "cert.pem"), join(place, "key.pem")];
    const made = spawnSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"]);
    assert.equal(made.status, 0, String(made.stderr));
    await listening(
      async (port, app) => {
        const scope = await new Promise((resolve, reject) => {
          const request = askSecurely({ port, path: "/scope_of", rejectUnauthorized: false }, (response) => {
            response.on("data", (part) => resolve(JSON.parse(part)));
          });
          request.on("error", reject).end();
        });
        assert.deepEqual([scope.scheme, scope.http_version], ["https", "1.1"]);
        const { server_cert: shown, cipher_suite: cipher, ...agreed } = scope.extensions.tls;
        assert.equal(shown, readFileSync(cert, "latin1").trim());
        // Of TLS 1.3, which is 0x0304, the suites are 0x1301 and what follows.
        assert.ok(cipher >= 0x1301 && cipher <= 0x1305, String(cipher));
        assert.deepEqual(agreed, { client_cert_chain: [], client_cert_name: null, client_cert_error: null, tls_version: 0x0304 });
        const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
        const status = await new Promise((resolve, reject) => {
          session.on("error", reject);
          session.request({ ":path": "/hello" }).on("response", (head) => resolve(head[":status"])).resume();
        });
        assert.equal(status, 200);
        await new Promise((resolve) => session.close(resolve));
        assert.equal((await failure(app.listen({ tls: { cert: key, key: cert } }))).code, "ERR_TLS");
        assert.equal((await failure(app.listen({ tls: { cert: "nothing", key } }))).code, "ERR_INVALID_INPUT");
      },
      { tls: { cert, key } },
    );
  }));

test("where it listens, and where it cannot", () =>
  inFolder((_, place) =>
    withApp(async (app) => {
      const server = await app.listen({ host: "localhost" });
      assert.ok(server.port > 0);
      const taken = await failure(app.listen({ host: server.host, port: server.port }));
      assert.equal(taken.code, "ERR_ADDRESS_IN_USE");
      assert.match(taken.message, new RegExp(`cannot listen on .*:${server.port}`));
      await server.close();
      await server.close();
      const again = await app.listen({ host: server.host, port: server.port });
      assert.equal((await fetch(`http://localhost:${again.port}/hello`)).status, 200);
      assert.equal((await failure(app.listen({ host: "no.such.host.invalid" }))).code, "ERR_IO");
      for (const wrong of [{ port: 70_000 }, { maxHeadBytes: 1 }, { headMs: 0 }, { serverHeader: "a\r\nb" }]) {
        assert.equal((await failure(app.listen(wrong))).code, "ERR_INVALID_INPUT");
      }
      const six = await app.listen({ host: "::1", serverHeader: "" }).catch((error) => error);
      if (six.port !== undefined) {
        const scope = await fetch(`http://[::1]:${six.port}/scope_of`);
        assert.equal(scope.headers.get("server"), null);
        assert.equal((await scope.json()).client[0], "::1");
      }
      const path = join(place, "socket");
      const unix = await app.listen({ path });
      assert.deepEqual([unix.path, unix.port], [path, undefined]);
      const scope = await new Promise((resolve, reject) => {
        const request = ask({ socketPath: path, path: "/scope_of", agent: new Agent() }, (response) => {
          response.on("data", (part) => resolve(JSON.parse(part)));
        });
        request.on("error", reject).end();
      });
      assert.deepEqual([scope.client, scope.server], [null, [path, null]]);
      await unix.close();
      assert.ok(!existsSync(path));
      writeFileSync(path, "");
      assert.equal((await failure(app.listen({ path }))).code, "ERR_ADDRESS_IN_USE");
    }),
  ));

test("at its end it lets requests end, then breaks them off, and leaves nothing", () =>
  withApp(async (app) => {
    const descriptors = () => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);
    let before;
    for (let round = 0; round < 4; round += 1) {
      const server = await app.listen();
      const port = server.port;
      const slow = said(port, "GET /stream?300 HTTP/1.1\r\nhost: h\r\n\r\n");
      const idle = said(port, "GET /hello HTTP/1.1\r\nhost: h\r\n\r\n");
      const stuck = said(port, "GET /stubborn HTTP/1.1\r\nhost: h\r\n\r\n").catch(() => "");
      await logWith(app, "started");
      await server.close({ drainMs: 500 });
      assert.match(await slow, /chunk 299\n\r\n0\r\n\r\n$/);
      assert.match(await idle, /Python$/);
      assert.equal(await stuck, "");
      await failure(said(port, last("/hello")));
      await logWith(app, "cancelled");
      before ??= descriptors();
      assert.ok(descriptors() <= before, "no descriptor is left");
    }
  }, { graceMs: 0 }));

test("thousands of connections, and requests that are given up at random", () =>
  listening(async (port, app) => {
    const sockets = await Promise.all(
      Array.from({ length: 1000 }, () =>
        new Promise((resolve, reject) => {
          const socket = connect(port, "127.0.0.1", () => socket.write("GET /hello HTTP/1.1\r\nhost: h\r\n\r\n"));
          socket.once("data", () => resolve(socket)).on("error", reject);
        }),
      ),
    );
    for (const socket of sockets) socket.destroy();
    const before = JSON.parse((await get(app, "/collected")).text);
    let seed = 7;
    const random = (below) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below;
    const paths = ["/hello", "/stream?20", "/echo", "/waits", "/large?10000,50"];
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        Array.from({ length: 100 }, () =>
          new Promise((resolve) => {
            const path = paths[random(paths.length)];
            const socket = connect(port, "127.0.0.1", () => socket.write(last(path)));
            socket.on("data", () => random(3) === 0 && socket.destroy());
            socket.on("close", resolve).on("error", () => {});
            if (path === "/waits" || random(4) === 0) setImmediate(() => socket.destroy());
            socket.resume();
          }),
        ),
      );
    }
    let after = JSON.parse((await get(app, "/collected")).text);
    while (after.tasks > before.tasks) after = JSON.parse((await get(app, "/collected")).text);
    assert.ok(after.objects < before.objects + 2000, `${after.objects} objects, ${before.objects} before`);
    await logOf(app);
  }, {}, { graceMs: 0 }));
