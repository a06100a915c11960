// `docs/guide/python-in-node.md`, done as it says.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test as run } from "node:test";
import { fileURLToPath } from "node:url";
import { python } from "./asgi-place.mjs";
import { inFolder, run as done } from "./place.mjs";

const home = fileURLToPath(new URL("..", import.meta.url));
const guide = join(home, "../../docs/guide/python-in-node.md");
const installed = python !== undefined && spawnSync(python, ["-c", "import fastapi"]).status === 0;
const skip = installed ? false : "there is no FastAPI; `cargo xtask test` installs it";

run("the guide leads to FastAPI inside Express", { skip, timeout: 200_000 }, () =>
  inFolder(async (_, folder) => {
    const blocks = readFileSync(guide, "utf8").matchAll(/^```\w+ (\S+)\n([^]*?)^```$/gm);
    const named = new Map([...blocks].map(([, name, text]) => [name, text]));
    assert.deepEqual([...named.keys()], ["main.py", "server.mjs", "/api/hello/you?times=2"]);
    for (const name of ["main.py", "server.mjs"]) writeFileSync(join(folder, name), named.get(name));
    const lines = named.get("server.mjs").split("\n").filter((line) => line !== "");
    assert.ok(lines.length <= 10, `${lines.length} lines`);
    // What the guide has installed: the virtual environment with FastAPI, Express, and this package as npm packs it, with
    // the library that runs Python beside the native file.
    symlinkSync(dirname(dirname(python)), join(folder, ".venv"));
    const packed = join(folder, "packed");
    mkdirSync(packed);
    done("npm", ["pack", "--silent", "--pack-destination", packed], home);
    writeFileSync(join(folder, "package.json"), "{}");
    const flags = ["--offline", "--no-audit", "--no-fund", "--silent", "--prefix", folder];
    done("npm", ["install", ...flags, join(packed, readdirSync(packed)[0])], folder);
    symlinkSync(join(home, "node_modules/express"), join(folder, "node_modules/express"), "junction");
    const env = { ...process.env, PORT: "0" };
    const server = spawn(process.execPath, ["server.mjs"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => server.once("exit", resolve));
    try {
      const port = await new Promise((resolve, reject) => {
        server.stdout.once("data", (line) => resolve(String(line).trim()));
        server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
      });
      const at = async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
      assert.equal(await at("/"), "Hello from Node\n");
      for (const [path, text] of named) {
        if (path.startsWith("/")) assert.equal(await at(path), text.trim());
      }
      const wrong = JSON.parse(await at("/api/hello/you?times=none"));
      assert.equal(wrong.detail[0].loc[1], "times");
    } finally {
      server.kill();
      await ended;
    }
  }));
