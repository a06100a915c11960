#!/usr/bin/env node
/** `npx ironbridge`: runs the program `ironbridge`, which the platform's package brings, in place of this one. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { platformName } from "./platform.js";

const name = process.platform === "win32" ? "ironbridge.exe" : "ironbridge";

/** `IRONBRIDGE_BIN`, else the one of a build from source, else the platform package's. */
function find(): string | undefined {
  if (process.env.IRONBRIDGE_BIN) return process.env.IRONBRIDGE_BIN;
  const places = [join(__dirname, "..", "native", name)];
  try {
    const manifest = require.resolve(`@ironbridge/${platformName()}/package.json`);
    places.push(join(dirname(manifest), name));
  } catch {
    // Said below, if nothing else is there.
  }
  return places.find((place) => existsSync(place));
}

function fail(message: string): never {
  process.stderr.write(`error: ${message}\n`);
  process.exit(1);
}

const program = find();
if (program === undefined) {
  const bought = `@ironbridge/${platformName()}`;
  fail(
    `there is no program ironbridge for ${platformName()}\nhint: install ${bought}, or name one in IRONBRIDGE_BIN`,
  );
}
const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends them to both; others only to this one, whose process number they know.
const passed = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
for (const signal of passed) process.on(signal, () => child.kill(signal));
child.on("error", (error) => fail(`${program} cannot be run: ${error.message}`));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  // As a shell says it.
  process.exit(128 + (constants.signals[signal] ?? 0));
});
