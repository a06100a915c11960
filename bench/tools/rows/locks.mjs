// A lock by key within the program: JavaScript on all sides. A round ends when all who wanted the lock have had it.
import assert from "node:assert/strict";
import { Semaphore } from "async-mutex";
import ReadWriteLock from "rwlock";
import { compare } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast, earlier } from "../report.mjs";

const READERS_MAX = 10;
const KEY = "src/index.ts";

export const title = "keyed lock";

export async function measure(row) {
  const cases = {
    "one reads": ["read"],
    "ten read": Array(10).fill("read"),
    "one writes": ["write"],
    "seven read, three write": [
      "read",
      "write",
      "read",
      "read",
      "write",
      "read",
      "read",
      "write",
      "read",
      "read",
    ],
  };
  for (const [name, wishes] of Object.entries(cases)) {
    const contenders = {};
    for (const [peer, lock] of Object.entries({
      ironbridge: ours(),
      "async-mutex": semaphores(),
      rwlock: readWriteLock(),
    })) {
      await exclusive(lock, wishes);
      contenders[peer] = () => Promise.all(wishes.map((wish) => turn(lock, wish)));
    }
    row.add(name, await compare(contenders), {
      today: "async-mutex",
      reach: [
        ...["async-mutex", "rwlock"].map((peer) =>
          atLeast(1, peer, "p50_us", `no slower than ${peer}`),
        ),
        ...(name === "one reads" ? [earlier(0.1)] : []),
      ],
    });
  }
}

/** Holds it for one turn of the queue of promises. */
async function turn(lock, wish, during = () => {}) {
  const held = await lock[wish](KEY);
  during(wish);
  await undefined;
  during(undefined);
  lock.release(held);
}

/** While one writes, nobody else is in. */
async function exclusive(lock, wishes) {
  const inside = [];
  await Promise.all(
    wishes.map((wish) =>
      turn(lock, wish, (begun) => {
        if (begun) inside.push(begun);
        assert(!inside.includes("write") || inside.length === 1);
        if (!begun) inside.splice(inside.indexOf(wish), 1);
      }),
    ),
  );
}

function ours() {
  const lock = new ironbridge.KeyedLock();
  return {
    read: (key) => lock.read(key),
    write: (key) => lock.write(key),
    release: (hold) => hold.release(),
  };
}

/** It has no lock for readers: a semaphore by key, of which a writer takes all. */
function semaphores() {
  const keys = new Map();
  const take = (key, weight) => {
    let semaphore = keys.get(key);
    if (semaphore === undefined) keys.set(key, (semaphore = new Semaphore(READERS_MAX)));
    return semaphore.acquire(weight);
  };
  return {
    read: (key) => take(key, 1),
    write: (key) => take(key, READERS_MAX),
    release: ([, release]) => release(),
  };
}

function readWriteLock() {
  const lock = new ReadWriteLock();
  return {
    read: (key) => new Promise((resolve) => lock.readLock(key, resolve)),
    write: (key) => new Promise((resolve) => lock.writeLock(key, resolve)),
    release: (release) => release(),
  };
}
