import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failure, inFolder, ironbridge } from "./place.mjs";

const { Snapshot } = ironbridge;

test("what calls change goes back, and going back can be undone", () =>
  inFolder(async (options, folder) => {
    const content = (name) => readFileSync(join(folder, name), "utf8");
    await ironbridge.writeFile("a.txt", "before the first snapshot\n", options);
    await ironbridge.writeFile("b.txt", "b\n", options);
    const snapshot = await Snapshot.take({ ...options, label: "first" });
    await ironbridge.editFile("a.txt", "before", "after", options);
    await ironbridge.createFile("new/c.txt", "c\n", options);
    await ironbridge.writeFile("b.txt", "not kept\n", { ...options, snapshots: false });
    assert.deepEqual((await snapshot.paths()).sort(), ["a.txt", "new/c.txt"]);
    const changed = await snapshot.diff();
    assert.deepEqual(changed.map((file) => file.path).sort(), ["a.txt", "new/c.txt"]);
    assert.deepEqual((await snapshot.diff({ paths: ["new"] })).length, 1);
    const { files, undo } = await snapshot.restore();
    assert.deepEqual(files.map((file) => [file.path, file.outcome]).sort(), [
      ["a.txt", "restored"],
      ["new/c.txt", "removed"],
    ]);
    assert.equal(content("a.txt"), "before the first snapshot\n");
    assert.equal(existsSync(join(folder, "new/c.txt")), false);
    await undo.restore();
    assert.equal(content("a.txt"), "after the first snapshot\n");
    assert.equal(content("b.txt"), "not kept\n");
  }));

test("files that commands change are named; what is old is forgotten", () =>
  inFolder(async (options, folder) => {
    writeFileSync(join(folder, "a.txt"), "a\n");
    const snapshot = await Snapshot.take({ ...options, paths: ["a.txt"] });
    writeFileSync(join(folder, "a.txt"), "changed\n");
    const again = Snapshot.of(snapshot.id, options);
    assert.deepEqual((await again.restore({ paths: ["a.txt"] })).files, [
      { path: "a.txt", outcome: "restored" },
    ]);
    assert.equal(readFileSync(join(folder, "a.txt"), "utf8"), "a\n");
    assert.equal((await again.restore()).undo === undefined, true);
    assert.ok((await Snapshot.list(options)).length >= 2);
    await snapshot.forget();
    assert.equal(
      (await Snapshot.list(options)).some((row) => row.id === snapshot.id),
      false,
    );
    assert.equal((await failure(snapshot.diff())).code, "ERR_UNKNOWN_SNAPSHOT");
    assert.ok((await Snapshot.forgetOld(0, options)) >= 1);
    assert.equal(
      (await failure(Snapshot.take({ ...options, paths: ["../out"], root: "." }))).code,
      "ERR_OUTSIDE",
    );
  }));

test("without a snapshot nothing is copied", () =>
  inFolder(async (options) => {
    await ironbridge.writeFile("a.txt", "a\n", options);
    assert.equal(existsSync(join(options.state, "snapshots")), false);
  }));
