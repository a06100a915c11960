import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { failure, inFolder, ironbridge } from "./place.mjs";

const { FileIndex, FuzzyList, fuzzySearch } = ironbridge;

/** Garbage does not count as growth. */
function collect() {
  if (globalThis.Bun) return globalThis.Bun.gc(true);
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

/** What of the texts matched. */
function matched(found, text) {
  return found.map((match) =>
    match.ranges.map(({ start, end }) => text(match).slice(start, end)).join(""),
  );
}

test("an index answers what a tree holds, and follows its changes", () =>
  inFolder(async (options) => {
    await ironbridge.writeFile("src/ä😀main.rs", "", options);
    const index = await FileIndex.open(".", options);
    const { entries, watchProblem } = await index.ready();
    assert.deepEqual({ entries, watchProblem }, { entries: 2, watchProblem: null });
    const found = await index.search("main");
    assert.deepEqual(
      found.map((match) => match.path),
      ["src/ä😀main.rs"],
    );
    assert.deepEqual(
      matched(found, (match) => match.path),
      ["main"],
    );
    await ironbridge.writeFile("src/remains.ts", "", options);
    while ((await index.search("remains")).length === 0) await new Promise(setImmediate);
    await index.close();
    await index.close();
    assert.equal((await failure(() => index.search("main"))).code, "ERR_CLOSED");
    assert.equal((await failure(FileIndex.open("none", options))).code, "ERR_NOT_A_FOLDER");
  }));

test("a list is searched once, or kept and searched", async () => {
  const items = ["zebra", "ä😀main.rs", "src/main.rs"];
  const found = await fuzzySearch("main", items, { limit: 2 });
  assert.deepEqual(found.map((match) => match.item).sort(), ["src/main.rs", "ä😀main.rs"]);
  assert.deepEqual(
    matched(found, (match) => match.item),
    ["main", "main"],
  );
  assert.deepEqual(await fuzzySearch("main", []), []);
  const list = await FuzzyList.of(items);
  assert.deepEqual(await list.search("main", { limit: 2 }), found);
  await list.replace(["other"]);
  assert.deepEqual(
    (await list.search("oth")).map((match) => match.index),
    [0],
  );
  await list.close();
});

test("ten thousand lists and calls leave nothing behind", async () => {
  const round = async () => {
    const list = await FuzzyList.of(["a", "b"]);
    await list.search("a", { signal });
    await list.close();
  };
  const { signal } = new AbortController();
  const rounds = async (count) => {
    for (let done = 0; done < count; done += 100)
      await Promise.all(Array.from({ length: 100 }, round));
    collect();
    return process.memoryUsage().rss;
  };
  const before = await rounds(20_000);
  const after = await rounds(10_000);
  // The allocators of both sides level off after some 20,000 rounds. Then a round that left 4 KiB would show as 40 MiB.
  assert.ok(after - before < 32 * 1024 * 1024, `${before} → ${after}`);
});
