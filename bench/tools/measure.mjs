// How everything here is measured: contenders take turns in the same process, after a warm-up, until the time is up.
// A turn repeats what is short, so that the clock can tell it. The processor's time is that of all threads, and where
// a contender starts programs, of those that have ended; Linux counts theirs in steps of 10 ms, so it is summed
// before it is divided.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/** Set by `run.mjs --quick`: everything is done once or twice on little input, to see that it works. */
export const quick = process.env.IRONBRIDGE_BENCH_QUICK === "1";

/** A program that `cargo xtask bench tools` names; the quick form alone may do without. */
export function needed(variable) {
  const program = process.env[variable];
  if (!program && !quick) throw new Error(`${variable} is not set: a peer could not be built`);
  return program;
}

const TURN_MS = quick ? 0 : 3;
const WARM_UP_MS = quick ? 0 : 250;
const SECONDS = quick ? 0 : 1.5;
/** What takes longer than this has a turn in every third round only: the others need not wait for it. */
const SLOW_MS = 1000;
const ROUNDS = quick ? { min: 2, max: 2 } : { min: 4, max: 201 };
const TICK_US = 10_000;

/**
 * Measures contenders against each other.
 *
 * A contender is a function that does one operation (what it returns is awaited if it is a promise), or `{run, before,
 * spawns}`: `before` prepares a turn and is not counted, and makes every turn one operation.
 *
 * @returns per contender `{p50_us, p95_us, cpu_us, rounds, per_turn}`, per operation
 */
export async function compare(contenders, { seconds = SECONDS } = {}) {
  const rows = Object.entries(contenders).map(([name, given]) => ({
    name,
    ...(typeof given === "function" ? { run: given } : given),
    times: [],
    cpu: 0,
    done: 0,
  }));
  globalThis.gc?.();
  for (const row of rows) await warmUp(row);
  const end = performance.now() + (quick ? 0 : seconds * 1000);
  for (let round = 0; round < ROUNDS.max; round++) {
    if (round >= ROUNDS.min && performance.now() > end) break;
    // Who goes first changes: what one leaves behind (a warm disk, garbage) does not always meet the same one.
    for (let place = 0; place < rows.length; place++) {
      const row = rows[(place + round) % rows.length];
      if (!row.slow || round % 3 === 0) await turn(row);
    }
  }
  return Object.fromEntries(rows.map((row) => [row.name, figures(row)]));
}

/** Runs it until compilers are done with it, and sees how often it fits into a turn. */
async function warmUp(row) {
  const begun = performance.now();
  let each;
  // Batches grow, and the last one decides: what takes less than a microsecond takes ten times as long at first.
  let batch = 1;
  do {
    let spent = 0;
    for (let index = 0; index < batch; index++) {
      await row.before?.();
      const start = performance.now();
      const result = row.run();
      if (typeof result?.then === "function") await result;
      spent += performance.now() - start;
    }
    each = spent / batch;
    if (spent < WARM_UP_MS / 8) batch *= 2;
  } while (performance.now() - begun < WARM_UP_MS);
  row.slow = !quick && each > SLOW_MS;
  row.perTurn = row.before ? 1 : Math.max(1, Math.min(100_000, Math.floor(TURN_MS / each)));
}

async function turn(row) {
  await row.before?.();
  const { run, perTurn, spawns } = row;
  const cpu = cpuMicroseconds(spawns);
  const start = performance.now();
  for (let index = 0; index < perTurn; index++) {
    const result = run();
    if (typeof result?.then === "function") await result;
  }
  const spent = performance.now() - start;
  row.cpu += cpuMicroseconds(spawns) - cpu;
  row.done += perTurn;
  row.times.push((1000 * spent) / perTurn);
}

function figures({ times, cpu, done, perTurn }) {
  return { ...quantiles(times), cpu_us: cpu / done, rounds: times.length, per_turn: perTurn };
}

export function quantiles(times) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  return { p50_us: at(0.5), p95_us: at(0.95) };
}

/** Of this process and, where asked for, of the programs it started that have ended. */
export function cpuMicroseconds(children = false) {
  const { user, system } = process.cpuUsage();
  if (!children) return user + system;
  // Fields 16 and 17; counted behind the name, which may hold spaces.
  const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1).split(" ");
  return user + system + (Number(fields[13]) + Number(fields[14])) * TICK_US;
}

/** Resident bytes of this process: now, and the most since {@link forgetPeak}. */
export function memory() {
  const status = readFileSync("/proc/self/status", "latin1");
  const field = (name) => 1024 * Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))[1]);
  return { now: field("VmRSS"), peak: field("VmHWM") };
}

export function forgetPeak() {
  writeFileSync("/proc/self/clear_refs", "5");
}

/** What a script of this folder prints as JSON, in a process of its own; which may have killed itself afterwards. */
export function inOwnProcess(
  script,
  argv,
  { program = process.execPath, flags = ["--expose-gc"] } = {},
) {
  const file = new URL(script, import.meta.url).pathname;
  const argumentsOf = [...flags, file, ...argv.map(String)];
  const done = spawnSync(program, argumentsOf, { encoding: "utf8" });
  const { status, signal, stdout, stderr, error } = done;
  if (error) throw error;
  if (status !== 0 && signal !== "SIGKILL") throw new Error(`${script} ${argv.join(" ")}: exit code ${status}\n${stderr}`);
  if (stdout === "") throw new Error(`${script} ${argv.join(" ")}: it said nothing\n${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
