// From a write to its event, one file and thousands; and what watching a large tree costs.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { remove, scratch } from "../fixtures.mjs";
import { cpuMicroseconds, inOwnProcess, quantiles, quick } from "../measure.mjs";
import { atLeast, atMost, holds } from "../report.mjs";
import { WATCHERS } from "../baselines/watchers.mjs";

const WRITES = quick ? 3 : 80;
const BATCH = quick ? 100 : 5000;
const BATCHES = quick ? 1 : 2;
const FOLDERS = 50;
/** Far more than any of them takes: what is not told by then is lost. */
const LOST_AFTER_MS = 8_000;

export const title = "watch";

export async function measure(row) {
  const home = scratch();
  const open = [];
  for (const [name, watch] of Object.entries(WATCHERS)) {
    const folder = join(home, name.replaceAll(/\W/g, ""));
    for (let index = 0; index < FOLDERS; index++)
      mkdirSync(join(folder, `d${index}`), { recursive: true });
    writeFileSync(join(folder, "one.txt"), "");
    const state = {
      name,
      folder,
      seen: new Set(),
      wake: () => {},
      times: [],
      batches: [],
      cpu: 0,
      lost: 0,
    };
    state.stop = await watch(folder, (path) => {
      state.seen.add(relative(folder, path));
      state.wake();
    });
    open.push(state);
  }
  await oneFile(row, open);
  await batch(row, open);
  for (const { stop } of open) await stop();
  remove(home);
  if (!quick) largeTree(row);
}

async function oneFile(row, open) {
  for (let round = 0; round < WRITES; round++) {
    for (const state of open) {
      // As an editor saves: now and then, not in step with anyone's clock.
      await pause(5 + ((round * 7) % 23));
      state.seen.clear();
      const cpu = cpuMicroseconds();
      const start = performance.now();
      const told = until(state, () => state.seen.has("one.txt"));
      writeFileSync(join(state.folder, "one.txt"), `${round}`);
      if (await told) state.times.push(1000 * (performance.now() - start));
      else state.lost++;
      state.cpu += cpuMicroseconds() - cpu;
    }
  }
  row.add("one file, write to event", told(open), {
    today: "chokidar",
    reach: peers(open).flatMap((peer) => [
      atLeast(1, peer, "p50_us", `faster than ${peer}`),
      atLeast(1, peer, "p95_us", `faster than ${peer} at p95`),
    ]),
    rust: "watch::latency",
    note: lost(open),
  });
  assert.equal(open.find(({ name }) => name === "ironbridge").lost, 0);
}

async function batch(row, open) {
  for (const state of open) Object.assign(state, { times: [], cpu: 0, lost: 0 });
  for (let round = 0; round < BATCHES; round++) {
    for (const state of open) {
      await pause(600);
      state.seen.clear();
      const names = Array.from({ length: BATCH }, (_, index) =>
        join(`d${index % FOLDERS}`, `${round}-${index}`),
      );
      const cpu = cpuMicroseconds();
      const start = performance.now();
      const all = until(
        state,
        () => state.seen.size >= BATCH && names.every((name) => state.seen.has(name)),
      );
      for (const name of names) writeFileSync(join(state.folder, name), "x");
      if (await all) state.times.push(1000 * (performance.now() - start));
      else state.lost += names.filter((name) => !state.seen.has(name)).length;
      state.cpu += cpuMicroseconds() - cpu;
    }
  }
  const ours = open.find(({ name }) => name === "ironbridge");
  row.add(`a batch of ${BATCH.toLocaleString("en")} files, first write to last event`, told(open), {
    today: "chokidar",
    reach: [
      ...peers(open).map((peer) => atLeast(1, peer, "p50_us", `faster than ${peer}`)),
      holds("no event lost", ours.lost === 0),
    ],
    note: lost(open),
  });
  assert.equal(ours.lost, 0);
}

/** Each in a process of its own. */
function largeTree(row) {
  const contenders = {};
  for (const name of Object.keys(WATCHERS)) {
    const { ready_us, cpu_us, memory_bytes } = inOwnProcess("baselines/watch-large.mjs", [name]);
    contenders[name] = { p50_us: ready_us, p95_us: ready_us, cpu_us, memory_bytes, rounds: 1 };
  }
  row.add("50,000 files: begin, then 1,000 writes", contenders, {
    today: "chokidar",
    reach: [atMost(0.33, "chokidar", "cpu_us"), atMost(0.33, "chokidar", "memory_bytes")],
    rust: "watch::start_1000_folders",
    note: "the time is that of beginning",
  });
}

/** Whether it came to be before it counts as lost. */
function until(state, isSo) {
  return new Promise((resolve) => {
    const end = (outcome) => {
      clearTimeout(timer);
      state.wake = () => {};
      resolve(outcome);
    };
    const timer = setTimeout(() => end(false), LOST_AFTER_MS);
    state.wake = () => isSo() && end(true);
  });
}

function told(open) {
  return Object.fromEntries(
    open
      .filter(({ times }) => times.length > 0)
      .map(({ name, times, cpu }) => [
        name,
        { ...quantiles(times), cpu_us: cpu / times.length, rounds: times.length },
      ]),
  );
}

const peers = (open) => open.map(({ name }) => name).filter((name) => name !== "ironbridge");

function lost(open) {
  const losers = open.filter((state) => state.lost > 0);
  return losers.map((state) => `${state.name} lost ${state.lost}`).join(", ") || undefined;
}
