// Applications that behave badly: each is an error of its own request, and the others in the process go on.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { asgi, get, options, test, withApp } from "./asgi-place.mjs";
import { failure, inFolder } from "./place.mjs";

const load = (target, more = {}) => asgi.AsgiApp.load(target, { ...options, graceMs: 0, ...more });

/** Path, what `request` rejects with or resolves to, what `node:http` answers. */
const CASES = [
  ["/returns_at_once", "ERR_PROTOCOL", /returned without sending a reply/, 500],
  ["/starts_twice", "ERR_PYTHON", /RuntimeError: http.response.start was sent twice/, 500],
  ["/sends_after_the_end", 200, /^ok$/, 200],
  ["/sends_text", "ERR_PYTHON", /TypeError: body/, 500],
  ["/sends_no_event", "ERR_PYTHON", /TypeError: an event is a dict/, 500],
  ["/raises_first", "ERR_PYTHON", /^LookupError: first$/, 500],
  ["/raises_later", "ERR_PYTHON", /^LookupError: later$/, "broken"],
  ["/raises_after_the_end", 200, /^ok$/, 200],
  ["/recurses", "ERR_PYTHON", /^RecursionError/, 500],
  ["/exits", "ERR_PYTHON", /^SystemExit: 3$/, 500],
  ["/interrupts", "ERR_PYTHON", /^KeyboardInterrupt/, 500],
  ["/exits_in_a_task", 200, /^ok$/, 200],
  ["/exits_in_a_callback", 200, /^ok$/, 200],
  ["/stops_the_loop", 200, /^ok$/, 200],
  ["/cancels_itself", "ERR_PYTHON", /CancelledError/, 500],
  ["/has_huge_headers", "ERR_PYTHON", /ValueError: .*262144/, 500],
  ["/has_many_headers", "ERR_PYTHON", /ValueError: .*262144/, 500],
  ["/reads_no_body", 200, /^ok$/, 200],
  ["/reads_half", 200, /^ok$/, 200],
  ["/starts_threads", 200, /^ok$/, 200],
  ["/sends_from_a_thread", "ERR_PYTHON", /RuntimeError: send\(\) was called from another thread/, 500],
  ["/runs_a_loop", "ERR_PYTHON", /RuntimeError: asyncio.run\(\) cannot be called/, 500],
  ["/forks", 200, /^7$/, 200],
  ["/forks_and_goes_on", 200, /^parent$/, 200],
  ["/forks_workers", 200, /^\[2, 4, 6\]$/, 200],
  ["/runs_a_program", 200, /^program0$/, 200],
];

/** One that gets no answer would hold up all tests. */
const soon = (work, what) => {
  const late = new AbortController();
  const limit = sleep(60_000, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what}: there was no answer within a minute`);
  });
  limit.catch(() => {});
  return Promise.race([work, limit]).finally(() => late.abort());
};

test("what an application does wrong is an error of its own request", () =>
  withApp(async (other) => {
    const app = await load("bad:app");
    try {
      for (const [path, expected, text] of CASES) {
        const body = "x".repeat(300_000);
        const answer = app.request({ method: "POST", path, body });
        if (typeof expected === "number") {
          const { status, body } = await soon(answer, path);
          assert.equal(status, expected, path);
          assert.match(body.toString(), text, path);
        } else {
          const error = await failure(soon(answer, path));
          assert.deepEqual([error.code, path], [expected, path], error.stack);
          assert.match(error.message, text, path);
        }
        assert.equal((await soon(get(other, "/hello"), `after ${path}`)).text, "Hello from Python", path);
      }
    } finally {
      await app.close();
    }
    assert.equal((await get(other, "/hello")).status, 200);
  }));

test("behind node:http and by the listener it is a 500, or a broken reply", () =>
  withApp(async (other) => {
    const app = await load("bad:app");
    const server = createServer(app.handler());
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const native = await app.listen();
    try {
      for (const port of [server.address().port, native.port]) {
        for (const [path, , text, expected] of CASES) {
          const init = { method: "POST", body: "x".repeat(30_000) };
          const answer = await soon(fetch(`http://127.0.0.1:${port}${path}`, init), path);
          const read = answer.text().catch(() => "broken");
          if (expected === "broken") {
            assert.equal(await read, "broken", path);
          } else {
            assert.equal(answer.status, expected, path);
            assert.match(await read, expected === 200 ? text : /^Internal Server Error$/, path);
          }
          assert.equal((await get(other, "/hello")).status, 200, path);
        }
      }
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await app.close();
    }
  }));

test("one that says nothing waits until its client goes, or it is closed", () =>
  withApp(async (other) => {
    const app = await load("bad:app");
    const control = new AbortController();
    const gone = failure(app.request({ path: "/is_silent", signal: control.signal }));
    assert.equal((await get(other, "/hello")).status, 200);
    control.abort();
    assert.equal((await gone).code, "ERR_CANCELLED");
    const closed = failure(app.request({ path: "/is_silent" }));
    await app.close({ drainMs: 0 });
    assert.equal((await closed).code, "ERR_CLOSED");
  }));

test("one that cancels all tasks of the loop takes those of the others, and no more", () =>
  withApp(async (other) => {
    const app = await load("bad:app");
    const waiting = failure(get(other, "/stubborn"));
    await get(other, "/hello");
    assert.equal((await failure(soon(app.request({ path: "/cancels_all" }), "it"))).code, "ERR_PYTHON");
    assert.equal((await soon(waiting, "the other")).code, "ERR_PYTHON");
    assert.equal((await soon(get(other, "/hello"), "the next")).status, 200);
    await soon(app.close(), "its close");
  }));

test("a forked child that comes back to the loop takes no wake-ups of its parent's", () =>
  withApp(async (other) => {
    const app = await load("bad:app");
    for (let round = 0; round < 100; round += 1) {
      const forked = soon(app.request({ path: "/forks_and_goes_on" }), `fork ${round}`);
      for (let turn = 0; turn < 20; turn += 1) {
        await soon(get(other, "/hello"), `turn ${turn} beside fork ${round}`);
        await soon(get(other, "/in_thread"), `turn ${turn} of a thread beside fork ${round}`);
      }
      assert.equal((await forked).status, 200);
    }
    await app.close();
  }));

test("one that blocks the loop holds up Python, and not JavaScript", () =>
  inFolder((_, place) =>
    withApp(async (other) => {
      const app = await load("bad:app");
      const file = join(place, "go on");
      const order = [];
      const blocked = app.request({ path: `/blocks?${file}` }).then(() => order.push("blocked"));
      while (!existsSync(`${file}.begun`)) await sleep(1);
      const behind = get(other, "/hello").then(() => order.push("behind"));
      // JavaScript's own work goes on meanwhile.
      for (let turn = 0; turn < 100; turn += 1) await sleep(1);
      order.push("JavaScript");
      writeFileSync(file, "");
      await Promise.all([blocked, behind]);
      assert.deepEqual(order, ["JavaScript", "blocked", "behind"]);
      await app.close();
    }),
  ));

test("one that is not to be cancelled is left behind, and said", () =>
  withApp(async (other) => {
    const app = await load("bad:app");
    const left = app.request({ path: "/swallows" });
    const error = await failure(app.close({ drainMs: 0 }));
    assert.equal(error.code, "ERR_LIFESPAN");
    assert.equal(error.message, "1 requests did not end, though they were cancelled");
    assert.equal((await get(other, "/hello")).status, 200);
    const again = await load("bad:app");
    await again.request({ path: "/opens" });
    await again.close();
    assert.equal((await soon(left, "it")).status, 200);
  }));

test("a reply's part that is too many for one, requests that are large", () =>
  withApp(async (app) => {
    const large = "x".repeat(1_000_000);
    const headers = [["x-large", large]];
    const scope = JSON.parse((await get(app, "/scope_of", { headers })).text);
    assert.equal(scope.headers[0][1].length, large.length + 2);
    const path = `/scope_of?${large}`;
    assert.equal(JSON.parse((await get(app, path)).text).query_string.length, large.length + 2);
    // Nobody reads this body: the stream is not read on, and let go when the reply is there.
    const app2 = await load("bad:app");
    let given = 0;
    let cancelled = false;
    const endless = new ReadableStream({
      pull(controller) {
        given += 1;
        controller.enqueue(new Uint8Array(10_000));
      },
      cancel() {
        cancelled = true;
      },
    });
    const response = await app2.fetch("/reads_no_body", { method: "POST", body: endless, duplex: "half" });
    assert.equal(await response.text(), "ok");
    for (let turn = 0; turn < 1000 && !cancelled; turn += 1) await sleep(1);
    assert.ok(cancelled && given < 100, `${given} parts were given`);
    await app2.close();
  }));

test("what ends the process ends Node as well", () =>
  inFolder((_, place) => {
    const entry = createRequire(import.meta.url).resolve("ironbridge/asgi");
    const script = join(place, "program.cjs");
    const ends = (path) => {
      const ask = `app.request({ path: ${JSON.stringify(path)} })`;
      writeFileSync(
        script,
        `require(${JSON.stringify(entry)}).AsgiApp.load("bad:app", ${JSON.stringify(options)}).then((app) => ${ask});`,
      );
      return spawnSync(process.execPath, [script], { cwd: place, encoding: "utf8" });
    };
    assert.equal(ends("/leaves_at_once").status, 9);
    const crashed = ends("/crashes");
    assert.ok(crashed.signal !== null || crashed.status > 128, `it ended with ${crashed.status}`);
    // Threads that Python would wait for do not keep Node.
    assert.equal(ends("/starts_threads").status, 0);
  }));

test("no child process is left", async () => {
  if (process.platform !== "linux") return;
  const threads = () => readdirSync("/proc/self/task");
  const children = () => threads().flatMap((id) => readFileSync(`/proc/self/task/${id}/children`, "utf8").split(" ").filter(Boolean));
  const limit = Date.now() + 60_000;
  // The workers of a pool are waited for by a thread of Python's.
  while (children().length > 0 && Date.now() < limit) await sleep(20);
  const shown = children().map((id) => readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " "));
  assert.deepEqual(shown, []);
});
