import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { asgi, folder, get, logOf, options, test, withApp } from "./asgi-place.mjs";
import { failure, inFolder, run } from "./place.mjs";

const { AsgiApp } = asgi;

test("what cannot be loaded says why, and how to mend it", async () => {
  const cases = [
    ["apps", {}, "ERR_LOAD", /has the form "module:attribute"/],
    ["nothing_here:app", {}, "ERR_LOAD", /there is no module "nothing_here"; looked in .*asgi-apps/],
    ["apps:nothing.here", {}, "ERR_LOAD", /"apps" has no attribute "nothing.here"/],
    ["apps:not_callable", {}, "ERR_LOAD", /is not callable: it is a int/],
    ["breaks:app", {}, "ERR_PYTHON", /"breaks:app" cannot be loaded: ZeroDivisionError/],
    ["needs:app", {}, "ERR_PYTHON", /ModuleNotFoundError: No module named 'not_installed'/],
    ["apps:app", { lifespan: "maybe" }, "ERR_INVALID_INPUT", /"auto", "on" or "off"/],
    ["apps:app", { rootPath: "a/" }, "ERR_INVALID_INPUT", /rootPath/],
    ["apps:app", { startupMs: -1 }, "ERR_INVALID_INPUT", /startupMs/],
    ["apps:app", { lifespan: "on" }, "ERR_PYTHON", /RuntimeError: no lifespan here/],
    ["apps:startup_fails", {}, "ERR_LIFESPAN", /lifespan startup failed: startup said no/],
    ["apps:startup_raises", { lifespan: "on" }, "ERR_PYTHON", /ValueError: no startup/],
    ["slow_start:app", { startupMs: 20 }, "ERR_LIFESPAN", /more than 0.02 seconds/],
  ];
  for (const [target, more, code, message] of cases) {
    const error = await failure(AsgiApp.load(target, { ...options, ...more }));
    assert.equal(error.code, code, `${target}: ${error.stack}`);
    assert.match(error.message, message);
    if (code === "ERR_PYTHON") assert.match(error.traceback, /^Traceback/);
  }
});

test("a Python that is none says what was looked for", () =>
  inFolder(async (_, place) => {
    // In processes of their own: this one may have its Python already.
    const script = join(place, "load.cjs");
    const entry = createRequire(import.meta.url).resolve("ironbridge/asgi");
    const load = (more, env = {}) => {
      writeFileSync(
        script,
        `require(${JSON.stringify(entry)}).AsgiApp.load("apps:app", ${JSON.stringify({ path: folder, ...more })})
          .then(() => console.log("loaded"), (error) => console.log(error.code, error.message));`,
      );
      return run("env", [...Object.entries(env).map((pair) => pair.join("=")), process.execPath, script], place);
    };
    const no = join(place, "python3");
    assert.match(load({ python: no }), /^ERR_LOAD no Python was found: looked for .*python3; give the path/);
    assert.match(load({ venv: place }), /^ERR_LOAD .*bin\/python3; give the folder of a virtual env/);
    assert.match(load({}, { VIRTUAL_ENV: place }), /^ERR_LOAD .*VIRTUAL_ENV/);
    assert.match(load({}, { VIRTUAL_ENV: "", PATH: place }), /^ERR_LOAD .*python3 in PATH \(.*install Python 3.10/);
    const says = (text) => {
      writeFileSync(no, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      return load({ python: no });
    };
    assert.match(says("exit 3"), /^ERR_LOAD .*does not say what it is: exit status: 3/);
    assert.match(says("echo hello"), /^ERR_LOAD .*is no Python 3: it printed "hello"/);
    const row = (more) =>
      `echo '${JSON.stringify({ executable: no, version: [3, 11, 2], implementation: "cpython", free_threaded: false, libraries: ["/none/libpython3.11.so"], ...more })}'`;
    assert.match(says(row({ version: [3, 9, 1] })), /^ERR_LOAD .*is Python 3.9.1; give a CPython 3.10 to 3.14/);
    assert.match(says(row({ implementation: "pypy" })), /^ERR_LOAD .*is pypy, and only CPython/);
    assert.match(says(row({ free_threaded: true })), /^ERR_LOAD .*without the global lock/);
    assert.match(
      says(row({})),
      /^ERR_LOAD .*no shared library that can be opened: looked for \/none\/libpython3.11.so: .*Debian: libpython3.11/,
    );
  }));

test("lifespan: startup, state of each request, shutdown", () =>
  withApp(async (watcher) => {
    await logOf(watcher);
    await withApp(
      async (app) => {
        assert.deepEqual(await logOf(watcher), ["startup"]);
        // The namespace is copied for each request, what lies in it is shared.
        for (const shared of [[1], [1, 1]]) {
          assert.deepEqual(JSON.parse((await get(app, "/")).text), { count: 1, shared });
        }
      },
      { name: "lifespan", lifespan: "on" },
    );
    assert.deepEqual(await logOf(watcher), ["shutdown"]);
    await withApp(async (app) => assert.equal((await get(app, "/")).text, "no state"), { name: "no_lifespan" });
    await withApp(async (app) => assert.ok(await failure(get(app, "/"))), { name: "lifespan", lifespan: "off" });
    assert.deepEqual(await logOf(watcher), []);
    const app = await AsgiApp.load("apps:shutdown_fails", options);
    const error = await failure(app.close());
    assert.deepEqual([error.code, error.message], ["ERR_LIFESPAN", "lifespan shutdown failed: shutdown said no"]);
  }));

test("ASGI 2, factories, and two applications of one target", () =>
  withApp(
    async (app) => {
      assert.equal((await get(app, "/p")).text, "legacy /p");
      await withApp(async (made) => assert.equal((await get(made, "/")).status, 200), { name: "factory", factory: true });
      const [one, two] = await Promise.all([1, 2].map(() => AsgiApp.load("apps:lifespan", options)));
      await one.close();
      assert.equal((await failure(get(one, "/"))).code, "ERR_CLOSED");
      assert.equal((await get(two, "/")).status, 200, "it is shared, and open for the other");
      await two.close();
      await two.close();
    },
    { name: "legacy" },
  ));

test("close lets requests end, then cancels them, then lets the thread end", () =>
  withApp(async (watcher) => {
    const off = { ...options, lifespan: "off" };
    const app = await AsgiApp.load("apps:stream", off);
    const last = get(app, "/?300");
    const [{ text }] = await Promise.all([last, app.close()]);
    assert.equal(text.split("\n").length, 301);
    const stubborn = await AsgiApp.load("apps:stubborn", off);
    const failed = failure(get(stubborn, "/"));
    await stubborn.close({ drainMs: 10 });
    assert.equal((await failed).code, "ERR_CLOSED");
    const stuck = await AsgiApp.load("apps:stuck", off);
    const late = get(stuck, "/");
    await stuck.close({ drainMs: 10 });
    assert.equal((await late).text, "late");
    assert.ok((await logOf(watcher)).includes("asked to stop"));
  }));

/**
 * Runs `body` in a process of its own: libraries (OpenBLAS of numpy, a logger of Litestar's) keep threads that bear the
 * name of the one that started them, and Bun runs all test files in one process.
 */
function threadsIn(place, body) {
  const script = join(place, "threads.cjs");
  writeFileSync(
    script,
    `const assert = require("node:assert/strict");
    const { readdirSync, readFileSync } = require("node:fs");
    const { AsgiApp } = require(${JSON.stringify(createRequire(import.meta.url).resolve("ironbridge/asgi"))});
    const threads = () => readdirSync("/proc/self/task").filter((id) => {
      try {
        return readFileSync("/proc/self/task/" + id + "/comm", "utf8").startsWith("ironbridge-py");
      } catch {
        return false;
      }
    }).length;
    // A thread that was joined stands in /proc for a moment longer, so it is asked again, for ten seconds at most.
    async function threadsBecome(count) {
      const limit = Date.now() + 10_000;
      while (threads() !== count && Date.now() < limit) await new Promise(setImmediate);
      assert.equal(threads(), count);
    }
    const descriptors = () => readdirSync("/proc/self/fd").length;
    const load = () => AsgiApp.load("leaves:app", ${JSON.stringify(options)});
    const ask = async (app, path) => assert.equal((await app.request({ path })).status, 200);
    (async () => { ${body} })();`,
  );
  const done = spawnSync(process.execPath, [script], { cwd: place, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done;
}

test("no thread is left, and Python can be used again", () =>
  inFolder((_, place) => {
    if (process.platform !== "linux") return;
    const { stdout, stderr } = threadsIn(
      place,
      `let before;
      for (let round = 0; round < 4; round += 1) {
        const app = await load();
        await ask(app, "/hello");
        await threadsBecome(1);
        // Threads of the loop's executor and of AnyIO, a task and a generator: they end with the loop.
        await ask(app, "/leaves");
        await app.close();
        await threadsBecome(0);
        before ??= descriptors();
        assert.equal(descriptors(), before, "no descriptor is left");
      }`,
    );
    assert.equal(stdout, "in a thread\ntask cancelled\ngenerator closed\n".repeat(4));
    assert.equal(stderr, "");
  }));

test("a thread that hangs is left behind, and said, once", () =>
  inFolder((_, place) => {
    if (process.platform !== "linux") return;
    const { stderr } = threadsIn(
      place,
      `for (let round = 0; round < 2; round += 1) {
        const app = await load();
        await ask(app, round === 0 ? "/hangs" : "/leaves");
        await app.close();
        await threadsBecome(1);
      }`,
    );
    assert.equal(stderr, "threads that did not end within 5 seconds are left behind: ['ironbridge-executor_0']\n");
  }));

test("a worker thread uses the same application, and may end without closing it", () =>
  withApp(async (app) => {
    const entry = createRequire(import.meta.url).resolve("ironbridge/asgi");
    const code = `
      const { parentPort, workerData: { entry, options } } = require("node:worker_threads");
      require(entry).AsgiApp.load("apps:app", options).then(async (app) => {
        await app.request({ path: "/hello" });
        parentPort.postMessage(JSON.parse((await app.request({ path: "/loop_of" })).body).pid);
        app.request({ path: "/stubborn" });
      });`;
    const worker = new Worker(code, { eval: true, workerData: { entry, options } });
    const pid = await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    assert.equal(pid, process.pid);
    await worker.terminate();
    assert.equal((await get(app, "/hello")).status, 200);
  }));

test("a program ends by itself, lets its applications shut down, and may exit at any time", () =>
  inFolder(async (_, place) => {
    const entry = createRequire(import.meta.url).resolve("ironbridge/asgi");
    const script = join(place, "program.cjs");
    const program = (after) => {
      writeFileSync(
        script,
        `require(${JSON.stringify(entry)}).AsgiApp.load("prints:app", ${JSON.stringify(options)}).then(async (app) => {
          console.log((await app.request({ path: "/" })).status);
          ${after}
        });`,
      );
      return run(process.execPath, [script], place);
    };
    assert.equal(program(""), "200\nshutdown\n");
    assert.equal(program(`app.request({ path: "/forever" }); process.exit(0);`), "200\n");
  }));
