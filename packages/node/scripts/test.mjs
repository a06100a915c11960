// Runs the tests, as the runtime that runs this: `npm test` in Node, `bun run test` in Bun. Names of files or patterns may
// follow; `--bun` asks for Bun's own runner from Node.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const asked = process.argv.slice(2).filter((argument) => argument !== "--bun");
const files =
  asked.length > 0
    ? asked
    : readdirSync(join(home, "test"))
        .filter((name) => name.endsWith(".test.mjs"))
        .sort()
        .map((name) => `./test/${name}`);
const inBun = process.versions.bun !== undefined;
const [program, first] =
  inBun || process.argv.includes("--bun")
    ? [
        inBun ? process.execPath : join(home, "node_modules/.bin/bun"),
        ["test", "--timeout", "300000"],
      ]
    : [process.execPath, ["--test"]];
const { status, error } = spawnSync(program, [...first, ...files], { cwd: home, stdio: "inherit" });
if (error) throw error;
process.exit(status ?? 1);
