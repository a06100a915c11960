// The platforms that native files are built for: the last word of a package's name, and what Rust calls it.
import { readFileSync } from "node:fs";

export const PLATFORMS = [
  { name: "linux-x64-gnu", target: "x86_64-unknown-linux-gnu" },
  { name: "linux-arm64-gnu", target: "aarch64-unknown-linux-gnu" },
  { name: "linux-x64-musl", target: "x86_64-unknown-linux-musl" },
  { name: "linux-arm64-musl", target: "aarch64-unknown-linux-musl" },
  { name: "darwin-x64", target: "x86_64-apple-darwin" },
  { name: "darwin-arm64", target: "aarch64-apple-darwin" },
  { name: "win32-x64-msvc", target: "x86_64-pc-windows-msvc" },
];

/** The one this runs on. As src/native.ts says, which may not be built yet. */
export function platformName() {
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

/** What npm is told, so that it installs the package of one platform only there. */
export function conditions(name) {
  const [os, cpu, libc] = name.split("-");
  const libcs = { gnu: "glibc", musl: "musl" };
  return { os: [os], cpu: [cpu], ...(os === "linux" ? { libc: [libcs[libc]] } : {}) };
}
