// Builds the addon and the wrapper, and again whenever their sources change.
import { spawn, spawnSync } from "node:child_process";
import { watch } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Editors write a file in several steps. */
const QUIET_MS = 100;
const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const crates = ["node", "python", "asgi", "tools", "tokens", "wire", "limit"].map((name) =>
  join(home, "../../crates", name),
);

const typescript = spawn(
  process.execPath,
  [join(home, "node_modules/typescript/bin/tsc"), "--watch", "--preserveWatchOutput"],
  {
    cwd: home,
    stdio: "inherit",
  },
);
for (const end of ["SIGINT", "SIGTERM"]) {
  process.on(end, () => {
    typescript.kill();
    process.exit(0);
  });
}

build();
let waiting;
for (const crate of crates) {
  watch(crate, { recursive: true }, () => {
    clearTimeout(waiting);
    waiting = setTimeout(build, QUIET_MS);
  });
}

function build() {
  const { status } = spawnSync(process.execPath, [join(home, "scripts/build-native.mjs")], {
    stdio: "inherit",
  });
  console.log(status === 0 ? "built; watching" : "not built; watching");
}
