// Makes the package of one platform, `@ironbridge/PLATFORM`, of what was built here: a folder for `npm publish`.
// usage: platform-package.mjs [FOLDER], by default platforms/PLATFORM
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { conditions, PLATFORMS } from "./platforms.mjs";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const native = join(home, "native");
const built = readdirSync(native);
const [file, ...others] = built.filter((name) => name.endsWith(".node"));
if (!file || others.length > 0)
  throw new Error("native/ does not hold exactly one file; build it first");
const platform = file.split(".")[1];
if (!PLATFORMS.some(({ name }) => name === platform))
  throw new Error(`${platform} is not in scripts/platforms.mjs: no package would ask for it`);
const { version, license, engines } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const folder = process.argv[2] ?? join(home, "platforms", platform);
mkdirSync(folder, { recursive: true });
copyFileSync(join(native, file), join(folder, "ironbridge.node"));
const files = ["ironbridge.node"];
// The library that runs Python is looked for beside it, by the name it has.
for (const host of built.filter((name) => /^ironbridge-python\..+\.(so|dylib)$/.test(name))) {
  copyFileSync(join(native, host), join(folder, host));
  files.push(host);
}
// The program `ironbridge`, where it was built as well.
for (const program of ["ironbridge", "ironbridge.exe"].filter((name) => built.includes(name))) {
  copyFileSync(join(native, program), join(folder, program));
  chmodSync(join(folder, program), 0o755);
  files.push(program);
}
const manifest = {
  name: `@ironbridge/${platform}`,
  version,
  description: `The native file of ironbridge for ${platform}`,
  license,
  engines,
  main: "ironbridge.node",
  files,
  ...conditions(platform),
};
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(folder);
