import assert from "node:assert/strict";
import { createWriteStream, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { failure, inFolder, run } from "./place.mjs";
import { asgi, get, logOf, logWith, python, test, withApp } from "./asgi-place.mjs";

test("the five applications answer", () =>
  withApp(async (app) => {
    assert.deepEqual(await get(app, "/hello"), {
      status: 200,
      headers: [["content-type", "text/plain"]],
      text: "Hello from Python",
    });
    const echoed = await get(app, "/echo", { method: "query", body: "wörd" });
    assert.deepEqual([echoed.headers, echoed.text], [[["x-method", "QUERY"]], "wörd"]);
    for (const status of [200, 201, 204, 400, 404, 418, 500]) {
      assert.equal((await get(app, `/status?${status}`)).status, status);
    }
    const streamed = await get(app, "/stream?5");
    assert.equal(streamed.text, "chunk 0\nchunk 1\nchunk 2\nchunk 3\nchunk 4\n");
    await get(app, "/the_logged");
    const error = await failure(get(app, "/error"));
    assert.equal(error.code, "ERR_PYTHON");
    assert.equal(error.message, "ValueError: bröken on purpose");
    assert.equal(error.type, "ValueError");
    assert.match(error.traceback, /^Traceback[^]*apps\.py[^]*in error[^]*ValueError: bröken on purpose\n$/);
    assert.doesNotMatch(error.traceback, /host\.py/);
    const [logged] = JSON.parse((await get(app, "/the_logged")).text);
    assert.equal(logged, `Exception in ASGI application\n${error.traceback.trimEnd()}`);
  }));

test("the scope is what the specification says", () =>
  withApp(
    async (app) => {
      const { text } = await get(app, "/scope_of/a%20b%2F%C3%A9%zz%ff?q=%20&r", {
        headers: [
          ["Host", "h"],
          ["X-Twice", "1"],
          ["x-twice", "2"],
          ["X-Latin", "\xe9"],
        ],
        client: ["10.0.0.1", 99],
        server: ["10.0.0.2", 80],
      });
      assert.deepEqual(JSON.parse(text), {
        type: "http",
        asgi: { version: "3.0", spec_version: "2.5" },
        http_version: "1.1",
        method: "GET",
        scheme: "http",
        path: "/r t/scope_of/a b/é%zz\ufffd",
        raw_path: "b:/r%20t/scope_of/a%20b%2F%C3%A9%zz%ff",
        query_string: "b:q=%20&r",
        root_path: "/r t",
        headers: [
          ["b:host", "b:h"],
          ["b:x-twice", "b:1"],
          ["b:x-twice", "b:2"],
          ["b:x-latin", "b:\xe9"],
        ],
        client: ["10.0.0.1", 99],
        server: ["10.0.0.2", 80],
        extensions: { "http.response.pathsend": {}, "http.response.trailers": {} },
      });
      const bare = JSON.parse((await get(app, "/scope_of", { scheme: "https" })).text);
      assert.deepEqual(
        [bare.client, bare.server, bare.query_string, bare.headers, bare.scheme],
        [null, null, "b:", [], "https"],
      );
    },
    { rootPath: "/r%20t" },
  ));

test("a request for what has no form on the wire is refused", () =>
  withApp(async (app) => {
    for (const request of [
      { path: "/é€" },
      { path: "/a\0b" },
      { path: "/", headers: { a: "b\0c" } },
      { path: "/", method: "G\0T" },
    ]) {
      assert.equal((await failure(app.request(request))).code, "ERR_INVALID_INPUT");
    }
  }));

test("receive gives the body once, then waits for the end", () =>
  withApp(async (app) => {
    const bodies = [undefined, "abc", "x".repeat(100_000)];
    for (const body of bodies) {
      const [seen, waited] = JSON.parse((await get(app, "/events", { body })).text);
      const event = { type: "http.request", body: `b:${body ?? ""}`, more_body: false };
      assert.deepEqual([seen, waited], [[event], true]);
    }
    const after = ["after", { type: "http.disconnect" }, { type: "http.disconnect" }];
    assert.deepEqual(await logOf(app), bodies.map(() => after));
  }));

test("a receive that was cancelled loses nothing, several at once are fulfilled", () =>
  withApp(async (app) => {
    let give;
    const late = new ReadableStream({
      start(controller) {
        give = controller;
      },
    });
    const answer = app.fetch("/cancels_receive", { method: "POST", body: late, duplex: "half" });
    await logWith(app, "nothing");
    give.enqueue(new TextEncoder().encode("late"));
    give.close();
    assert.equal(await (await answer).text(), "late");
    await get(app, "/parallel_receives", { body: "b" });
    await logWith(app, ["http.disconnect", "http.disconnect", "http.request"]);
  }));

const START = `{"type": "http.response.start", "status": 200, "headers": []}`;
const BODY = `{"type": "http.response.body", "body": b"x"}`;
const PART = `{"type": "http.response.body", "body": b"x", "more_body": True}`;
const WRONG = [
  ["an unknown type", [`{"type": "http.response.push"}`], /^RuntimeError: .*unknown event/],
  ["no type", ["{}"], /^ValueError: the event has no type/],
  ["no dict", ["3"], /^TypeError: an event is a dict/],
  ["a body first", [BODY], /^RuntimeError: http.response.start is to be sent first/],
  ["two starts", [START, START], /^RuntimeError: http.response.start was sent twice/],
  ["no status", [`{"type": "http.response.start"}`], /^ValueError: the event has no status/],
  ["a status that is text", [`{"type": "http.response.start", "status": "200"}`], /^TypeError/],
  ["a status that is none", [`{"type": "http.response.start", "status": 42}`], /^ValueError: 42/],
  ["headers of text", [`{"type": "http.response.start", "status": 200, "headers": [("a", "b")]}`], /^TypeError: .*bytes, not str/],
  ["a header of three", [`{"type": "http.response.start", "status": 200, "headers": [(b"a", b"b", b"c")]}`], /^TypeError/],
  ["a line's end in a value", [`{"type": "http.response.start", "status": 200, "headers": [(b"a", b"b\\r\\nc: d")]}`], /^ValueError: .*line's end/],
  ["a space in a name", [`{"type": "http.response.start", "status": 200, "headers": [(b"a b", b"c")]}`], /^ValueError/],
  ["a body of text", [START, `{"type": "http.response.body", "body": "x"}`], /^TypeError: body/],
  ["more than its length", [`{"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]}`, `{"type": "http.response.body", "body": b"xx"}`], /longer than its content-length/],
  ["less than its length", [`{"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}`, BODY], /shorter than its content-length/],
  ["trailers too early", [START, `{"type": "http.response.trailers"}`], /^RuntimeError: .*before the body's end/],
  ["a file after a part", [START, PART, `{"type": "http.response.pathsend", "path": "/"}`], /after a part/],
  ["a relative file", [START, `{"type": "http.response.pathsend", "path": "a"}`], /^ValueError: .*not absolute/],
];

test("an event that is wrong, or comes at the wrong time, raises where it is sent", () =>
  withApp(async (app) => {
    for (const [what, events, expected] of WRONG) {
      const error = await failure(get(app, "/sends", { body: `[${events.join(",")}]` }));
      assert.equal(error.code, "ERR_PROTOCOL", what);
      const [raised] = await logOf(app);
      assert.match(raised.at(-1), expected, what);
      assert.deepEqual(raised.slice(0, -1), Array(events.length - 1).fill(null), what);
    }
  }));

const RIGHT = [
  ["headers in any iterable", `{"type": "http.response.start", "status": 200, "headers": (pair for pair in ([b"A", b"1"], (b"A", b"2")))}, ${BODY}`, "x", [["A", "1"], ["A", "2"]]],
  ["no headers, no body", `{"type": "http.response.start", "status": 200}, {"type": "http.response.body"}`, "", []],
  ["keys beyond the specification", `dict(${START}, more=1), dict(${BODY}, other=None)`, "x", []],
  ["framing of the application's own", `{"type": "http.response.start", "status": 200, "headers": [(b"Transfer-Encoding", b"chunked")]}, ${BODY}`, "x", []],
  ["messages after the end", `${START}, ${BODY}, ${BODY}, ${START}`, "x", []],
  ["views of memory", `${START}, {"type": "http.response.body", "body": memoryview(b"view")}`, "view", []],
  ["the length it promised", `{"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}, ${PART}, ${BODY}`, "xx", [["content-length", "2"]]],
];

test("what the specification allows is taken", () =>
  withApp(async (app) => {
    for (const [what, events, text, headers] of RIGHT) {
      const got = await get(app, "/sends", { body: `[${events}]` });
      assert.deepEqual([got.text, got.headers], [text, headers], what);
      assert.ok((await logOf(app))[0].every((raised) => raised === null), what);
    }
    const head = await get(app, "/sends", { method: "HEAD", body: `[{"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]}, ${BODY}]` });
    assert.deepEqual([head.text, head.headers], ["", [["content-length", "1"]]]);
    const none = await get(app, "/sends", { body: `[{"type": "http.response.start", "status": 204}, ${BODY}]` });
    assert.deepEqual([none.status, none.text], [204, ""]);
  }));

test("applications that break off are errors", () =>
  withApp(async (app) => {
    assert.equal((await failure(get(app, "/sends", { body: "[]" }))).code, "ERR_PROTOCOL");
    assert.equal((await failure(get(app, "/sends", { body: `[${START}]` }))).code, "ERR_PROTOCOL");
    assert.equal((await failure(get(app, "/sends", { body: `[${START}, ${PART}]` }))).code, "ERR_PROTOCOL");
    assert.equal((await failure(get(app, "/error?after"))).code, "ERR_PYTHON");
    const exit = await failure(get(app, "/error?exit"));
    assert.deepEqual([exit.code, exit.type], ["ERR_PYTHON", "SystemExit"]);
    assert.equal((await get(app, "/hello")).status, 200, "the loop goes on");
    const thread = await get(app, "/in_thread");
    assert.match(thread.text, /another thread than its event loop's/);
  }));

test("a client that goes is told, its send raises, and who goes on is cancelled", () =>
  withApp(
    async (app) => {
      await get(app, "/the_logged");
      const control = new AbortController();
      const gone = failure(app.request({ path: "/waits", signal: control.signal }));
      await logWith(app, "waiting");
      control.abort(new Error("enough"));
      const error = await gone;
      assert.deepEqual([error.code, error.name, error.cause.message], ["ERR_CANCELLED", "AbortError", "enough"]);
      const seen = await logWith(app, "ClientDisconnected");
      assert.ok(seen.includes("http.disconnect"));
      assert.equal((await get(app, "/the_logged")).text, "[]", "a client that goes is nobody's mistake");

      const second = new AbortController();
      const stubborn = failure(app.request({ path: "/stubborn", signal: second.signal }));
      await logWith(app, "started");
      second.abort();
      assert.equal((await stubborn).code, "ERR_CANCELLED");
      await logWith(app, "cancelled");
      assert.equal((await failure(app.request({ path: "/hello", signal: second.signal }))).code, "ERR_CANCELLED");
    },
    { graceMs: 20 },
  ));

test("trailers, files and long bodies arrive", () =>
  withApp(async (app) => {
    const { body, trailers } = await app.request({ path: "/trailers" });
    assert.deepEqual([body.toString(), trailers], ["body", [["x-sum", "4"]]]);
    const file = await get(app, "/file");
    assert.equal(file.text, "0123456789".repeat(10_000));
    assert.equal(await (await app.fetch("/file")).text(), file.text);
    for (const name of await logOf(app)) rmSync(name);
    const long = Buffer.alloc(3_000_000, "ä");
    assert.ok((await app.request({ path: "/echo", body: long })).body.equals(long));
    const error = await failure(app.request({ path: "/echo", body: long, maxBytes: 1000 }));
    assert.equal(error.code, "ERR_TOO_LARGE");
    assert.equal((await app.request({ path: "/large?10000,50" })).body.length, 500_000);
  }));

test("fetch streams both ways, with room for so much and no more", () =>
  withApp(async (app) => {
    const response = await app.fetch("http://host:8080/scope_of?a=b", { headers: { "X-A": "1" } });
    const scope = await response.json();
    assert.deepEqual([scope.path, scope.query_string, scope.server], ["/scope_of", "b:a=b", ["host", 8080]]);
    assert.ok(scope.headers.some(([name, value]) => name === "b:host" && value === "b:host:8080"));
    assert.equal((await app.fetch("/status?204")).body, null);

    // The application stops when nobody reads, and goes on when somebody does.
    const large = await app.fetch("/large?10000,200");
    const reader = large.body.getReader();
    let before = -1;
    for (let seen = await logOf(app); seen.length > 0; seen = await logOf(app)) before = seen.at(-1);
    assert.ok(before < 30, `${before} parts were sent and none read`);
    let bytes = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
    assert.equal(bytes, 2_000_000);
    assert.equal((await logWith(app, 199)).at(-1), 199);

    // So does the sender when the application does not read.
    let given = 0;
    const endless = new ReadableStream({
      pull(controller) {
        given += 1;
        if (given > 500) controller.close();
        else controller.enqueue(new Uint8Array(10_000));
      },
    });
    const answer = app.fetch("/slow_reader", { method: "POST", body: endless, duplex: "half" });
    for (let last = -1; last !== given; ) {
      last = given;
      for (let round = 0; round < 20; round += 1) await get(app, "/hello");
    }
    assert.ok(given < 50, `${given} parts were given and none read`);
    await get(app, "/open_gate");
    assert.equal(await (await answer).text(), "5000000");
  }));

test("fetch: errors reject before the head and break the stream after it", () =>
  withApp(
    async (app) => {
      assert.equal((await failure(app.fetch("/error"))).code, "ERR_PYTHON");
      const broken = await app.fetch("/error?after");
      assert.equal((await failure(broken.text())).code, "ERR_PYTHON");
      const cancelled = await app.fetch("/large?10000,100000");
      await cancelled.body.cancel();
      const control = new AbortController();
      const stream = await app.fetch("/large?10000,100000", { signal: control.signal });
      control.abort();
      assert.equal((await failure(stream.text())).code, "ERR_CANCELLED");
      const sender = new ReadableStream({
        pull() {
          throw new Error("no more");
        },
      });
      const init = { method: "POST", body: sender, duplex: "half" };
      assert.ok(await failure(app.fetch("/echo", init)));
    },
    { graceMs: 0 },
  ));

test("fetch reads a file as its reader takes it", () =>
  inFolder((_, place) =>
    withApp(async (app) => {
      // A pipe tells how much of it was read.
      const pipe = join(place, "pipe");
      run("mkfifo", [pipe]);
      const response = await app.fetch(`/file_of?${pipe}`);
      const writer = createWriteStream(pipe);
      const part = Buffer.alloc(64 * 1024, "x");
      let given = 0;
      const giving = (async () => {
        for (; given < 160; given += 1) await new Promise((taken) => writer.write(part, taken));
        writer.end();
      })();
      for (let quiet = 0, before = -1; quiet < 20; quiet += 1) {
        await get(app, "/hello");
        if (given !== before) [quiet, before] = [0, given];
      }
      assert.ok(given < 20, `${given} parts were read of the file and none of the reply`);
      assert.equal((await response.arrayBuffer()).byteLength, 160 * part.length);
      await giving;
      const cancelled = await app.fetch(`/file_of?${fileURLToPath(import.meta.url)}`);
      await cancelled.body.cancel();
    }),
  ));

test("many requests at once, among them ones that fail", () =>
  withApp(async (app) => {
    const paths = ["/hello", "/stream?3", "/error", "/status?404", "/loop_of"];
    const all = Array.from({ length: 2000 }, (_, index) =>
      get(app, paths[index % paths.length]).then(
        ({ status }) => status,
        (error) => error.code,
      ),
    );
    const results = await Promise.all(all);
    const expected = [200, 200, "ERR_PYTHON", 404, 200];
    results.forEach((result, index) => assert.equal(result, expected[index % expected.length]));
    const { tasks, pid } = JSON.parse((await get(app, "/loop_of")).text);
    assert.ok(tasks <= 3, `${tasks} tasks are left`);
    assert.equal(pid, process.pid);
  }));

test("Python is the one that was asked for, with libraries of its own", () =>
  withApp(async (app) => {
    const seen = JSON.parse((await get(app, "/loop_of")).text);
    const opened = await asgi.openPython(python === undefined ? {} : { python });
    assert.equal(seen.executable, opened.executable);
    assert.equal(seen.version.join("."), opened.version);
    const alone = run(opened.executable, ["-c", "import zlib, ssl; print(zlib.ZLIB_RUNTIME_VERSION, ssl.OPENSSL_VERSION)"]);
    assert.equal(`${seen.zlib} ${seen.openssl}\n`, alone, "not those that Node and Bun export");
    // Installed by `cargo xtask test` into its virtual environment, where uvloop has to be the loop.
    const extensions = JSON.parse((await get(app, "/extensions")).text);
    assert.equal(seen.loop, extensions.uvloop === null ? "asyncio" : "uvloop");
    if (process.env.IRONBRIDGE_TEST_EXTENSIONS) {
      for (const [name, version] of Object.entries(extensions)) assert.ok(version, name);
    }
  }));
