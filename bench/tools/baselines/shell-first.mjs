// In a process of its own: loads `ironbridge`, the peer or nothing, reads one command, tells how long it took.
import { createRequire } from "node:module";
const start = performance.now();
const cpu = process.cpuUsage();
const command = "cd src && npm test";
if (process.argv[2] === "ironbridge") {
  const { ironbridge } = await import("../ours.mjs");
  ironbridge.parseShell(command);
} else if (process.argv[2] === "nothing") {
  createRequire(import.meta.url)("./empty.cjs");
} else {
  const { load } = await import("./shell-answer.mjs");
  (await load()).answer(command);
}
const wall_us = 1000 * (performance.now() - start);
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify({ wall_us, cpu_us: user + system }));
// An orderly exit waits, for over a second, until V8 has compiled the peer's WebAssembly anew.
process.kill(process.pid, "SIGKILL");
