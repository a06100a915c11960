// One contender while it is measured: started, asked, stopped; and what its processes used.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const START_MS = 60_000;
/** Clock ticks of /proc in a second: 100 on every Linux that Node runs on. */
const TICKS = 100;
const folder = dirname(fileURLToPath(import.meta.url));

export async function start(contender) {
  const [program, ...flags] = contender.command;
  const own = contender.free ? await freePort() : undefined;
  if (own !== undefined) flags.push(contender.free === true ? String(own) : `${contender.free}${own}`);
  const env = { ...process.env, ...contender.env?.() };
  const child = spawn(program, flags, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (part) => {
    said = (said + part).slice(-2000);
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const port = await within(START_MS, Promise.race([portOf(child, contender, own), ended.then(() => fail(said))]));
    return { port, pid: child.pid, stop: () => stop(child, ended) };
  } catch (error) {
    await stop(child, ended);
    throw error;
  }
}

function fail(said) {
  const line = said.split("\n").find((one) => /Error/.test(one)) ?? said.trim().split("\n").at(-1);
  throw new Error(line?.trim() || "it ended at once");
}

async function portOf(child, { port }, own) {
  if (own !== undefined) {
    // It says nothing that all of its versions say: asked until it answers.
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:${own}/hello`).catch(() => undefined);
      if (answer?.ok) return own;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return new Promise((resolve) => {
    const input = port ? child.stderr : child.stdout;
    createInterface({ input }).on("line", (line) => {
      const found = (port ?? /^(\d+)$/).exec(line);
      if (found) resolve(Number(found[1]));
    });
  });
}

async function stop(child, ended) {
  child.kill("SIGTERM");
  const killed = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(killed);
}

function within(ms, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not start within ${ms / 1000} s`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Seconds of processor time that a process and all below it have used. */
export function processorSeconds(pid) {
  const rows = new Map();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const text = readFileSync(`/proc/${id}/stat`, "latin1");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      rows.set(Number(id), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It has ended meanwhile.
    }
  }
  let ticks = 0;
  const open = [pid];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    ticks += rows.get(one)?.ticks ?? 0;
    for (const [id, { parent }] of rows) if (parent === one) open.push(id);
  }
  return ticks / TICKS;
}
