// Puts the modules of dist/ that `ironbridge` loads into one file, dist/core.js: to find, read and compile two dozen small
// files takes longer than one of the same length (`cargo xtask bench tools shell`, the first answer).
//
// Each module keeps its file, which now says where it is, so that the other entries (asgi, compat) share them. tsc writes
// plain CommonJS whose only requires are literal, so nothing but their text has to be put together: a bundler would
// bring a native program for each platform into every install.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const core = "core.js";
const required = /\brequire\("(\.[^"]+)"\)/g;

const modules = new Map();
add("index.js");
writeFileSync(join(dist, core), bundle());
for (const name of modules.keys()) writeFileSync(join(dist, name), stub(name));
console.log(`${join(dist, core)}: ${modules.size} modules`);

function add(name) {
  if (modules.has(name)) return;
  const text = readFileSync(join(dist, name), "utf8");
  if (text.includes(`require("${up(name)}${core}")`)) throw new Error(`${name} is a stub already: run tsc first`);
  modules.set(name, text);
  for (const [, path] of text.matchAll(required)) add(posix.join(posix.dirname(name), path));
}

/** Modules by name, each a function that is run when it is first asked for. */
function bundle() {
  const rows = [...modules].map(([name, text]) => {
    const local = text.replace(required, (_, path) => {
      return `__own(${JSON.stringify(posix.join(posix.dirname(name), path))})`;
    });
    return `${JSON.stringify(name)}(exports, __own) {\n${local.replace(/^"use strict";\n/, "")}},`;
  });
  return `"use strict";
const modules = {
${rows.join("\n")}
};
const loaded = new Map();
function load(name) {
  let exports = loaded.get(name);
  if (exports === undefined) {
    exports = {};
    loaded.set(name, exports);
    try {
      modules[name](exports, load);
    } catch (error) {
      loaded.delete(name);
      throw error;
    }
  }
  return exports;
}
module.exports = load;
`;
}

/** The last line is for Node, which reads from the text which names may be imported. */
function stub(name) {
  return `"use strict";
module.exports = require("${up(name)}${core}")(${JSON.stringify(name)});
0 && (module.exports = { ${[...names(name)].sort().join(", ")} });
`;
}

function names(name) {
  const text = modules.get(name);
  const all = new Set([...text.matchAll(/\bexports\.(\w+) = |defineProperty\(exports, "(\w+)"/g)].map(([, one, other]) => one ?? other));
  for (const [, path] of text.matchAll(/^__exportStar\(require\("(\.[^"]+)"\)/gm))
    for (const one of names(posix.join(posix.dirname(name), path))) all.add(one);
  all.delete("__esModule");
  return all;
}

function up(name) {
  return name.includes("/") ? "../" : "./";
}
