// In a process of its own, so that whoever watches has no part in it: writes a thousand files of the large tree anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paths, tree } from "../fixtures.mjs";

const [count, written] = process.argv.slice(2).map(Number);
const folder = tree(count);
const files = paths(count)
  .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
  .slice(0, written)
  .map((path) => join(folder, path));
for (const file of files) writeFileSync(file, readFileSync(file));
