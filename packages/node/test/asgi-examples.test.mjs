// Each program of examples/python-in-node, as one would run it: the package, its peers and a virtual environment at hand.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test as run } from "node:test";
import { fileURLToPath } from "node:url";
import { python } from "./asgi-place.mjs";
import { inFolder } from "./place.mjs";

const home = fileURLToPath(new URL("..", import.meta.url));
const examples = join(home, "../../examples/python-in-node");
// Bun has `import.meta.dirname`, too; Node since 20.11.
const venv = python === undefined ? undefined : dirname(dirname(python));

function test(example, needs, work) {
  const there = python !== undefined && spawnSync(python, ["-c", `import ${needs}`]).status === 0;
  const skip = there ? false : `there is no ${needs}; \`cargo xtask test\` installs it`;
  run(`the example ${example}`, { skip, timeout: 120_000 }, () =>
    inFolder(async (_, place) => {
      const folder = join(place, example);
      cpSync(join(examples, example), folder, { recursive: true });
      mkdirSync(join(folder, "node_modules/@modelcontextprotocol"), { recursive: true });
      const link = (from, name) => symlinkSync(from, join(folder, "node_modules", name), "junction");
      link(home, "ironbridge");
      for (const name of ["express", "@modelcontextprotocol/sdk"]) link(join(home, "node_modules", name), name);
      await work(folder);
    }),
  );
}

const env = { ...process.env, VIRTUAL_ENV: venv, PORT: "0" };

/** What a program prints until it ends. */
function printed(folder, ...words) {
  const done = spawnSync(process.execPath, words, { cwd: folder, env, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

/** Starts `server.mjs`, which prints its port. */
async function served(folder, work) {
  const server = spawn(process.execPath, ["server.mjs"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  server.stderr.on("data", (part) => {
    said += part;
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    const port = await new Promise((resolve, reject) => {
      server.stdout.once("data", (line) => resolve(String(line).trim()));
      server.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
    });
    await work(`http://127.0.0.1:${port}`);
  } finally {
    server.kill();
    await ended;
  }
}

test("express", "fastapi", (folder) =>
  served(folder, async (at) => {
    assert.equal(await (await fetch(`${at}/`)).text(), "Hello from Node\n");
    assert.deepEqual(await (await fetch(`${at}/api/hello/you?times=2`)).json(), { hello: ["you", "you"] });
    assert.equal((await fetch(`${at}/api/hello/you?times=none`)).status, 422);
    const json = { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":1}' };
    assert.deepEqual(await (await fetch(`${at}/echo`, json)).json(), { a: 1 });
    assert.equal((await fetch(`${at}/nowhere`)).status, 404);
  }),
);

test("django", "django", (folder) =>
  served(folder, async (at) => {
    const first = await fetch(at);
    assert.equal(await first.text(), "visit 1\n");
    const [cookie] = first.headers.getSetCookie();
    const second = await fetch(at, { headers: { cookie: cookie.split(";")[0] } });
    assert.equal(await second.text(), "visit 2\n");
    const style = await fetch(`${at}/static/style.css`);
    assert.deepEqual([style.headers.get("content-type"), await style.text()], ["text/css", "body { color: teal; }\n"]);
    assert.equal((await fetch(`${at}/static/none.css`)).status, 404);
  }),
);

test("mcp", "mcp", (folder) =>
  served(folder, async (at) => {
    assert.equal(printed(folder, "client.mjs", `${at}/mcp`), "add: Adds two numbers.\n5\n");
  }),
);

test("numpy", "numpy", (folder) => {
  assert.match(printed(folder, "program.mjs"), /mean: 4.5,\s+deviation: 2.87\d+,\s+largest: 9/);
});
