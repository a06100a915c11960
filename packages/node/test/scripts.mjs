// Every script of package.json once under npm and once under Bun. Not one of the tests that `npm test` runs: it builds the
// package they use. `cargo xtask test` runs it by itself (`crates/node/tests/it`).
//
// `build` is built with the profile `dev`: what is tried is the script, and the optimised build takes ten minutes.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { platformName } from "../scripts/platforms.mjs";

const home = fileURLToPath(new URL("..", import.meta.url));
const native = join(home, "native", `ironbridge.${platformName()}.node`);
const built = join(home, "dist/index.js");
const env = { ...process.env, IRONBRIDGE_BUILD_PROFILE: "dev" };
const RUNNERS = [
  ["npm", ["run", "--silent"]],
  [join(home, "node_modules/.bin/bun"), ["run", "--silent"]],
];
/** What a script does, and what is there afterwards. */
const SCRIPTS = [
  ["typecheck", [], []],
  ["lint", [], []],
  ["build:native", [], [native]],
  ["build:js", [], [built]],
  ["build:debug", [], [native, built]],
  ["build", [], [native, built]],
  ["test", ["--", "./test/text.test.mjs"], []],
];
const LIMIT_MS = 600_000;
const time = (file) => statSync(file).mtimeMs;

for (const [runner, first] of RUNNERS) {
  const name = runner.split("/").at(-1);
  for (const [script, args, files] of SCRIPTS) {
    test(`${name} run ${script}`, { timeout: LIMIT_MS }, () => {
      for (const file of files) utimesSync(file, 0, 0);
      const done = spawnSync(runner, [...first, script, ...args], { cwd: home, env, encoding: "utf8" });
      assert.equal(done.status, 0, `${done.stdout}\n${done.stderr}`);
      for (const file of files) assert.ok(time(file) > 0, file);
    });
  }

  test(`${name} run dev builds again when a file has changed`, { timeout: LIMIT_MS }, async () => {
    const source = join(home, "src/written-by-a-test.ts");
    const made = join(home, "dist/written-by-a-test.js");
    const child = spawn(runner, [...first, "dev"], { cwd: home, env, detached: true });
    const ended = new Promise((resolve) => child.once("close", resolve));
    let said = "";
    let wake = () => {};
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes) => {
        said += bytes;
        wake();
      });
    }
    const until = async (done) => {
      while (!done()) {
        assert.equal(child.exitCode, null, said);
        await new Promise((resolve) => {
          wake = resolve;
          setTimeout(resolve, 50);
        });
      }
    };
    const builds = () => said.split("addon built; watching").length - 1;
    try {
      await until(() => builds() >= 1);
      writeFileSync(source, "export const one: number = 1;\n");
      await until(() => existsSync(made) && readFileSync(made, "utf8").includes("one = 1"));
      writeFileSync(source, "export const one: number = 2;\n");
      await until(() => readFileSync(made, "utf8").includes("one = 2"));
      // Rust's side: touched, so that cargo looks at it anew.
      const library = join(home, "../../crates/node/src/lib.rs");
      const before = builds();
      const now = new Date();
      utimesSync(native, 0, 0);
      utimesSync(library, now, now);
      await until(() => builds() > before && time(native) > 0);
    } finally {
      // Its whole group: the runner, the script and the compiler that watches.
      process.kill(-child.pid, "SIGTERM");
      await ended;
      for (const file of [source, made, made.replace(/\.js$/, ".d.ts")]) rmSync(file, { force: true });
    }
  });
}
