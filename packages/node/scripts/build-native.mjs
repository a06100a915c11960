// Builds the native file from source into native/: `--release` for use, without it for development, `--profile fast` for
// benchmarks (optimised, but linked without LTO).
// A finished one may be given instead: `--from FILE`, with the library that runs Python beside it.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const given = process.argv.indexOf("--from");
const built = given === -1 ? build(profile()) : process.argv[given + 1];
const native = join(home, "native");
mkdirSync(native, { recursive: true });
place(built, `ironbridge.${platformName()}.node`);
// Beside it, under whatever name cargo gave it: the library that runs Python. Windows has none.
if (process.platform !== "win32") {
  const end = process.platform === "darwin" ? "dylib" : "so";
  const host = join(dirname(built), `libironbridge_python.${end}`);
  place(host, `ironbridge-python.${platformName()}.${end}`);
}

// Renamed into place: a process that has the old one open keeps it.
function place(from, name) {
  const target = join(native, name);
  copyFileSync(from, `${target}.new`);
  renameSync(`${target}.new`, target);
  console.log(target);
}

function profile() {
  const named = process.argv.indexOf("--profile");
  if (named !== -1) return process.argv[named + 1];
  return process.argv.includes("--release") ? "release" : "dev";
}

function build(profile) {
  const options = [
    "build",
    "-p",
    "ironbridge-node",
    ...(process.platform === "win32" ? [] : ["-p", "ironbridge-python"]),
    "--locked",
    "--profile",
    profile,
    "--message-format=json-render-diagnostics",
  ];
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
  const artifacts = messages
    .map((line) => JSON.parse(line))
    .filter((row) => row.target?.name === "ironbridge_node");
  const file = artifacts
    .flatMap((row) => row.filenames ?? [])
    .find((name) => /\.(so|dylib|dll)$/.test(name));
  if (!file) throw new Error("cargo built no library");
  return file;
}

// As src/native.ts does, which is not built yet at this point.
function platformName() {
  const { platform, arch } = process;
  if (platform === "win32") return `win32-${arch}-msvc`;
  if (platform !== "linux") return `${platform}-${arch}`;
  let musl = false;
  try {
    musl = readFileSync("/usr/bin/ldd", "latin1").includes("musl");
  } catch {
    musl = process.report?.getReport().header.glibcVersionRuntime === undefined;
  }
  return `linux-${arch}-${musl ? "musl" : "gnu"}`;
}
