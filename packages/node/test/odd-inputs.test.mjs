// Odd inputs to every function: each is refused with a code, or taken as it is; nothing is changed on its way without a word.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inFolder, ironbridge as ib } from "./place.mjs";

const LONE = "a\ud800b";
const NUL = "a\0b";

/** Function → what it is asked with a text in the place where a text goes. */
const TEXTS = {
  "applyPatch, patch": (t, o) => ib.applyPatch(`*** Begin Patch\n*** Add File: p.txt\n+${t}\n*** End Patch`, o),
  countTokens: (t) => ib.countTokens(t),
  countTokensAsync: (t, o) => ib.countTokensAsync(t, o),
  "createArchive, path": (t, o) => ib.createArchive(`${t}.zip`, ["a.txt"], o),
  "createArchive, source": (t, o) => ib.createArchive("x.zip", [t], o),
  "createFile, content": (t, o) => ib.createFile("c.txt", t, o),
  "createFile, path": (t, o) => ib.createFile(t, "", o),
  "deleteLines, path": (t, o) => ib.deleteLines(t, 1, 1, o),
  "editFile, new": (t, o) => ib.editFile("a.txt", "two", t, o),
  "editFile, old": (t, o) => ib.editFile("a.txt", t, "", o),
  "editFile, path": (t, o) => ib.editFile(t, "a", "b", o),
  "editText, content": (t) => ib.editText(`${t}\nx`, "x", "y"),
  "editText, new": (t) => ib.editText("x", "x", t),
  encode: (t) => ib.encode(t),
  encodeAsync: (t, o) => ib.encodeAsync(t, o),
  "extractArchive, path": (t, o) => ib.extractArchive(t, "out", o),
  "FileIndex.open, path": (t, o) => ib.FileIndex.open(t, o),
  "findFiles, query": (t, o) => ib.findFiles(t, o),
  "FuzzyList.of, item": (t, o) => ib.FuzzyList.of([t], o),
  "fuzzySearch, item": (t, o) => ib.fuzzySearch("a", [t], o),
  "fuzzySearch, query": (t, o) => ib.fuzzySearch(t, ["a"], o),
  "gitCommit, message": (t, o) => ib.gitCommit(t, { ...o, allowEmpty: true }),
  "gitStage, path": (t, o) => ib.gitStage({ ...o, paths: [t] }),
  "glob, pattern": (t, o) => ib.glob(t, o),
  "grep, pattern": (t, o) => ib.grep(t, o),
  "insertLines, content": (t, o) => ib.insertLines("a.txt", 1, t, o),
  "listFiles, path": (t, o) => ib.listFiles(t, o),
  "listPaths, path": (t, o) => ib.listPaths(t, o),
  "listTree, path": (t, o) => ib.listTree(t, o),
  "lockFile, path": (t, o) => ib.lockFile(t, o),
  "multiEdit, new": (t, o) => ib.multiEdit([{ path: "a.txt", old: "two", new: t }], o),
  parseShell: (t) => ib.parseShell(`echo ${t}`),
  parseShellAsync: (t, o) => ib.parseShellAsync(`echo ${t}`, o),
  "Pty.open, argument": (t, o) => ib.Pty.open("echo", [t], o),
  "Pty.open, variable": (t, o) => ib.Pty.open("true", [], { ...o, env: { IRONBRIDGE_ODD: t } }),
  "readFile, path": (t, o) => ib.readFile(t, o),
  "replaceLines, content": (t, o) => ib.replaceLines("a.txt", 1, 1, t, o),
  "runShell, command": (t, o) => ib.runShell(`echo '${t}'`, o),
  "translateRequest, text": (t) => ib.translateRequest({ model: "m", messages: [{ role: "user", content: t }] }, "chat", "messages"),
  "validatePayload, text": (t) => ib.validatePayloadDetailed({ model: "m", messages: [{ role: "user", content: t }] }, "chat"),
  "watch, path": (t, o) => ib.watch(t, () => {}, { ...o, persistent: false }),
  "writeFile, content": (t, o) => ib.writeFile("w.txt", t, o),
  "writeFile, path": (t, o) => ib.writeFile(t, "", o),
};

function withFiles(work) {
  return inFolder(async (options, folder) => {
    spawnSync("git", ["init", "-q", "-b", "main"], { cwd: folder });
    for (const [name, value] of [["user.name", "Ada"], ["user.email", "ada@example.com"]]) {
      spawnSync("git", ["config", name, value], { cwd: folder });
    }
    writeFileSync(join(folder, "a.txt"), "one\ntwo\nthree\n");
    return work(options, folder);
  });
}

async function outcome(work) {
  try {
    const given = await work();
    await (given?.release?.() ?? given?.close?.());
    return "taken";
  } catch (error) {
    assert.ok(error instanceof ib.IronbridgeError, error.stack);
    assert.ok(error.message.length > 5, error.code);
    assert.notEqual(error.code, "ERR_PANIC", error.message);
    assert.notEqual(error.code, "ERR_INTERNAL", error.message);
    return error.code;
  }
}

for (const [name, call] of Object.entries(TEXTS)) {
  test(`${name}: a lone surrogate, a NUL, an empty text, no text at all`, () =>
    withFiles(async (options) => {
      const lone = await outcome(() => call(LONE, options));
      // A payload is told what is wrong with it; all else is refused: UTF-8 has no form for it.
      if (name !== "validatePayload, text") assert.match(lone, /^ERR_(INVALID_INPUT|INVALID_PAYLOAD)$/, lone);
      for (const odd of [NUL, ""]) assert.match(await outcome(() => call(odd, options)), /^(taken|ERR_\w+)$/);
      // In a template it would be text.
      if (!/parseShell|applyPatch|runShell|createArchive, path|editText, content/.test(name)) {
        for (const none of [7, null, {}]) await outcome(() => call(none, options));
      }
    }));
}

test("frozen options and inputs are taken, and left as they are", () =>
  withFiles(async (options) => {
    const frozen = Object.freeze({ ...options, limits: Object.freeze({}) });
    assert.equal((await ib.readFile("a.txt", frozen)).text, "one\ntwo\nthree\n");
    const list = Object.freeze(["a", "b"]);
    assert.equal((await ib.fuzzySearch("a", list, frozen)).length, 1);
    const payload = Object.freeze({ model: "m", messages: Object.freeze([Object.freeze({ role: "user", content: "a" })]) });
    assert.equal(ib.validatePayload(payload, "chat"), true);
    assert.equal(ib.translateRequest(payload, "chat", "messages").payload.messages.length, 1);
    assert.deepEqual(Object.keys(frozen), [...Object.keys(options), "limits"]);
  }));

test("detached buffers are empty ones", async () => {
  const detached = new Uint8Array([1, 2, 3, 4]);
  structuredClone(detached, { transfer: [detached.buffer] });
  assert.equal(new ib.StreamTranslator("chat", "messages").push(detached).length, 0);
  const pty = await ib.Pty.open("cat", []);
  try {
    await outcome(() => pty.write(detached));
  } finally {
    pty.kill("SIGKILL");
    await pty.close();
  }
});

test("a text of 100 MB is written, and a path of a megabyte refused", () =>
  withFiles(async (options) => {
    const line = "0123456789abcde\n";
    assert.equal(await outcome(() => ib.writeFile("huge.txt", line.repeat((100 * 1024 * 1024) / line.length), options)), "taken");
    assert.equal(await outcome(() => ib.readFile("x".repeat(1024 * 1024), options)), "ERR_INVALID_PATH");
  }));
