// The examples do what the guide says they do, and their types hold.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { inFolder, run } from "./place.mjs";

const home = fileURLToPath(new URL("..", import.meta.url));
const examples = join(home, "../../examples/npm");
const guide = readFileSync(join(home, "../../docs/guide/npm.md"), "utf8");

/** Runs `work` in a folder with the examples and the package, as after `npm install`. */
function installed(work) {
  return inFolder((options, folder) => {
    cpSync(examples, folder, { recursive: true });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(home, join(folder, "node_modules/ironbridge"), "junction");
    process.env.IRONBRIDGE_HOME = options.state;
    return work(folder);
  });
}

for (const name of readdirSync(examples)) {
  test(`${name} prints what the guide shows`, () =>
    installed((folder) => {
      const work = join(folder, "work");
      mkdirSync(work);
      const out = run(process.execPath, [join(folder, name)], work);
      const shown = guide.match(
        new RegExp(`\\(\\.\\./\\.\\./examples/npm/${name}\\)[\\s\\S]*?\`\`\`text\\n([\\s\\S]*?)\`\`\``),
      );
      assert.equal(out, shown?.[1], name);
    }));
}

test("the types of the examples hold", () =>
  installed((folder) => {
    const names = readdirSync(examples).map((name) => join(folder, name));
    const flags = ["--noEmit", "--strict", "--allowJs", "--checkJs", "--target", "es2022"];
    const modules = ["--module", "nodenext", "--types", "node", "--typeRoots"];
    const typescript = join(home, "node_modules/typescript/bin/tsc");
    const types = join(home, "node_modules/@types");
    run(process.execPath, [typescript, ...flags, ...modules, types, ...names], folder);
  }));
