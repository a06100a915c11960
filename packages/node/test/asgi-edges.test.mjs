// What applications learn of the connection: proxies that are trusted or not, and TLS, behind node's servers and by the listener.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { createServer as createSecurely, request as askSecurely } from "node:https";
import { join } from "node:path";
import { asgi, options, test, withApp } from "./asgi-place.mjs";
import { closing, talk } from "./asgi-wire.mjs";
import { failure, inFolder } from "./place.mjs";

/** The body of an answer, as JSON. */
function json(request) {
  return new Promise((resolve, reject) => {
    const parts = [];
    request.on("response", (response) => {
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve(JSON.parse(Buffer.concat(parts))));
    });
    request.on("error", reject).end();
  });
}

/** Serves behind `server`, while `work` is done with the port. */
async function behind(server, work) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(server.address().port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Trusted proxies, `x-forwarded-for` (its lines), `x-forwarded-proto`, the client and the scheme that the application sees. */
const ITSELF = "127.0.0.1";
const PROXIES = [
  [undefined, ["192.0.2.1"], "https", ITSELF, "http"],
  [[], ["192.0.2.1"], "https", ITSELF, "http"],
  [["10.0.0.0/8", "::1"], ["192.0.2.1"], "https", ITSELF, "http"],
  [["127.0.0.1"], ["192.0.2.1"], "https", "192.0.2.1", "https"],
  [["127.0.0.0/8"], ["192.0.2.1:1234"], "http", "192.0.2.1", "http"],
  [["*"], ["[2001:db8::1]:80"], "wss", "2001:db8::1", "https"],
  [["127.0.0.1"], ["2001:db8::1"], undefined, "2001:db8::1", "http"],
  // What stands before the last hop that is no proxy of ours, the client may have written itself.
  [["127.0.0.1"], ["6.6.6.6, 192.0.2.1"], "https", "192.0.2.1", "https"],
  [["127.0.0.1", "10.0.0.0/8"], ["6.6.6.6, 192.0.2.1, 10.1.2.3"], "http, https", "192.0.2.1", "https"],
  [["127.0.0.1", "10.0.0.0/8"], ["192.0.2.1", "10.1.2.3"], "https", "192.0.2.1", "https"],
  [["127.0.0.1", "10.0.0.0/8"], ["10.9.9.9, 10.1.2.3"], "https", "10.9.9.9", "https"],
  [["127.0.0.1"], ["unknown"], "gopher", ITSELF, "http"],
  [["127.0.0.1"], [], undefined, ITSELF, "http"],
];

async function seen(port, lines, proto) {
  const request = ask({ port, path: "/scope_of", agent: false });
  if (lines.length > 0) request.setHeader("x-forwarded-for", lines);
  if (proto !== undefined) request.setHeader("x-forwarded-proto", proto);
  const { client, scheme, headers } = await json(request);
  assert.ok(!headers.some(([name]) => name.startsWith("b::")), "what is between us is nobody's header");
  return [client[0], scheme];
}

test("a proxy's word on its client is taken where it is trusted", () =>
  withApp(async (app) => {
    for (const [trustedProxies, lines, proto, client, scheme] of PROXIES) {
      const what = JSON.stringify({ trustedProxies, lines, proto });
      const server = await app.listen({ trustedProxies });
      assert.deepEqual(await seen(server.port, lines, proto), [client, scheme], `listen ${what}`);
      await server.close();
      const handled = await behind(createServer(app.handler({ trustedProxies })), (port) => seen(port, lines, proto));
      assert.deepEqual(handled, [client, scheme], `handler ${what}`);
    }
    for (const wrong of [["nobody"], ["10.0.0.0/33"], ["10.0.0.0/8/8"], ["::1/129"], [""], [7]]) {
      assert.equal((await failure(() => app.handler({ trustedProxies: wrong }))).code, "ERR_INVALID_INPUT");
      assert.equal((await failure(app.listen({ trustedProxies: wrong }))).code, "ERR_INVALID_INPUT");
    }
  }));

test("who comes by a Unix socket may be a proxy, too", () =>
  inFolder((_, place) =>
    withApp(async (app) => {
      for (const [trustedProxies, client] of [[["unix"], ["192.0.2.1", 0]], [["127.0.0.1"], null]]) {
        const server = await app.listen({ path: join(place, "socket"), trustedProxies });
        const headers = { "x-forwarded-for": "192.0.2.1" };
        const scope = await json(ask({ socketPath: server.path, path: "/scope_of", headers, agent: false }));
        assert.deepEqual(scope.client, client);
        await server.close();
      }
    }),
  ));

test("WebSockets come by proxies as well", async () => {
  const app = await asgi.AsgiApp.load("sockets:app", options);
  const headers = ["x-forwarded-for: 192.0.2.1", "x-forwarded-proto: https"];
  const trustedProxies = ["127.0.0.1"];
  const looked = async (port) => {
    const { frames } = await talk(port, "/scope_of", [closing(1000)], { headers });
    const { client, scheme } = JSON.parse(frames[0][1]);
    assert.deepEqual([client[0], scheme], ["192.0.2.1", "wss"]);
  };
  try {
    await looked((await app.listen({ trustedProxies })).port);
    const handler = app.handler({ trustedProxies });
    await behind(createServer(handler).on("upgrade", handler.upgrade), looked);
  } finally {
    await app.close();
  }
});

const openssl = spawnSync("openssl", ["version"]).status === 0;

/** A certificate that has signed itself. */
function certificate(place, name, subject) {
  const [cert, key] = [join(place, `${name}.pem`), join(place, `${name}.key`)];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const made = spawnSync("openssl", ["req", "-x509", ...kind, "-keyout", key, "-out", cert, "-subj", subject]);
  assert.equal(made.status, 0, String(made.stderr));
  return { cert: readFileSync(cert, "latin1"), key: readFileSync(key, "latin1") };
}

test("behind node:https the extension tls tells of the connection, and of the client's certificate", () =>
  inFolder((_, place) =>
    withApp(async (app) => {
      // Bun's sockets do not tell which certificate the server shows: without it there is no extension.
      if (!openssl || process.versions.bun !== undefined) return;
      const server = certificate(place, "server", "/CN=localhost");
      const client = certificate(place, "client", "/O=Some, Company/CN=ada");
      const tlsOf = async (own, more) => {
        const settings = { ...server, requestCert: true, rejectUnauthorized: false, ...more };
        return behind(createSecurely(settings, app.handler()), async (port) => {
          const request = askSecurely({ port, path: "/scope_of", rejectUnauthorized: false, agent: false, ...own });
          const { extensions, scheme } = await json(request);
          assert.equal(scheme, "https");
          const { server_cert: shown, cipher_suite: cipher, ...others } = extensions.tls;
          assert.equal(shown, server.cert.trim());
          assert.ok(Number.isInteger(cipher), String(cipher));
          return others;
        });
      };
      const none = { client_cert_chain: [], client_cert_name: null, client_cert_error: null };
      assert.deepEqual(await tlsOf({}), { tls_version: 0x0304, ...none });
      assert.deepEqual(await tlsOf({ maxVersion: "TLSv1.2" }), { tls_version: 0x0303, ...none });
      const shown = { client_cert_chain: [client.cert.trim()], client_cert_name: "CN=ada,O=Some\\, Company" };
      assert.deepEqual(await tlsOf(client), { tls_version: 0x0304, ...shown, client_cert_error: "DEPTH_ZERO_SELF_SIGNED_CERT" });
      assert.deepEqual(await tlsOf(client, { ca: client.cert }), { tls_version: 0x0304, ...shown, client_cert_error: null });
    }),
  ));
