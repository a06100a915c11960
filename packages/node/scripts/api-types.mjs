// Writes test/api.snapshot.d.ts: every declaration that the package's entries give, so that a change of the API is seen in
// review. `--check` only says whether the file is up to date. The package must be built.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const snapshot = join(home, "test", "api.snapshot.d.ts");
const { exports } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const entries = Object.values(exports).flatMap((entry) => entry.types ?? []);
const files = new Set();
for (const entry of entries) follow(join(home, entry));
const parts = [...files].sort().map((file) => `// ${relative(home, file)}\n${readFileSync(file, "utf8")}`);
const text = `// Written by \`npm run types\` from what tsc declares. Do not edit.\n\n${parts.join("\n")}`;
if (!process.argv.includes("--check")) {
  writeFileSync(snapshot, text);
} else if (readFileSync(snapshot, "utf8") !== text) {
  console.error("test/api.snapshot.d.ts is not what the package declares; `npm run types` writes it anew");
  process.exit(1);
}

/** A file and all that it imports from beside it; the tools' types have a file and a test of their own. */
function follow(file) {
  if (files.has(file) || file.startsWith(join(home, "types"))) return;
  files.add(file);
  for (const [, from] of readFileSync(file, "utf8").matchAll(/(?:from|import\() ?"(\.[^"]+)\.js"/g)) {
    follow(join(dirname(file), `${from}.d.ts`));
  }
}
