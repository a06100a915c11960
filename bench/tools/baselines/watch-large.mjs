// In a process of its own: begins to watch 50,000 files, has a thousand of them written, tells what both cost.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { tree } from "../fixtures.mjs";
import { cpuMicroseconds, forgetPeak, memory } from "../measure.mjs";
import { WATCHERS } from "./watchers.mjs";

const FILES = 50_000;
const WRITTEN = 1000;
const LOST_AFTER_MS = 20_000;
const folder = tree(FILES);
globalThis.gc();
forgetPeak();
const before = memory().now;
const cpu = cpuMicroseconds();
const start = performance.now();
const seen = new Set();
let done;
const all = new Promise((resolve) => {
  done = resolve;
});
const stop = await WATCHERS[process.argv[2]](folder, (path) => {
  seen.add(path);
  if (seen.size >= WRITTEN) done();
});
const ready_us = 1000 * (performance.now() - start);
const writer = fileURLToPath(new URL("write-files.mjs", import.meta.url));
spawn(process.execPath, [writer, FILES, WRITTEN], { stdio: "inherit" });
await Promise.race([all, new Promise((resolve) => setTimeout(resolve, LOST_AFTER_MS))]);
const told = {
  ready_us,
  cpu_us: cpuMicroseconds() - cpu,
  memory_bytes: memory().peak - before,
  lost: WRITTEN - seen.size,
};
console.log(JSON.stringify(told));
await stop();
process.exit(0);
