// Builds the addon and the wrapper, and again whenever their sources change.
//
// The wrapper's modules are left as tsc writes them (`build:js` puts them into one file): both forms are the same to those
// who load them.
//
// Not by `tsc --watch`: that of TypeScript 7.0.2 built nothing again when a file changed; a whole build takes a second.
import { spawnSync } from "node:child_process";
import { watch } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Editors write a file in several steps. */
const QUIET_MS = 100;
const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const crates = ["node", "python", "asgi", "tools", "tokens", "wire", "limit"].map((name) =>
  join(home, "../../crates", name),
);
const tsc = join(home, "node_modules/typescript/bin/tsc");
const parts = [
  { name: "wrapper", folders: [join(home, "src")], script: [tsc, "-p", "tsconfig.json"] },
  { name: "addon", folders: crates, script: [join(home, "scripts/build-native.mjs")] },
];

for (const end of ["SIGINT", "SIGTERM"]) process.on(end, () => process.exit(0));
for (const part of parts) {
  // Before it is built: what changes meanwhile is told afterwards.
  let waiting;
  const changed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(build, QUIET_MS, part);
  };
  for (const folder of part.folders) watch(folder, { recursive: true }, changed);
}
parts.forEach(build);

function build({ name, script }) {
  const { status } = spawnSync(process.execPath, script, { cwd: home, stdio: "inherit" });
  console.log(`${name} ${status === 0 ? "built" : "not built"}; watching`);
}
