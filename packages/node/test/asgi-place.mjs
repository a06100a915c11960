// The Python that the tests of asgi run in, and their applications.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test as run } from "node:test";
import { fileURLToPath } from "node:url";

export const asgi = createRequire(import.meta.url)("ironbridge/asgi");
export const folder = fileURLToPath(new URL("./asgi-apps", import.meta.url));

/** Set by `cargo xtask test`; else `python3`. */
export const python = process.env.IRONBRIDGE_TEST_PYTHON;

const found = spawnSync(python ?? "python3", ["-c", "import sys; print(sys.version_info >= (3, 10))"]);
const skip = String(found.stdout).trim() === "True" ? false : "there is no Python 3.10 or newer";

/** A test that is skipped without Python. The longest is ten thousand requests to an unoptimised host on a busy machine. */
export function test(name, work) {
  run(name, { skip, timeout: 200_000 }, work);
}

export const options = python === undefined ? { path: folder } : { path: folder, python };

/** The application `apps:NAME`, closed when `work` is done. */
export async function withApp(work, { name = "app", ...more } = {}) {
  const app = await asgi.AsgiApp.load(`apps:${name}`, { ...options, ...more });
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

export async function get(app, path, more = {}) {
  const { status, headers, body } = await app.request({ path, ...more });
  return { status, headers, text: body.toString() };
}

/** What the applications wrote down since the last time. */
export async function logOf(app) {
  return JSON.parse((await get(app, "/the_log")).text);
}

/** Asks until the log of the applications has what is waited for. */
export async function logWith(app, entry) {
  const all = [];
  while (!all.some((line) => JSON.stringify(line) === JSON.stringify(entry))) {
    all.push(...(await logOf(app)));
  }
  return all;
}
