import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failure, inFolder, ironbridge } from "./place.mjs";

test("changes are told until the watcher is closed", () =>
  inFolder(async (options, folder) => {
    const told = [];
    let wake = () => {};
    const until = async (kind, path) => {
      while (!told.some((change) => change.kind === kind && change.path === path)) {
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    };
    const watcher = await ironbridge.watch(
      ".",
      (changes) => {
        told.push(...changes);
        wake();
      },
      options,
    );
    await ironbridge.writeFile("ä/b.txt", "", options);
    await until("create", "ä/b.txt");
    appendFileSync(join(folder, "ä/b.txt"), "c");
    await until("update", "ä/b.txt");
    told.length = 0;
    await ironbridge.writeFile("ä/b.txt", "written beside and renamed over", options);
    await until("update", "ä/b.txt");
    assert.ok(!told.some((change) => change.path === "ä/b.txt" && change.kind === "create"));
    await watcher.close();
    const count = told.length;
    await ironbridge.writeFile("c.txt", "", options);
    assert.equal(told.length, count);
    assert.equal(
      (await failure(ironbridge.watch("none", () => {}, options))).code,
      "ERR_NOT_WATCHABLE",
    );
  }));
