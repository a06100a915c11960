// Terminals: a program's output to its last byte, and open, write, read, close one by one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compare, needed, quantiles, quick } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast, atMost, earlier, holds } from "../report.mjs";
import { openInNode, printInNode } from "../baselines/terminals.mjs";

const MB = 1_048_576;
const LINE = "0123456789abcdef".repeat(4).slice(1);
const AMOUNTS = quick ? { "64 KB": 65_536 } : { "1 MB": MB, "50 MB": 50 * MB };
/** For all rounds of one of Bun's. */
const BUN_MS = 40_000;
/** `\n` becomes `\r\n` on its way through a terminal. */
const shown = (bytes) => bytes + bytes / 64;
const print = (bytes) => `yes ${LINE} | head -c ${bytes}`;

export const title = "terminal";

export async function measure(row) {
  for (const [name, bytes] of Object.entries(AMOUNTS))
    await output(row, `${name} out, open to exit`, print(bytes), shown(bytes));
  await output(row, "`true`, open to exit", "true", 0, [
    atLeast(3, "node-pty"),
    atLeast(2, "node-pty", "cpu_us"),
    earlier(6),
  ]);
  await oneByOne(row);
}

async function output(row, name, command, expected, further = []) {
  const fewest = {};
  const counted = (peer, run) => ({
    run: async () => {
      const bytes = await run(command);
      fewest[peer] = Math.min(fewest[peer] ?? Infinity, bytes);
    },
    spawns: true,
  });
  const contenders = {
    ironbridge: counted("ironbridge", ours),
    "node-pty": counted("node-pty", printInNode),
  };
  const floor = needed("IRONBRIDGE_BENCH_READ_LOOP");
  if (floor)
    contenders["read loop in C"] = counted(
      "read loop in C",
      (text) => JSON.parse(spawnSync(floor, [text], { encoding: "utf8" }).stdout).bytes,
    );
  const figures = await compare(contenders, { seconds: expected > 10 * MB ? 12 : 3 });
  const { found, endless } = bun(name, command, expected);
  Object.assign(figures, found);
  assert.equal(fewest.ironbridge, expected);
  const losers = Object.entries(fewest).filter(([, bytes]) => bytes < expected);
  for (const [peer, { bytes }] of Object.entries(figures))
    if (bytes < expected) losers.push([peer, bytes]);
  row.add(name, figures, {
    today: "node-pty",
    reach: [
      holds("every byte", true),
      atMost(1.8, "read loop in C"),
      ...["node-pty", "Bun’s terminal", "bun-pty"].map((peer) =>
        atLeast(1, peer, "p50_us", `faster than ${peer}`),
      ),
      ...further,
    ],
    rust:
      expected > 10 * MB
        ? "pty::fifty_megabytes"
        : expected === 0
          ? "pty::create_to_exit"
          : undefined,
    note:
      [
        ...losers.map(([peer, bytes]) => `${peer} gave ${bytes} of ${expected} bytes at worst`),
        ...endless.map((peer) => `${peer} had not ended after ${BUN_MS / 1000} s`),
      ].join(", ") || undefined,
  });
}

/** How many bytes came before the end. */
async function ours(command) {
  const terminal = await ironbridge.Pty.open("/bin/sh", ["-c", command], { text: false });
  let bytes = 0;
  terminal.on("data", (part) => {
    bytes += part.length;
  });
  await terminal.exited;
  await terminal.close();
  return bytes;
}

/** Bun's terminals exist only in Bun: another process, so these turns do not alternate with ours. */
function bun(name, command, expected) {
  if (quick) return { found: {}, endless: [] };
  const program = needed("IRONBRIDGE_BENCH_BUN");
  const script = fileURLToPath(new URL("../baselines/terminals-bun.mjs", import.meta.url));
  const rounds = expected > 10 * MB ? 2 : 25;
  const found = {};
  const endless = [];
  for (const peer of ["Bun’s terminal", "bun-pty"]) {
    const { stdout, status, stderr, error } = spawnSync(program, [script, peer, command, rounds], {
      encoding: "utf8",
      timeout: BUN_MS,
    });
    if (error?.code === "ETIMEDOUT") {
      endless.push(peer);
      continue;
    }
    if (status !== 0) throw new Error(`${peer}, ${name}: exit code ${status}\n${stderr}`);
    const { times, cpu_us, bytes } = JSON.parse(stdout.trim().split("\n").at(-1));
    found[peer] = { ...quantiles(times), cpu_us, rounds: times.length, bytes };
  }
  return { found, endless };
}

async function oneByOne(row) {
  const [one, other] = [await ironbridge.Pty.open("/bin/cat", []), openInNode("/bin/cat")];
  row.add(
    "write a line, and its echo",
    await compare({ ironbridge: echo(one), "node-pty": echo(other) }),
    {
      today: "node-pty",
      reach: [atLeast(1, "node-pty", "p50_us", "faster than node-pty")],
    },
  );
  await one.close();
  other.kill();

  const figures = await compare({
    ironbridge: {
      run: async () => (await ironbridge.Pty.open("/bin/cat", [])).close(),
      spawns: true,
    },
    "node-pty": { run: () => openInNode("/bin/cat").end(), spawns: true },
  });
  row.add("open and close", figures, {
    today: "node-pty",
    reach: [atLeast(1, "node-pty", "p50_us", "faster than node-pty")],
  });
}

/** A line goes in; what the terminal shows of it comes out. */
function echo(terminal) {
  let wake = () => {};
  let round = 0;
  let text = "";
  const onData = (part) => {
    text += part.toString();
    wake();
  };
  if (terminal.on) terminal.on("data", onData);
  else terminal.onData(onData);
  return async () => {
    const mark = `line-${round++}.`;
    text = "";
    const seen = new Promise((resolve) => {
      wake = () => text.includes(mark) && resolve();
    });
    terminal.write(`${mark}\n`);
    await seen;
  };
}
