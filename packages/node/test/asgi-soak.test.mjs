// Thousands of requests that are given up at any moment, and what is left of them: nothing.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { get, test, withApp } from "./asgi-place.mjs";

const REQUESTS = 10_000;
const AT_ONCE = 200;
/** What allocators keep for later: 12 MB were seen. A body that leaks each time would be ten times as much. */
const GROWTH_BYTES_MAX = 32 * 1024 * 1024;

/** The same numbers each time (Lehmer's generator). */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
}

const PATHS = ["/hello", "/echo", "/stream?20", "/large?20000,10", "/stubborn", "/waits", "/events"];

/** One request that is given up after some turns of the event loop, or never. */
async function one(app, roll) {
  const path = PATHS[roll(PATHS.length)];
  const control = new AbortController();
  const init = { signal: control.signal };
  if (path === "/echo" || path === "/events") Object.assign(init, { method: "POST", body: "x".repeat(roll(30_000)) });
  const answer = app.fetch(path, init).then(
    async (response) => (roll(3) === 0 ? response.body?.cancel() : response.arrayBuffer()),
  );
  const endless = path === "/stubborn" || path === "/waits";
  if (endless || roll(2) === 0) {
    for (let turns = roll(6); turns > 0; turns -= 1) await turn();
    control.abort();
  }
  await answer.catch((error) => assert.equal(error.code, "ERR_CANCELLED"));
}

async function many(app, count, roll) {
  let begun = 0;
  const worker = async () => {
    while (begun++ < count) await one(app, roll);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What the process has of tasks, threads, descriptors and memory when nothing is under way. */
async function state(app) {
  await get(app, "/the_log");
  await get(app, "/the_logged");
  let seen;
  // The tasks that were cancelled end in turns of the loop of their own.
  do seen = JSON.parse((await get(app, "/collected")).text);
  while (seen.tasks > 2);
  globalThis.gc?.();
  return {
    ...seen,
    descriptors: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
    memory: Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024,
  };
}

const linux = process.platform === "linux";

test("of ten thousand requests that are given up at random nothing is left", () =>
  withApp(
    async (app) => {
      if (!linux) return;
      const roll = dice(20_261_121);
      await many(app, REQUESTS / 4, roll);
      const before = await state(app);
      await many(app, REQUESTS, roll);
      const after = await state(app);
      assert.equal(after.tasks, before.tasks);
      assert.ok(after.descriptors <= before.descriptors + 2, `${after.descriptors} descriptors`);
      assert.ok(after.threads <= before.threads, `${after.threads} threads`);
      assert.ok(after.objects < before.objects + 1000, `${after.objects - before.objects} objects of Python's more`);
      // Bun's collector cannot be asked to give memory back.
      const growth = after.memory - before.memory;
      if (process.versions.bun === undefined) assert.ok(growth < GROWTH_BYTES_MAX, `${growth} bytes more`);
    },
    { graceMs: 0 },
  ));

/** One request on a connection of its own, which breaks off after some turns of the event loop. */
function broken(port, roll) {
  return new Promise((resolve) => {
    const path = PATHS[roll(PATHS.length)];
    const socket = connect(port, "127.0.0.1", async () => {
      socket.write(`POST ${path} HTTP/1.1\r\nhost: h\r\ncontent-length: 50000\r\n\r\n${"x".repeat(roll(50_001))}`);
      for (let turns = roll(8); turns > 0; turns -= 1) await turn();
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", resolve);
    socket.resume();
  });
}

/** Breaks off so many requests, and looks what is left. */
async function breaksOff(app, port, count, more) {
  const roll = dice(7);
  const rounds = async (requests) => {
    for (let done = 0; done < requests; done += 25) {
      await Promise.all(Array.from({ length: 25 }, () => broken(port, roll)));
      // Whoever breaks off waits for nobody: without this they would pile up before a server that is slower than they.
      await (await fetch(`http://127.0.0.1:${port}/hello`)).text();
    }
  };
  await rounds(count / 4);
  const before = await state(app);
  await rounds(count);
  const after = await state(app);
  assert.equal(after.tasks, before.tasks);
  const objects = after.objects - before.objects;
  assert.ok(objects < Math.max(500, count / 10), `${objects} objects of Python's more`);
  more?.(before, after);
}

test("sockets that break off behind node:http leave nothing either", () =>
  withApp(
    async (app) => {
      if (!linux) return;
      const server = createServer(app.handler());
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        await breaksOff(app, server.address().port, 1000);
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
    { graceMs: 0 },
  ));

test("ten thousand requests to the listener that break off leave no task, thread, descriptor or memory", () =>
  withApp(
    async (app) => {
      if (!linux) return;
      const server = await app.listen();
      await breaksOff(app, server.port, REQUESTS, (before, after) => {
        assert.ok(after.descriptors <= before.descriptors + 2, `${after.descriptors}, ${before.descriptors} descriptors before`);
        assert.ok(after.threads <= before.threads, `${after.threads} threads, ${before.threads} before`);
        const growth = after.memory - before.memory;
        if (process.versions.bun === undefined) assert.ok(growth < GROWTH_BYTES_MAX, `${growth} bytes more`);
      });
    },
    { graceMs: 0 },
  ));

test("idle, it takes no processor time", () =>
  withApp(async (app) => {
    if (!linux) return;
    const ticks = () => {
      const [id] = readdirSync("/proc/self/task").filter((task) => readFileSync(`/proc/self/task/${task}/comm`, "utf8").startsWith("ironbridge-py"));
      // Voluntary switches count how often the thread woke: a thread that sleeps has none.
      return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/self/task/${id}/status`, "utf8"))[1]);
    };
    await get(app, "/hello");
    const waiting = app.fetch("/slow_reader", { method: "POST", body: "x" });
    await get(app, "/hello");
    const before = ticks();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.ok(ticks() - before <= 2, `it woke ${ticks() - before} times`);
    await get(app, "/open_gate");
    assert.equal(await (await waiting).text(), "1");
  }));
