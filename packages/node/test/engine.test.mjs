import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { failure, inFolder, ironbridge } from "./place.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
// The wrapper's inside, for what no function of the package does.
const require = createRequire(import.meta.url);
const { compute, start } = require(join(here, "../dist/engine.js"));

/** Runs `code` as a program of its own, in whatever runs this. */
function program(code) {
  const done = spawnSync(process.execPath, ["-e", code], {
    cwd: join(here, ".."),
    encoding: "utf8",
    timeout: 60_000,
  });
  return { code: done.status, signal: done.signal, out: done.stdout, err: done.stderr };
}

test("a call that is aborted before it starts does not start", async () => {
  const reason = new Error("no more");
  const error = await failure(ironbridge.glob("*", { signal: AbortSignal.abort(reason) }));
  assert.equal(error.code, "ERR_CANCELLED");
  assert.equal(error.name, "AbortError");
  assert.equal(error.cause, reason);
});

test("an abort ends a call that runs, and one after its end does nothing", () =>
  inFolder(async (options) => {
    const lock = await ironbridge.lockFile("a", options);
    const controller = new AbortController();
    const waiting = failure(ironbridge.lockFile("a", { ...options, signal: controller.signal }));
    setTimeout(() => controller.abort(), 10);
    assert.match((await waiting).code, /^ERR_(CANCELLED|HELD)$/);
    await lock.release();
    const later = new AbortController();
    await ironbridge.listFiles(undefined, { ...options, signal: later.signal });
    later.abort();
  }));

test("a call that still waits for a thread ends at once when it is aborted", () =>
  inFolder(async (options) => {
    const lock = await ironbridge.lockFile("a", options);
    const blockers = new AbortController();
    // All threads of the lane wait for the lock; what comes after is queued.
    const blocking = Array.from({ length: 256 }, () =>
      failure(ironbridge.lockFile("a", { ...options, signal: blockers.signal })),
    );
    const queued = new AbortController();
    const waiting = Array.from({ length: 100 }, () =>
      failure(ironbridge.lockFile("a", { ...options, signal: queued.signal })),
    );
    queued.abort();
    const codes = new Set((await Promise.all(waiting)).map((error) => error.code));
    assert.deepEqual(codes, new Set(["ERR_CANCELLED"]));
    blockers.abort();
    await Promise.all(blocking);
    await lock.release();
  }));

test("a current folder that is gone is told, and any other will do", () => {
  const { out } = program(`
    const fs = require("node:fs");
    const { tmpdir } = require("node:os");
    const { join } = require("node:path");
    const { countTokensAsync, glob, readFile } = require("ironbridge");
    const folder = fs.mkdtempSync(join(tmpdir(), "ironbridge-gone-"));
    process.chdir(folder);
    fs.rmSync(folder, { recursive: true });
    (async () => {
      console.log(await glob("*").catch((error) => error.code));
      console.log(await glob("*", { cwd: "x" }).catch((error) => error.code));
      console.log((await glob("none", { cwd: tmpdir() })).files.length);
      console.log(await countTokensAsync("a"));
    })();
  `);
  assert.equal(out, "ERR_NO_CURRENT_FOLDER\nERR_NO_CURRENT_FOLDER\n0\n1\n");
});

test("a panic is an error, on this thread and on another", async () => {
  const error = await failure(() => compute("test-panic", {}));
  assert.equal(error.code, "ERR_PANIC");
  assert.match(error.message, /asked for by a test at crates\/node\/src\/operation\.rs/);
  assert.equal((await failure(start("test-panic", {}, {}))).code, "ERR_PANIC");
  assert.equal(ironbridge.countTokens("still here"), 2);
  const { code, err } = program(
    `require("./dist/engine.js").start("test-panic", {}, {}).catch((error) => process.exit(error.code === "ERR_PANIC" ? 7 : 1))`,
  );
  assert.deepEqual({ code, err }, { code: 7, err: "" });
});

test("an operation that is not there is an error", async () => {
  assert.equal((await failure(start("none", {}, {}))).code, "ERR_UNKNOWN_OPERATION");
  assert.equal((await failure(() => compute("glob", {}))).code, "ERR_INVALID_INPUT");
});

test("a thousand calls at once all end", () =>
  inFolder(async (options) => {
    await ironbridge.writeFile("a.txt", "a\n", options);
    const all = await Promise.all(
      Array.from({ length: 1000 }, () => ironbridge.readFile("a.txt", options)),
    );
    assert.ok(all.every((read) => read.text === "a\n"));
  }));

test("calls that wait do not hold up calls that work", () =>
  inFolder(async (options) => {
    const controller = new AbortController();
    const sleeping = Array.from({ length: 12 }, () =>
      ironbridge.runShell("sleep 100", { ...options, signal: controller.signal }),
    );
    await ironbridge.writeFile("a.txt", "a\n", options);
    controller.abort();
    for (const done of await Promise.all(sleeping.map((call) => call.catch((error) => error)))) {
      assert.ok(done.ended === "cancelled" || done.code === "ERR_CANCELLED");
    }
  }));

test("a program ends by itself when its calls have ended, and not before", () => {
  const { code, out, err } = program(
    `require("ironbridge").runShell("sleep 0.2; echo late").then((done) => console.log(done.stdout.text.trim()))`,
  );
  assert.deepEqual({ code, out, err }, { code: 0, out: "late\n", err: "" });
});

test("process.exit ends a program in the middle of its calls", () => {
  const { code, signal, err } = program(`
    const { runShell, grep, listFiles } = require("ironbridge");
    for (let n = 0; n < 8; n++) {
      runShell("sleep 100", { onChunk() {} });
      grep("x", { cwd: "src" });
      listFiles();
    }
    setTimeout(() => process.exit(5), 50);
  `);
  assert.deepEqual({ code, signal, err }, { code: 5, signal: null, err: "" });
});

test("process.exit leaves no command behind", () =>
  inFolder((_, folder) => {
    const done = program(`
      const { runShell, Pty } = require("ironbridge");
      const { existsSync } = require("node:fs");
      const cwd = ${JSON.stringify(folder)};
      for (let n = 0; n < 4; n++) runShell("echo $$ > " + n + ".pid; sleep 1000 & sleep 1000", { cwd });
      const all = () => [0, 1, 2, 3].every((n) => existsSync(cwd + "/" + n + ".pid"));
      setInterval(() => all() && process.exit(6), 5);
    `);
    assert.equal(done.code, 6, done.err);
    for (let n = 0; n < 4; n += 1) {
      const leader = readFileSync(join(folder, `${n}.pid`), "utf8").trim();
      // The group is that of the shell: what it started in the background belongs to it.
      const members = spawnSync("pgrep", ["-g", leader], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
      // Where nobody is there to collect orphans, what was killed is shown for ever as a zombie.
      const shown = members.map((id) => spawnSync("ps", ["-o", "stat=,args=", "-p", id], { encoding: "utf8" }).stdout.trim());
      assert.deepEqual(shown.filter((line) => line !== "" && !line.startsWith("Z")), [], `processes of the group ${leader}`);
    }
  }));

test("worker threads have calls of their own, and may be ended in the middle of them", () =>
  inFolder(async (options) => {
    const code = `
      const { parentPort, workerData } = require("node:worker_threads");
      const { runShell, writeFile, countTokens } = require(workerData.entry);
      runShell("sleep 100", workerData.options).catch(() => {});
      writeFile("w" + workerData.number, "w", workerData.options).then((written) =>
        parentPort.postMessage([written.outcome, countTokens("one two")]));
    `;
    const entry = require.resolve("ironbridge");
    const said = await Promise.all(
      Array.from({ length: 3 }, async (_, number) => {
        const worker = new Worker(code, { eval: true, workerData: { entry, options, number } });
        const message = await new Promise((resolve, reject) => {
          worker.once("message", resolve);
          worker.once("error", reject);
        });
        await worker.terminate();
        return message;
      }),
    );
    assert.deepEqual(said, Array(3).fill(["created", 2]));
    assert.equal((await ironbridge.listFiles(undefined, options)).total, 3);
  }));

test("a library that only worker threads have loaded survives their ends", () => {
  const { code, signal, out } = program(`
    const { Worker } = require("node:worker_threads");
    const source = 'const { runShell, FileIndex, watch } = require("ironbridge"); runShell("sleep 100", { onChunk() {} });' +
      'FileIndex.open(".").then(() => watch("src", () => {})).then(() => postMessage(1));' +
      'const postMessage = (value) => require("node:worker_threads").parentPort.postMessage(value);';
    (async () => {
      for (let round = 0; round < 5; round++) {
        const worker = new Worker(source, { eval: true });
        await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
        await worker.terminate();
      }
      console.log("alive");
    })();
  `);
  assert.deepEqual({ code, signal, out }, { code: 0, signal: null, out: "alive\n" });
});

test("odd inputs are refused or taken as they are", async () => {
  const detached = new Uint8Array([1, 2, 3, 4]);
  structuredClone(detached, { transfer: [detached.buffer] });
  assert.deepEqual(new ironbridge.StreamTranslator("chat", "messages").push(detached).length, 0);
  assert.equal(ironbridge.decode(new Uint32Array()), "");
  const frozen = Object.freeze({ encoding: "o200k_base" });
  assert.equal(ironbridge.countTokens("a", frozen), 1);
  const huge = "a b ".repeat(25 * 1024 * 1024);
  const error = await failure(ironbridge.writeFile("x", huge, { cwd: "/nowhere" }));
  assert.equal(error.code, "ERR_INVALID_PATH");
  assert.equal((await failure(() => parse(huge))).code, "ERR_TOO_LONG");
});

const parse = (command) => ironbridge.parseShell(command);

test("a missing native file is an error that names both places", () => {
  const { out } = program(`
    Object.defineProperty(process, "arch", { value: "vax" });
    try { require("./dist/native.js"); } catch (error) { console.log(error.code, error.message); }
  `);
  assert.match(out, /^ERR_NO_NATIVE_FILE ironbridge has no native file for linux-vax-/);
  assert.match(out, /native.ironbridge\.linux-vax-gnu\.node: /);
  assert.match(out, /@ironbridge\/linux-vax-gnu: /);
});
