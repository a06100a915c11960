// Each code of docs/reference/asgi.md, provoked; and no other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { asgi, get, options, test, withApp } from "./asgi-place.mjs";
import { failure } from "./place.mjs";

const page = readFileSync(fileURLToPath(new URL("../../../docs/reference/asgi.md", import.meta.url)), "utf8");
const documented = [...page.matchAll(/^\| `(ERR_\w+)` \|/gm)].map(([, code]) => code);

const load = (target, more) => asgi.AsgiApp.load(target, { ...options, ...more });
const START = `{"type": "http.response.start", "status": 200}`;

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

const CASES = {
  async ERR_ADDRESS_IN_USE(app) {
    const { host, port } = await app.listen({ host: "127.0.0.1" });
    return app.listen({ host, port });
  },
  async ERR_BUSY() {
    const other = await load("apps:stubborn", { lifespan: "off" });
    const all = Array.from({ length: 65_536 }, () => other.request({ path: "/" }).catch(({ code }) => code));
    const error = await failure(other.request({ path: "/" }));
    await other.close({ drainMs: 0 });
    assert.ok((await Promise.all(all)).every((code) => code === "ERR_CLOSED"));
    throw error;
  },
  ERR_CANCELLED: (app) => app.request({ path: "/stubborn", signal: AbortSignal.abort(new Error("enough")) }),
  async ERR_CLOSED() {
    const other = await load("apps:hello", { lifespan: "off" });
    await other.close();
    return other.request({ path: "/" });
  },
  ERR_HTTP: (app) => app.fetch("/status?700"),
  ERR_INVALID_INPUT: (app) => app.request({ path: "/é€" }),
  ERR_IO: (app) => get(app, "/sends", { body: `[${START}, {"type": "http.response.pathsend", "path": "/none/at/all"}]` }),
  ERR_LIFESPAN: () => load("apps:startup_fails"),
  ERR_LOAD: () => load("nothing_here:app"),
  ERR_PROTOCOL: (app) => get(app, "/sends", { body: "[]" }),
  ERR_PYTHON: (app) => get(app, "/error"),
  async ERR_REFUSED() {
    const sockets = await load("sockets:app");
    try {
      return await sockets.websocket({ path: "/script?receive,close" });
    } finally {
      await sockets.close();
    }
  },
  ERR_TLS: (app) => app.listen({ tls: { cert: PEM, key: PEM } }),
  ERR_TOO_LARGE: (app) => app.request({ path: "/large?10000,10", maxBytes: 1000 }),
};

const FACTS = {
  ERR_CANCELLED: ({ name, cause }) => assert.deepEqual([name, cause.message], ["AbortError", "enough"]),
  ERR_HTTP: ({ cause }) => assert.ok(cause instanceof Error),
  ERR_PYTHON: ({ type, traceback }) => assert.deepEqual([type, traceback.startsWith("Traceback")], ["ValueError", true]),
  ERR_REFUSED: ({ status }) => assert.equal(status, 403),
};

test("every code of the page is provoked here, and none is missing there", () => {
  assert.deepEqual(documented, Object.keys(CASES));
});

for (const [code, provoke] of Object.entries(CASES)) {
  test(code, () =>
    withApp(async (app) => {
      const error = await failure(() => provoke(app));
      assert.equal(error.code, code, error.stack);
      assert.ok(error.message.length > 5);
      FACTS[code]?.(error);
      assert.equal((await get(app, "/hello")).status, 200, "the host goes on");
    }),
  );
}
