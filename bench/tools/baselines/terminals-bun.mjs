// Run by Bun: terminals-bun.mjs PEER COMMAND ROUNDS. Tells the times, the processor's time a round, and the fewest
// bytes.
import { readFileSync } from "node:fs";

const [peer, command, rounds] = process.argv.slice(2);
const WARM_UP = 2;
/** After the end of the program: how long nothing may come before it counts as all. */
const QUIET_MS = 50;

const run = peer === "bun-pty" ? await bunPty() : ofBun;
const times = [];
let bytes = Infinity;
let before = 0;
for (let round = -WARM_UP; round < Number(rounds); round++) {
  if (round === 0) before = used();
  const start = performance.now();
  bytes = Math.min(bytes, await run(command));
  if (round >= 0) times.push(1000 * (performance.now() - start));
}
console.log(JSON.stringify({ times, cpu_us: (used() - before) / times.length, bytes }));
process.exit(0);

/** The exit is told without the rest of the output: waits until nothing comes. */
async function ofBun(text) {
  let got = 0;
  const child = Bun.spawn(["/bin/sh", "-c", text], {
    terminal: {
      cols: 80,
      rows: 24,
      data: (_, part) => {
        got += part.length;
      },
    },
  });
  await child.exited;
  const ended = performance.now();
  for (let last = -1; last !== got && performance.now() - ended < QUIET_MS; ) {
    last = got;
    await new Promise(setImmediate);
  }
  child.terminal.close();
  return got;
}

async function bunPty() {
  const { spawn } = await import("bun-pty");
  return (text) =>
    new Promise((resolve) => {
      let got = 0;
      const terminal = spawn("/bin/sh", ["-c", text], { name: "xterm", cols: 80, rows: 24 });
      terminal.onData((part) => {
        got += Buffer.byteLength(part);
      });
      terminal.onExit(() => setImmediate(() => resolve(got)));
    });
}

function used() {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1).split(" ");
  return user + system + (Number(fields[13]) + Number(fields[14])) * 10_000;
}
