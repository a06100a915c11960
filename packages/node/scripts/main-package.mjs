// Makes the package `ironbridge` as it is published: without a native file, with the packages of all platforms as optional
// dependencies, of which npm installs the one that fits. A folder for `npm publish`.
// usage: main-package.mjs [FOLDER], by default platforms/ironbridge
//
// They stand in the published manifest only. In the one of the source, `npm ci` would fetch whatever somebody has put under
// these names before us.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PLATFORMS } from "./platforms.mjs";

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = process.argv[2] ?? join(home, "platforms", "ironbridge");
const source = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const { private: _private, scripts: _scripts, devDependencies: _dev, ...manifest } = source;
const own = source.files.filter((name) => name !== "native");
const licences = ["LICENSE-MIT", "LICENSE-APACHE"];
manifest.files = [...own, ...licences];
const packages = PLATFORMS.map(({ name }) => [`@ironbridge/${name}`, source.version]);
manifest.optionalDependencies = Object.fromEntries(packages);
mkdirSync(folder, { recursive: true });
for (const name of own) cpSync(join(home, name), join(folder, name), { recursive: true });
for (const name of licences) cpSync(join(home, "../..", name), join(folder, name));
writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(folder);
