// Makes the package of one platform, `@ironbridge/PLATFORM`, of the native file that was built here: a folder for `npm publish`.
// usage: platform-package.mjs [FOLDER], by default platforms/PLATFORM
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const files = readdirSync(join(home, "native")).filter((name) => !name.endsWith(".new"));
const [file, ...others] = files.filter((name) => name.endsWith(".node"));
const hosts = files.filter((name) => name.startsWith("ironbridge-python."));
if (!file || others.length > 0)
  throw new Error("native/ does not hold exactly one file; build it first");
const platform = file.split(".")[1];
const [os, cpu, libc] = platform.split("-");
const { version, license, engines } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const folder = process.argv[2] ?? join(home, "platforms", platform);
mkdirSync(folder, { recursive: true });
copyFileSync(join(home, "native", file), join(folder, "ironbridge.node"));
for (const host of hosts) copyFileSync(join(home, "native", host), join(folder, host));
const manifest = {
  name: `@ironbridge/${platform}`,
  version,
  description: `The native file of ironbridge for ${platform}`,
  license,
  engines,
  main: "ironbridge.node",
  files: ["ironbridge.node", ...hosts],
  os: [os],
  cpu: [cpu],
  ...(os === "linux" ? { libc: [libc === "musl" ? "musl" : "glibc"] } : {}),
};
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(folder);
