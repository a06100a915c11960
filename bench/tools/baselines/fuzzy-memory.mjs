// In a process of its own: how much memory keeping a list of paths and asking it costs at most, beside the paths
// themselves.
import uFuzzy from "@leeoniya/ufuzzy";
import fuzzysort from "fuzzysort";
import { pathList } from "../fixtures.mjs";
import { forgetPeak, memory } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";

const [name, size] = process.argv.slice(2);
const paths = pathList(Number(size));
globalThis.gc();
forgetPeak();
const before = memory().now;
const search = await keep();
for (const query of ["src", "comp", "index", "util", "contorller"]) await search(query);
const peak = memory().peak - before;
console.log(
  JSON.stringify({
    peak,
    pathBytes: paths.reduce((sum, path) => sum + Buffer.byteLength(path), 0),
  }),
);
process.exit(0);

async function keep() {
  if (name === "ironbridge") {
    const list = await ironbridge.FuzzyList.of(paths);
    return (query) => list.search(query, { limit: 20 });
  }
  if (name === "fuzzysort") {
    const prepared = paths.map((path) => fuzzysort.prepare(path));
    return (query) => fuzzysort.go(query, prepared, { limit: 20 });
  }
  const micro = new uFuzzy();
  return (query) => micro.search(paths, query, 0, 100_000);
}
