// The fuzzy matchers of Rust, by the small program of `bench/tools/matchers`, over the same file of paths.
import { spawnSync } from "node:child_process";
import { pathFile } from "./fixtures.mjs";
import { needed } from "./measure.mjs";

/** Figures by name, each matcher in a process of its own so that its peak of memory is its own. */
export function rustPeers(size, queries) {
  const program = needed("IRONBRIDGE_BENCH_MATCHERS");
  if (!program) return {};
  const rounds = size > 100_000 ? 1 : 5;
  const names = ["nucleo-matcher", "fuzzy-matcher", "sublime_fuzzy"];
  return Object.fromEntries(
    names.map((name) => {
      const { stdout, status, stderr } = spawnSync(
        program,
        [name, pathFile(size), queries.join(","), rounds],
        { encoding: "utf8" },
      );
      if (status !== 0) throw new Error(`${name}: ${stderr}`);
      return [name, JSON.parse(stdout)];
    }),
  );
}
