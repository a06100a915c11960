// In a process of its own: begins to watch 50,000 files, has a thousand of them written, tells what both cost.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths, tree } from "../fixtures.mjs";
import { cpuMicroseconds, forgetPeak, memory } from "../measure.mjs";
import { WATCHERS } from "./watchers.mjs";

const FILES = 50_000;
const WRITTEN = 1000;
const folder = tree(FILES);
const files = paths(FILES)
  .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
  .slice(0, WRITTEN)
  .map((path) => join(folder, path));
const contents = files.map((file) => readFileSync(file));
globalThis.gc();
forgetPeak();
const before = memory().now;
const cpu = cpuMicroseconds();
const start = performance.now();
const missing = new Set(files);
let done;
const all = new Promise((resolve) => {
  done = resolve;
});
const stop = await WATCHERS[process.argv[2]](folder, (path) => {
  if (missing.delete(path) && missing.size === 0) done();
});
const ready_us = 1000 * (performance.now() - start);
files.forEach((file, index) => writeFileSync(file, contents[index]));
await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 20_000))]);
console.log(
  JSON.stringify({
    ready_us,
    cpu_us: cpuMicroseconds() - cpu,
    memory_bytes: memory().peak - before,
    lost: missing.size,
  }),
);
await stop();
process.exit(0);
