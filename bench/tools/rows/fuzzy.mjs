// Five queries over lists of paths that each contender keeps in its own form; then the last key of a query that was
// typed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import uFuzzy from "@leeoniya/ufuzzy";
import fuzzysort from "fuzzysort";
import { pathFile, pathList } from "../fixtures.mjs";
import { compare, inOwnProcess, quick } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast, earlier, rounded } from "../report.mjs";
import { rustPeers } from "../rust-peers.mjs";

const SIZES = quick ? [1000] : [1000, 10_000, 100_000, 1_000_000];
const TIMES = { 1000: 2, 10_000: 4, 100_000: 5, 1_000_000: 5 };
/** The last is a typo. */
const QUERIES = ["src", "comp", "index", "util", "contorller"];
const TYPED = ["i", "in", "ind", "inde", "index"];
const LIMIT = 20;
const MB = 1e6;

export const title = "fuzzy find";

export async function measure(row) {
  for (const size of SIZES) {
    const paths = pathList(size);
    const list = await ironbridge.FuzzyList.of(paths);
    const contenders = {
      ironbridge: (query) => list.search(query, { limit: LIMIT }),
      ...peers(paths, size),
    };
    await agree(contenders);
    const seconds = size > 100_000 ? 8 : 3;
    const rust = `find::cold`;
    const many = `${size.toLocaleString("en")} paths`;
    const cold = await compare(inTurn(contenders), { seconds });
    Object.assign(cold, rustPeers(size, QUERIES));
    row.add(many, cold, {
      today: "fuzzysort",
      reach: [atLeast(TIMES[size], "fuzzysort"), ...(size === 10_000 ? [earlier(2)] : [])],
      rust,
    });

    const typing = { ironbridge: contenders.ironbridge, fuzzysort: contenders.fuzzysort };
    row.add(
      `${many}, the last key of \`index\``,
      await compare(narrowed(typing), { seconds: seconds / 2 }),
      {
        today: "fuzzysort",
        reach: [atLeast(20, "fuzzysort")],
        rust: `find::narrowing`,
      },
    );
    await list.close();
    if (!quick && size >= 100_000) remember(row, size, many);
  }
}

function peers(paths, size) {
  const prepared = paths.map((path) => fuzzysort.prepare(path));
  const micro = new uFuzzy();
  const file = pathFile(size);
  return {
    fuzzysort: (query) => fuzzysort.go(query, prepared, { limit: LIMIT }),
    uFuzzy: (query) => micro.search(paths, query, 0, 100_000),
    // What it is given is a file: it starts, reads and splits it each time.
    fzf: (query) => {
      const input = openSync(file);
      const { stdout } = spawnSync("fzf", ["--filter", query], {
        stdio: [input, "pipe", "ignore"],
        maxBuffer: 1 << 29,
      });
      closeSync(input);
      return stdout.toString().split("\n", LIMIT);
    },
  };
}

function inTurn(contenders) {
  return Object.fromEntries(
    Object.entries(contenders).map(([name, search]) => {
      let round = 0;
      return [
        name,
        { run: () => search(QUERIES[round++ % QUERIES.length]), spawns: name === "fzf" },
      ];
    }),
  );
}

function narrowed(contenders) {
  return Object.fromEntries(
    Object.entries(contenders).map(([name, search]) => [
      name,
      {
        before: async () => {
          for (const typed of TYPED.slice(0, -1)) await search(typed);
        },
        run: () => search(TYPED.at(-1)),
      },
    ]),
  );
}

/**
 * Scores differ from one to the next. What none may do: give what does not match, or nothing where there is
 * something.
 */
async function agree({ ironbridge: ours, fuzzysort: theirs }) {
  for (const query of QUERIES.slice(0, -1)) {
    const found = await ours(query);
    assert.equal(found.length, Math.min(LIMIT, theirs(query).total), query);
    for (const { item } of found) assert.match(item, new RegExp([...query].join(".*"), "i"));
  }
}

/** Each in a process of its own, the paths being there already. */
function remember(row, size, many) {
  const of = (name) => {
    const told = inOwnProcess("baselines/fuzzy-memory.mjs", [name, size]);
    return { memory_bytes: told.peak, path_bytes: told.pathBytes };
  };
  const contenders = {
    ironbridge: of("ironbridge"),
    fuzzysort: of("fuzzysort"),
    uFuzzy: of("uFuzzy"),
  };
  const allowed = 2 * contenders.ironbridge.path_bytes + 50 * MB;
  const reached = contenders.ironbridge.memory_bytes;
  row.add(`${many}, memory`, contenders, {
    reach: [
      () => ({
        wanted: `≤ 2 × the paths + 50 MB = ${rounded(allowed / MB)} MB`,
        reached: `${rounded(reached / MB)} MB`,
        met: reached <= allowed,
      }),
    ],
  });
}
