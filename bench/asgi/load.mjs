// The load: wrk for HTTP, a process of its own for WebSockets.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));

/** Requests that were answered rightly, and how many a second. */
export function load(port, one, connections, seconds) {
  return one.name === "websocket"
    ? websocket(port, one, connections, seconds)
    : wrk(port, one, connections, seconds);
}

async function wrk(port, { path, method, body }, connections, seconds) {
  const place = mkdtempSync(join(tmpdir(), "ironbridge-bench-"));
  try {
    const script = join(place, "load.lua");
    const lines = [
      ...(method ? [`wrk.method = "${method}"`, `wrk.body = string.rep("${body[0]}", ${body.length})`] : []),
      "function done(summary)",
      "  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout",
      '  io.stderr:write(string.format("%d %d %d\\n", summary.requests, summary.duration, bad))',
      "end",
    ];
    writeFileSync(script, lines.join("\n"));
    const flags = ["-t1", `-c${connections}`, `-d${Math.ceil(seconds)}s`, "--timeout", "10s", "-s", script];
    const told = await said("wrk", [...flags, `http://127.0.0.1:${port}${path}`]);
    const [requests, micros, bad] = told.trim().split("\n").at(-1).split(" ").map(Number);
    if (!(requests > 0)) throw new Error("wrk was not answered");
    if (bad > 0) throw new Error(`${bad} of ${requests} requests failed`);
    return { requests, perSecond: requests / (micros / 1e6) };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function websocket(port, { path }, connections, seconds) {
  const told = await said(process.execPath, [join(folder, "websocket.mjs"), port, path, connections, seconds].map(String));
  return JSON.parse(told.trim().split("\n").at(-1));
}

/** What it says on standard error. */
function said(program, flags) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, flags, { stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.on("data", (part) => {
      text += part;
    });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve(text) : reject(new Error(reason(text)))));
  });
}

function reason(text) {
  const lines = text.trim().split("\n");
  return lines.find((line) => /Error/.test(line)) ?? lines.at(-1);
}
