import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failure, inFolder, ironbridge } from "./place.mjs";

test("a file is created, read, written and changed line by line", () =>
  inFolder(async (options, folder) => {
    const file = join(folder, "a.txt");
    assert.equal(
      (await ironbridge.createFile("a.txt", "eins\nzwöi\ndrei\n", options)).outcome,
      "created",
    );
    assert.equal((await failure(ironbridge.createFile("a.txt", "", options))).code, "ERR_EXISTS");
    const read = await ironbridge.readFile("a.txt", { ...options, offset: 2, limit: 1 });
    assert.equal(read.text, "zwöi\n");
    assert.equal(read.totalLines, 3);
    assert.equal((await ironbridge.insertLines("a.txt", 1, "null\n", options)).lines, 4);
    await ironbridge.replaceLines("a.txt", 2, 3, "x\n", options);
    await ironbridge.deleteLines("a.txt", 3, 3, options);
    assert.equal(readFileSync(file, "utf8"), "null\nx\n");
    const written = await ironbridge.writeFile("a.txt", "one\ntwo\n", {
      ...options,
      expectedHash: undefined,
    });
    assert.equal(written.outcome, "replaced");
    const changed = await failure(
      ironbridge.writeFile("a.txt", "", { ...options, expectedHash: "0".repeat(64) }),
    );
    assert.match(changed.code, /^ERR_(CHANGED|INVALID_INPUT)$/);
    assert.equal((await failure(ironbridge.readFile("b.txt", options))).code, "ERR_NOT_FOUND");
    assert.equal((await failure(ironbridge.readFile("a\0b", options))).code, "ERR_INVALID_PATH");
    assert.equal(
      (await failure(ironbridge.writeFile("a.txt", "\ud800", options))).code,
      "ERR_INVALID_INPUT",
    );
    assert.equal((await failure(ironbridge.readFile("\ud800", options))).code, "ERR_INVALID_INPUT");
    assert.equal(
      (await failure(ironbridge.readFile("a.txt", { ...options, offsett: 1 }))).code,
      "ERR_INVALID_INPUT",
    );
  }));

test("an image comes as bytes, a folder as names", () =>
  inFolder(async (options, folder) => {
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
      "base64",
    );
    writeFileSync(join(folder, "a.png"), png);
    const image = await ironbridge.readFile("a.png", options);
    assert.equal(image.kind, "media");
    assert.deepEqual(Buffer.from(image.data), png);
    assert.deepEqual((await ironbridge.readFile(".", options)).entries, ["a.png"]);
  }));

test("edits and patches happen whole or not at all", () =>
  inFolder(async (options, folder) => {
    const file = join(folder, "a.js");
    writeFileSync(file, "let a = 1;\nlet b = 2;\n");
    const edited = await ironbridge.editFile("a.js", "let a = 1;", "let a = '$&';", options);
    assert.equal(edited.strategy, "simple");
    const several = [
      { old: "let b = 2;", new: "let b = 3;" },
      { old: "let c", new: "let d" },
    ];
    assert.equal(
      (await failure(ironbridge.multiEdit(several, { ...options, path: "a.js" }))).code,
      "ERR_NO_MATCH",
    );
    assert.equal(readFileSync(file, "utf8"), "let a = '$&';\nlet b = 2;\n");
    const done = await ironbridge.multiEdit(several.slice(0, 1), { ...options, path: "a.js" });
    assert.equal(done.edits.length, 1);
    const patch =
      "*** Begin Patch\n*** Update File: a.js\n@@\n-let b = 3;\n+let b = 4;\n*** Add File: b.js\n+x\n*** End Patch\n";
    assert.deepEqual(
      (await ironbridge.applyPatch(patch, options)).files.map((file) => file.status),
      ["M", "A"],
    );
    assert.equal(readFileSync(file, "utf8"), "let a = '$&';\nlet b = 4;\n");
    assert.equal(readFileSync(join(folder, "b.js"), "utf8"), "x\n");
  }));

test("with a root nothing leaves it, without one any path will do", () =>
  inFolder(async (options, folder) => {
    await ironbridge.writeFile("in/a.txt", "a\n", options);
    const rooted = { ...options, root: "in" };
    assert.equal((await ironbridge.readFile("a.txt", rooted)).text, "a\n");
    const outside = await failure(ironbridge.writeFile("../b.txt", "b", rooted));
    assert.equal(outside.code, "ERR_OUTSIDE");
    assert.equal(outside.resolved, join(folder, "b.txt"));
    assert.equal((await ironbridge.readFile(join(folder, "in/a.txt"), options)).text, "a\n");
    assert.equal(
      (await failure(ironbridge.readFile("a", { ...options, root: "none" }))).code,
      "ERR_INVALID_PATH",
    );
  }));

test("other limits may be set", () =>
  inFolder(async (options) => {
    await ironbridge.writeFile("a.txt", "1\n2\n3\n", options);
    const read = await ironbridge.readFile("a.txt", { ...options, limits: { read: { lines: 2 } } });
    assert.equal(read.text, "1\n2\n");
    assert.equal(read.truncated, true);
    const unknown = await failure(
      ironbridge.readFile("a.txt", { ...options, limits: { read: { linez: 2 } } }),
    );
    assert.equal(unknown.code, "ERR_INVALID_INPUT");
  }));

test("archives are packed and unpacked", () =>
  inFolder(async (options, folder) => {
    await ironbridge.writeFile("in/a.txt", "a\n", options);
    const packed = await ironbridge.createArchive("a.tar.gz", ["in"], options);
    assert.ok(packed.entries >= 1);
    const unpacked = await ironbridge.extractArchive("a.tar.gz", "out", options);
    assert.equal(unpacked.files, 1);
    assert.equal(readFileSync(join(folder, "out/in/a.txt"), "utf8"), "a\n");
  }));
