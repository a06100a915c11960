// What the programs of this folder have in common: they say their port on a line of its own.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `app.py` is. */
export const folder = join(dirname(fileURLToPath(import.meta.url)), "..");

/** `ironbridge/asgi` of the built package. */
export function asgi() {
  const require = createRequire(join(process.env.IRONBRIDGE_TEST_PACKAGE, "package.json"));
  return require("ironbridge/asgi");
}

export async function load() {
  return asgi().AsgiApp.load("app:app", { path: folder, python: process.env.IRONBRIDGE_BENCH_PYTHON });
}

export function listening(server) {
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}
