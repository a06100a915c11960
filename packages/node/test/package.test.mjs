import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "./place.mjs";

const hasPython =
  spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status === 0;
const home = fileURLToPath(new URL("..", import.meta.url));

test("what is packed works in an empty folder, required and imported", () => {
  const folder = mkdtempSync(join(tmpdir(), "ironbridge-pack-"));
  try {
    run("npm", ["pack", "--silent", "--pack-destination", folder], home);
    const platform = join(folder, "platform");
    run(process.execPath, [join(home, "scripts/platform-package.mjs"), platform], home);
    const app = join(folder, "app");
    const [tarball] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
    const flags = ["--offline", "--no-audit", "--no-fund", "--silent", "--install-links=false"];
    run("npm", ["install", ...flags, "--prefix", app, join(folder, tarball), platform], folder);
    writeFileSync(
      join(app, "a.cjs"),
      `console.log(require("ironbridge").countTokens("Hello, world!"));`,
    );
    writeFileSync(
      join(app, "b.mjs"),
      `import { countTokens, FileIndex } from "ironbridge";\nconsole.log(countTokens("Hello, world!"), typeof FileIndex);`,
    );
    writeFileSync(
      join(app, "hello.py"),
      `async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"Hello"})
`,
    );
    writeFileSync(
      join(app, "c.mjs"),
      `import { AsgiApp } from "ironbridge/asgi";
try {
  const app = await AsgiApp.load("hello:app", { lifespan: "off" });
  console.log((await app.request({ path: "/" })).body.toString());
  await app.close();
} catch (error) {
  console.log(error.code);
}`,
    );
    // Without Python it says so, and all else works.
    const none = join(folder, "no-python");
    assert.equal(run("env", [`VIRTUAL_ENV=${none}`, process.execPath, "c.mjs"], app), "ERR_LOAD\n");
    if (hasPython) assert.equal(run(process.execPath, ["c.mjs"], app), "Hello\n");
    assert.equal(run(process.execPath, ["a.cjs"], app), "4\n");
    assert.equal(run(process.execPath, ["b.mjs"], app), "4 function\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
