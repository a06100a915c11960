// A folder of its own for each test, with a repository where it is asked for.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ironbridge = createRequire(import.meta.url)("ironbridge");

/** Runs `work` with `{cwd, state}` of an empty folder, which is gone afterwards. */
export async function inFolder(work) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "ironbridge-node-")));
  const folder = join(home, "project");
  mkdirSync(folder);
  try {
    return await work({ cwd: folder, state: join(home, "state") }, folder);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

export function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

/** The error a promise is rejected with, or a function throws. */
export async function failure(work) {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}
