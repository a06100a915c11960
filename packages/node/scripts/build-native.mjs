// Builds the native file from source into native/, and with `--command` the program `ironbridge` beside it.
//
// `--release` for use, without it for development, `--profile bench` for benchmarks (optimised, but without LTO).
// IRONBRIDGE_BUILD_PROFILE stands for either (tests set `dev`, so that trying `npm run build` takes no optimised build).
// `--target TRIPLE --platform NAME` for another platform.
// A finished native file may be given instead: `--from FILE`, with the library that runs Python beside it.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { platformName } from "./platforms.mjs";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const given = (name) => {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
};
const folder = join(home, "native");
mkdirSync(folder, { recursive: true });
const platform = given("--platform") ?? platformName();
// The library that runs Python, under whatever name cargo gave it. Windows has none.
const host = { linux: "so", darwin: "dylib" }[platform.split("-")[0]];
const crates = ["ironbridge-node", ...(host ? ["ironbridge-python"] : [])];
const file = given("--from") ?? build(crates, "ironbridge_node", /\.(so|dylib|dll)$/);
place(file, `ironbridge.${platform}.node`);
if (host) {
  place(join(dirname(file), `libironbridge_python.${host}`), `ironbridge-python.${platform}.${host}`);
}
if (process.argv.includes("--command")) {
  const program = build(["ironbridge-cli"], "ironbridge", /(^|[\\/])ironbridge(\.exe)?$/);
  place(program, basename(program));
}

/** Renamed into place: a process that has the old one open keeps it. */
function place(from, name) {
  const target = join(folder, name);
  copyFileSync(from, `${target}.new`);
  renameSync(`${target}.new`, target);
  console.log(target);
}

function build(crates, artifact, wanted) {
  const packages = crates.flatMap((name) => ["-p", name]);
  const options = ["build", ...packages, "--locked", "--message-format=json-render-diagnostics"];
  const usual = process.argv.includes("--release") ? "release" : "dev";
  options.push("--profile", given("--profile") ?? process.env.IRONBRIDGE_BUILD_PROFILE ?? usual);
  if (given("--target")) options.push("--target", given("--target"));
  const { status, stdout, error } = spawnSync(process.env.CARGO ?? "cargo", options, {
    cwd: join(home, "..", ".."),
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error)
    throw new Error(`cargo cannot be run (https://rustup.rs installs it): ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
  const messages = stdout.split("\n").filter((line) => line.startsWith("{"));
  const built = messages
    .map((line) => JSON.parse(line))
    .filter((row) => row.target?.name === artifact)
    .flatMap((row) => row.filenames ?? [])
    .find((name) => wanted.test(name));
  if (!built) throw new Error(`cargo built no ${artifact}`);
  return built;
}
