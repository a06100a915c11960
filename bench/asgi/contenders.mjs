// Who is measured, and how each is started.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const PYTHON = process.env.IRONBRIDGE_BENCH_PYTHON;
const server = (name, ...more) => [process.execPath, join(folder, "servers", `${name}.mjs`), ...more];

const UVICORN = ["-m", "uvicorn", "app:app", "--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--lifespan", "off"];
const onPort = /(?:running on|at|on) (?:http:\/\/)?127\.0\.0\.1:(\d+)/i;

/**
 * `command` says its port on standard output, or on standard error in a line that `port` finds. `free`: it takes the port
 * it is given as the last argument.
 */
export const CONTENDERS = [
  { name: "listen()", command: server("listen"), websocket: true },
  { name: "handler()", command: server("handler"), websocket: true },
  { name: "node:http", command: server("node") },
  { name: "proxy", command: server("proxy", ...UVICORN, "--port", "0") },
  { name: "python-node", command: server("python-node"), env: pythonNode },
  { name: "uvicorn", command: [PYTHON, ...UVICORN, "--port", "0"], port: onPort, websocket: true },
  {
    name: "granian",
    command: [
      join(dirname(PYTHON), "granian"),
      ...["app:app", "--interface", "asginl", "--host", "127.0.0.1", "--loop", "uvloop", "--no-access-log", "--port"],
    ],
    free: true,
    websocket: true,
  },
  {
    name: "hypercorn",
    command: [PYTHON, "-m", "hypercorn", "app:app", "--worker-class", "uvloop", "--bind"],
    free: "127.0.0.1:",
    websocket: true,
  },
];

/**
 * Its install script ties the addon to the newest libpython that it finds, without saying where that is: without this it
 * does not load. It takes packages from VIRTUAL_ENV.
 */
export function pythonNode() {
  const require = createRequire(import.meta.url);
  const own = createRequire(require.resolve("@platformatic/python-node"));
  const addon = own.resolve("@platformatic/python-node-linux-x64-gnu");
  const [wanted] = /libpython3\.\d+\.so[.\d]*/.exec(readFileSync(addon, "latin1")) ?? [];
  const home = process.env.PYENV_ROOT ?? join(process.env.HOME ?? "/root", ".pyenv");
  const versions = join(home, "versions");
  const folders = existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, "lib")) : [];
  const found = [...folders, "/usr/lib/x86_64-linux-gnu", "/usr/local/lib"].find((one) => existsSync(join(one, wanted)));
  return { LD_LIBRARY_PATH: found ?? "", VIRTUAL_ENV: dirname(dirname(PYTHON)) };
}
