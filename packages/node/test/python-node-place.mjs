// Five applications, through `AsgiApp` and through the compat entry: each way is `ask({docroot, target}, request)`.
import { createRequire } from "node:module";
import { join } from "node:path";
import { asgi, folder, python } from "./asgi-place.mjs";

const require = createRequire(import.meta.url);
export const compat = require("ironbridge/compat/python-node");
export const docroot = join(folder, "python-node");

/** The Python of the tests: compat's has no option for one. */
export const opened = python === undefined ? undefined : asgi.openPython({ python });

const loaded = new Map();

async function throughApp(target, { method, url, headers, body }) {
  if (!loaded.has(target)) {
    const options = python === undefined ? { path: docroot } : { path: docroot, python };
    loaded.set(target, asgi.AsgiApp.load(target, options));
  }
  const app = await loaded.get(target);
  const reply = await app.request({ method, path: url, headers: headers ?? {}, body });
  const names = new Map(reply.headers);
  return { status: reply.status, header: (name) => names.get(name) ?? null, text: reply.body.toString() };
}

async function throughCompat(target, { method, url, headers, body }) {
  await opened;
  const request = new compat.Request({ method, url, headers, body: body && Buffer.from(body) });
  const handler = new compat.Python({ docroot, appTarget: target });
  const reply = await handler.handleRequest(request);
  return { status: reply.status, header: (name) => reply.headers.get(name), text: reply.body.toString() };
}

export const WAYS = [
  ["AsgiApp", throughApp],
  ["compat/python-node", throughCompat],
];

export async function closeAll() {
  for (const app of loaded.values()) await (await app).close();
  loaded.clear();
}
