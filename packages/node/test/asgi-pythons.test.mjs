// Every CPython of this machine that can be embedded, each in a process of its own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { folder, test } from "./asgi-place.mjs";
import { inFolder } from "./place.mjs";

const versions = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
const pyenv = existsSync(versions) ? readdirSync(versions).map((name) => join(versions, name, "bin/python3")) : [];
const minors = [10, 11, 12, 13, 14].map((minor) => `/usr/bin/python3.${minor}`);
const ASK = "import sys; print('%d.%d.%d' % sys.version_info[:3])";

for (const python of [...pyenv, ...minors].filter(existsSync)) {
  const version = String(spawnSync(python, ["-c", ASK]).stdout).trim();
  const [, minor] = version.split(".").map(Number);
  if (minor < 10) continue;
  test(`${python}, ${version}`, () =>
    inFolder((_, place) => {
      const entry = createRequire(import.meta.url).resolve("ironbridge/asgi");
      const script = join(place, "program.cjs");
      const options = JSON.stringify({ path: folder, python });
      writeFileSync(
        script,
        `require(${JSON.stringify(entry)}).AsgiApp.load("apps:app", ${options}).then(async (app) => {
          const get = async (path) => (await app.request({ path })).body.toString();
          const all = await Promise.all(Array.from({ length: 100 }, () => get("/stream?3")));
          const { version, openssl } = JSON.parse(await get("/loop_of"));
          console.log(version.join("."), openssl.split(" ")[0], new Set(all).size, await get("/in_thread"));
          await app.close();
        });`,
      );
      const done = spawnSync(process.execPath, [script], { cwd: place, encoding: "utf8" });
      assert.equal(done.status, 0, done.stderr);
      assert.match(done.stdout, new RegExp(`^${version.replaceAll(".", "\\.")} OpenSSL 1 send\\(\\) was called`));
    }),
  );
}
