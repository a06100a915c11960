import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, ironbridge } from "./place.mjs";

const { KeyedLock, KeyedLockHold } = ironbridge;
/** Every promise that can go on has gone on. */
const settled = () => new Promise(setImmediate);

test("many read or one writes, and a free key costs nothing", async () => {
  const lock = new KeyedLock();
  const [first, second] = [await lock.read("a"), await lock.read("a")];
  assert.ok(first instanceof KeyedLockHold);
  assert.equal(lock.state("a"), "read");
  assert.equal(lock.tryWrite("a"), undefined);
  assert.ok(lock.tryWrite("b"));
  first.release();
  first.release();
  assert.equal(lock.state("a"), "read");
  second.release();
  assert.equal(lock.state("a"), "free");
  const writing = lock.tryWrite("a");
  assert.equal(lock.state("a"), "write");
  assert.equal(lock.tryRead("a"), undefined);
  writing[Symbol.dispose]();
  assert.equal(lock.size, 1);
});

test("work is done while the key is held, and its error lets go", async () => {
  const lock = new KeyedLock();
  assert.equal(await lock.withWrite("a", () => lock.state("a")), "write");
  assert.equal(await lock.withRead("a", async () => lock.state("a")), "read");
  const oops = new Error("oops");
  assert.equal(await failure(lock.withWrite("a", () => Promise.reject(oops))), oops);
  assert.equal(await failure(lock.withRead("a", () => Promise.reject(oops))), oops);
  assert.equal(lock.size, 0);
});

test("who waits to write goes before later readers, and whoever gives up lets them go", async () => {
  const lock = new KeyedLock();
  const reading = await lock.read("a");
  const controller = new AbortController();
  const reason = new Error("no more");
  const writer = failure(lock.write("a", { signal: controller.signal }));
  let read = false;
  const reader = lock.read("a").then((hold) => {
    read = true;
    return hold;
  });
  await settled();
  assert.equal(read, false);
  controller.abort(reason);
  const error = await writer;
  assert.deepEqual([error.code, error.name, error.cause], ["ERR_CANCELLED", "AbortError", reason]);
  (await reader).release();
  reading.release();
  assert.equal(lock.size, 0);
  assert.equal(
    (await failure(lock.read("a", { signal: AbortSignal.abort() }))).code,
    "ERR_CANCELLED",
  );
  assert.equal((await failure(lock.read("a", { signal: {} }))).code, "ERR_INVALID_INPUT");
  assert.equal(lock.size, 0);
});

/** The same sequence on every run. */
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("it does what a plain model does, whatever is asked", async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const pick = random(seed);
    const lock = new KeyedLock();
    // The model: who holds, and who waits in which order.
    let holders = [];
    let waiting = [];
    const calls = [];
    const admit = () => {
      for (;;) {
        const writer = waiting.find((call) => call.writes);
        const next =
          writer ?? waiting.find(() => !holders.some((call) => call.writes));
        if (next === undefined || (next.writes && holders.length > 0)) return;
        if (!next.writes && holders.some((call) => call.writes)) return;
        waiting = waiting.filter((call) => call !== next);
        holders.push(next);
      }
    };
    for (let step = 0; step < 60; step++) {
      const action = pick(4);
      if (action < 2) {
        const call = { writes: action === 0, controller: new AbortController() };
        const { signal } = call.controller;
        const promise = call.writes ? lock.write("k", { signal }) : lock.read("k", { signal });
        promise.then(
          (hold) => {
            call.hold = hold;
          },
          () => {},
        );
        calls.push(call);
        waiting.push(call);
      } else if (action === 2 && holders.length > 0) {
        const call = holders[pick(holders.length)];
        holders = holders.filter((other) => other !== call);
        call.done = true;
        call.hold.release();
      } else if (action === 3 && waiting.length > 0) {
        const call = waiting[pick(waiting.length)];
        waiting = waiting.filter((other) => other !== call);
        call.controller.abort();
      }
      admit();
      await settled();
      const held = calls.filter((call) => call.hold && !call.done);
      assert.deepEqual(new Set(held), new Set(holders), `seed ${seed}, step ${step}`);
    }
    for (const call of waiting) call.controller.abort();
    // Readers that waited for a writer alone have got in meanwhile.
    await settled();
    for (const call of calls.filter((call) => call.hold)) call.hold.release();
    assert.equal(lock.size, 0);
  }
});

test("ten thousand keys leave nothing behind, also those that are waited for in vain", async () => {
  const lock = new KeyedLock();
  for (let key = 0; key < 10_000; key++) {
    const hold = await lock.write(key);
    const controller = new AbortController();
    const waiting = failure(lock.read(key, { signal: controller.signal }));
    controller.abort();
    await waiting;
    hold.release();
  }
  assert.equal(lock.size, 0);
});
