// An AbortSignal before, during and after every kind of call.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inFolder, ironbridge as ib } from "./place.mjs";

/** A folder with a repository, an archive and files enough for a walk to be under way. */
function withFiles(work) {
  return inFolder(async (options, folder) => {
    spawnSync("git", ["init", "-q", "-b", "main"], { cwd: folder });
    for (let at = 0; at < 20; at += 1) {
      mkdirSync(join(folder, `d${at}`));
      for (let file = 0; file < 20; file += 1) writeFileSync(join(folder, `d${at}`, `f${file}.txt`), "line\n".repeat(50));
    }
    writeFileSync(join(folder, "a.txt"), "one\ntwo\nthree\n");
    await ib.createArchive("whole.zip", ["a.txt"], options);
    return work(options, folder);
  });
}

/** What each function is asked; what it opens is closed by who looks at it. */
const CALLS = {
  applyPatch: (o) => ib.applyPatch("*** Begin Patch\n*** Add File: p.txt\n+x\n*** End Patch", o),
  countTokensAsync: (o) => ib.countTokensAsync("word ".repeat(10_000), o),
  createArchive: (o) => ib.createArchive("new.zip", ["d1"], o),
  createFile: (o) => ib.createFile("created.txt", "x", o),
  decodeAsync: (o) => ib.decodeAsync([1, 2, 3], o),
  deleteLines: (o) => ib.deleteLines("a.txt", 1, 1, o),
  editFile: (o) => ib.editFile("a.txt", "two", "2", o),
  editTextAsync: (o) => ib.editTextAsync("a\nb", "b", "c", o),
  encodeAsync: (o) => ib.encodeAsync("word ".repeat(10_000), o),
  extractArchive: (o) => ib.extractArchive("whole.zip", "out", o),
  "FileIndex.open": (o) => ib.FileIndex.open(".", o),
  findFiles: (o) => ib.findFiles("f1", o),
  "FuzzyList.of": (o) => ib.FuzzyList.of(["a", "b"], o),
  fuzzySearch: (o) => ib.fuzzySearch("a", ["a", "b"], o),
  gitBranches: (o) => ib.gitBranches(o),
  gitCommit: (o) => ib.gitCommit("m", { ...o, allowEmpty: true }),
  gitDiff: (o) => ib.gitDiff(o),
  gitInfo: (o) => ib.gitInfo(o),
  gitStage: (o) => ib.gitStage({ ...o, paths: ["a.txt"] }),
  gitStatus: (o) => ib.gitStatus(o),
  gitUnstage: (o) => ib.gitUnstage({ ...o, paths: ["a.txt"] }),
  gitWorktrees: (o) => ib.gitWorktrees(o),
  "GitRepository.open": (o) => ib.GitRepository.open(".", o),
  glob: (o) => ib.glob("**/*.txt", o),
  grep: (o) => ib.grep("line", o),
  insertLines: (o) => ib.insertLines("a.txt", 1, "zero", o),
  listFiles: (o) => ib.listFiles(".", o),
  listPaths: (o) => ib.listPaths(".", o),
  listTree: (o) => ib.listTree(".", o),
  lockFile: (o) => ib.lockFile("lock", o),
  multiEdit: (o) => ib.multiEdit([{ path: "a.txt", old: "three", new: "3" }], o),
  parseShellAsync: (o) => ib.parseShellAsync("ls | wc", o),
  "Pty.open": (o) => ib.Pty.open("cat", [], o),
  readFile: (o) => ib.readFile("d1/f1.txt", o),
  replaceLines: (o) => ib.replaceLines("d1/f1.txt", 1, 1, "first", o),
  runShell: (o) => ib.runShell("sleep 0.05", o),
  systemStats: (o) => ib.systemStats(o),
  translateRequestAsync: (o) => ib.translateRequestAsync({ model: "m", messages: [{ role: "user", content: "a" }] }, "chat", "messages", o),
  validatePayloadAsync: (o) => ib.validatePayloadAsync({ model: "m" }, "chat", o),
  validatePayloadDetailedAsync: (o) => ib.validatePayloadDetailedAsync({ model: "m" }, "chat", o),
  watch: (o) => ib.watch(".", () => {}, { ...o, persistent: false }),
  writeFile: (o) => ib.writeFile("written.txt", "x", o),
};

/** Those that take no options at all, or are a class of their own with a row above, or below. */
const OTHERS = new Set(["gitAddWorktree", "gitLog", "gitRemoveWorktree", "translateResponseAsync"]);

const settled = async (work) => {
  try {
    const given = await work();
    await (given?.release?.() ?? given?.close?.());
    return given;
  } catch (error) {
    return error;
  }
};
const code = (outcome) => (outcome instanceof Error ? outcome.code : "done");

test("every asynchronous function has a row", () => {
  const synchronous = /^(countTokens|encode|decode|editText|parseShell|validatePayload(Detailed)?|translate(Request|Response)|KeyedLock(Hold)?|RateLimiter|StreamTranslator|IronbridgeError|Snapshot|FileLock|Watcher|FindSession)$/;
  const rows = Object.keys(CALLS).map((name) => name.split(".")[0]);
  const missing = Object.keys(ib).filter((name) => !synchronous.test(name) && !rows.includes(name) && !OTHERS.has(name));
  assert.deepEqual(missing, []);
});

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: a signal before, during and after`, () =>
    withFiles(async (options) => {
      const reason = new Error("enough");
      const before = await settled(() => call({ ...options, signal: AbortSignal.abort(reason) }));
      assert.equal(code(before), "ERR_CANCELLED");
      assert.deepEqual([before.name, before.cause], ["AbortError", reason]);
      // It ends, done or stopped, and what it was stopped with is told.
      for (const turns of [0, 1, 5]) {
        const control = new AbortController();
        const running = settled(() => call({ ...options, signal: control.signal }));
        for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
        control.abort(reason);
        const during = await running;
        if (code(during) === "ERR_CANCELLED") assert.equal(during.cause, reason);

      }
      const control = new AbortController();
      const after = await settled(() => call({ ...options, signal: control.signal }));
      control.abort(reason);
      await new Promise(setImmediate);
      assert.notEqual(code(after), "ERR_CANCELLED");
      // Nothing hangs on the signal any more.
      assert.notEqual(code(await settled(() => call(options))), "ERR_CANCELLED");
    }));
}
