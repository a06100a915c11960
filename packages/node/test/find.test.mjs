import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

test("an ignored folder that is named is held whole, as a walk of it finds all", () =>
  inFolder(async (options, folder) => {
    writeFileSync(join(folder, ".gitignore"), "dist/\n*.log\n");
    for (const name of ["dist", "src"]) {
      mkdirSync(join(folder, name));
      for (const file of ["a.js", "a.log"]) writeFileSync(join(folder, name, file), "x");
    }
    for (const [name, expected] of [["dist", ["a.js", "a.log"]], ["src", ["a.js"]]]) {
      const index = await FileIndex.open(name, options);
      await index.ready();
      assert.deepEqual((await index.search("a", { limit: 10 })).map(({ path }) => path).sort(), expected);
      assert.deepEqual((await ironbridge.listPaths(name, options)).sort(), expected);
      await index.close();
    }
  }));

test("an index lists and searches content as a walk does, at once after a change", () =>
  inFolder(async (options) => {
    const index = await FileIndex.open(".", options);
    for (const path of ["b/ä.ts", "b/c.ts", "a.md", "node_modules/x.ts"])
      await ironbridge.writeFile(path, `needle in ${path}\n`, options);
    await ironbridge.writeFile(".gitignore", "node_modules\n", options);
    for (const own of [
      {},
      { order: "none", globs: ["*.ts"] },
      { order: "newest", folders: true, depth: 1 },
      { path: "b", limit: 1 },
      { globs: ["x.ts"] },
    ]) {
      const { path, ...rest } = own;
      const sort = (paths) => (own.order === "none" ? paths.sort() : paths);
      assert.deepEqual(
        sort(await index.list(own)),
        sort(await ironbridge.listPaths(path, { ...rest, ...options })),
      );
    }
    assert.deepEqual(await index.list({ globs: ["b/*"] }), ["b/c.ts", "b/ä.ts"]);
    assert.deepEqual(await index.list({ globs: ["none*"] }), []);
    for (const own of [{}, { include: ["*.md"] }, { mode: "count", path: "b" }])
      assert.deepEqual(
        await index.grep("needle", own),
        await ironbridge.grep("needle", { ...own, countIgnored: false, ...options }),
      );
    assert.equal((await failure(index.grep("("))).code, "ERR_INVALID_PATTERN");
    assert.equal((await failure(index.list({ path: ".." }))).code, "ERR_OUTSIDE");
    assert.equal((await failure(index.list({ signal: AbortSignal.abort() }))).code, "ERR_CANCELLED");
    await index.close();
    assert.equal((await failure(() => index.list())).code, "ERR_CLOSED");
  }));

test("each who types has a session, and one question needs no index", () =>
  inFolder(async (options) => {
    for (const path of ["src/ä/main.rs", "src/mail.rs"])
      await ironbridge.writeFile(path, "", options);
    const index = await FileIndex.open("src", options);
    await index.ready();
    const [one, other] = [await index.session(), await index.session()];
    for (const query of ["m", "ma", "mai", "main", "mai"]) {
      assert.deepEqual(await one.search(query), await index.search(query));
      assert.deepEqual(await other.search("mail", { limit: 1 }), await index.search("mail", { limit: 1 }));
    }
    await one.close();
    assert.equal((await failure(() => one.search("m"))).code, "ERR_CLOSED");
    await index.close();
    assert.equal((await other.search("mail"))[0].path, "mail.rs");
    await other.close();
    const { matches, complete } = await ironbridge.findFiles("main", { path: "src", ...options });
    assert.equal(complete, true);
    assert.deepEqual(
      matched(matches, (match) => match.path),
      ["main"],
    );
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
