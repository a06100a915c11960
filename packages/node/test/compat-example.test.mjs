import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("..", import.meta.url));
/** A folder in which the package is installed, with the example in it. */
const folder = mkdtempSync(join(tmpdir(), "ironbridge-compat-example-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "node_modules"));
symlinkSync(home, join(folder, "node_modules/ironbridge"), "dir");
cpSync(join(home, "../../examples/compat"), folder, { recursive: true });

/** What a program prints; it succeeds. */
function printed(program, ...given) {
  const env = { ...process.env, IRONBRIDGE_URL: "http://127.0.0.1:9" };
  const { status, stdout, stderr } = spawnSync(program, given, { cwd: folder, encoding: "utf8", env });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

test("the example of the compat entries prints what it should", () => {
  assert.equal(
    printed(process.execPath, "earlier-layers.mjs"),
    `11 tokens in, 0 out
false OpenAI validation: /messages: expected at least one message. Anthropic validation: /max_tokens: required, but missing
1 goes
2 waits up to 2 s
if (c) go();
npm run build *
src/index.ts
ERR_GATEWAY_UNREACHABLE
`,
  );
});

test("its types hold under tsc --strict", () => {
  const compiler = join(home, "node_modules/typescript/bin/tsc");
  const strict = ["--noEmit", "--strict", "--allowJs", "--checkJs", "--target", "es2022"];
  const node = ["--module", "nodenext", "--types", "node", "--typeRoots", join(home, "node_modules/@types")];
  printed(process.execPath, compiler, ...strict, ...node, "earlier-layers.mjs");
});
