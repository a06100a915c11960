// Runs the tests, as the runtime that is asked: `npm test` in Node, `bun run test` in Bun, which runs this by Node but says
// its name. Names of files or patterns may follow; `--bun` asks for Bun's own runner from npm.
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
const askedByBun = (process.env.npm_config_user_agent ?? "").startsWith("bun/");
const [program, first] =
  inBun || askedByBun || process.argv.includes("--bun")
    ? [
        inBun ? process.execPath : join(home, "node_modules/.bin/bun"),
        ["test", "--timeout", "300000"],
      ]
    : [process.execPath, ["--test"]];
const { status, error } = spawnSync(program, [...first, ...files], { cwd: home, stdio: "inherit" });
if (error) throw error;
process.exit(status ?? 1);
