/** What this runs on, as the packages of native files are called. */

import { readFileSync } from "node:fs";

/** `linux-x64-gnu`, `linux-arm64-musl`, `darwin-arm64`, `win32-x64-msvc` …: the last word of the platform package's name. */
export function platformName(): string {
  const { platform, arch } = process;
  if (platform === "linux") return `linux-${arch}-${isMusl() ? "musl" : "gnu"}`;
  if (platform === "win32") return `win32-${arch}-msvc`;
  return `${platform}-${arch}`;
}

function isMusl(): boolean {
  const report = process.report as { excludeNetwork?: boolean; getReport(): unknown } | undefined;
  try {
    // The loader that this very program names; the report is the answer where it cannot be read.
    return readFileSync("/usr/bin/ldd", "latin1").includes("musl");
  } catch {
    const header = (report?.getReport() as { header?: { glibcVersionRuntime?: string } })?.header;
    return header !== undefined && header.glibcVersionRuntime === undefined;
  }
}
