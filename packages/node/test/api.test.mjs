// What DESIGN §6.3 promises is there, with its arguments in its order, and has a test.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ironbridge } from "./place.mjs";

const here = new URL(".", import.meta.url);
/** Name → the arguments it needs. `(…)` is a class with those methods; a twin is told apart by its name alone. */
const FUNCTIONS = {
  countTokens: ["input"],
  encode: ["text"],
  decode: ["tokens"],
  validatePayload: ["payload", "dialect"],
  validatePayloadDetailed: ["payload", "dialect"],
  translateRequest: ["payload", "from", "to"],
  translateResponse: ["payload", "from", "to"],
  readFile: ["path"],
  writeFile: ["path", "content"],
  createFile: ["path"],
  insertLines: ["path", "line", "content"],
  replaceLines: ["path", "start", "end", "content"],
  deleteLines: ["path", "start", "end"],
  editFile: ["path", "old", "replacement"],
  editText: ["content", "old", "replacement"],
  multiEdit: ["edits"],
  applyPatch: ["patch"],
  glob: ["pattern"],
  grep: ["pattern"],
  listFiles: ["path"],
  listTree: ["path"],
  findFiles: ["query"],
  fuzzySearch: ["query", "items"],
  parseShell: ["command"],
  runShell: ["command"],
  watch: ["path", "onChanges"],
  gitInfo: [],
  gitStatus: [],
  gitDiff: [],
  gitStage: ["options"],
  gitUnstage: ["options"],
  gitCommit: ["message"],
  gitBranches: [],
  gitLog: [],
  gitWorktrees: [],
  gitAddWorktree: ["folder"],
  gitRemoveWorktree: ["folder"],
  extractArchive: ["path", "to"],
  createArchive: ["path", "sources"],
  systemStats: [],
  lockFile: ["path"],
};
const CLASSES = {
  StreamTranslator: ["push", "end"],
  RateLimiter: ["check", "reset"],
  FileIndex: ["open", "ready", "search", "close"],
  FuzzyList: ["of", "search", "replace", "close"],
  Watcher: ["close"],
  FileLock: ["release", "close"],
  KeyedLock: ["read", "write", "tryRead", "tryWrite", "withRead", "withWrite", "state"],
  KeyedLockHold: ["release"],
  Snapshot: ["take", "of", "list", "forgetOld", "paths", "diff", "restore", "forget"],
  IronbridgeError: [],
};
/** Classes that only a function gives, which is what tests use. */
const GIVEN_BY = { FindSession: "session", FileLock: "lockFile", Watcher: "watch" };
const TWINS = [
  "countTokens",
  "encode",
  "decode",
  "validatePayload",
  "validatePayloadDetailed",
  "translateRequest",
  "translateResponse",
  "editText",
  "parseShell",
].map((name) => `${name}Async`);

test("every function of the design is exported, with its arguments", () => {
  for (const [name, needed] of Object.entries(FUNCTIONS)) {
    assert.equal(typeof ironbridge[name], "function", name);
    const declared = ironbridge[name].toString().match(/\(([^)]*)\)/)?.[1] ?? "";
    const parameters = declared.split(",").map((parameter) => parameter.trim().split(/[\s=]/)[0]);
    assert.deepEqual(parameters.slice(0, needed.length), needed, name);
  }
  for (const [name, methods] of Object.entries(CLASSES)) {
    for (const method of methods) {
      const found = ironbridge[name]?.[method] ?? ironbridge[name]?.prototype[method];
      assert.equal(typeof found, "function", `${name}.${method}`);
    }
    assert.equal(typeof ironbridge[name], "function", name);
  }
  for (const name of TWINS) assert.equal(typeof ironbridge[name], "function", name);
});

test("nothing is exported that a test does not use", () => {
  const tests = readdirSync(here)
    .filter((name) => name.endsWith(".test.mjs") && name !== "api.test.mjs")
    .map((name) => readFileSync(new URL(name, here), "utf8"))
    .join("\n");
  const uses = (name) => new RegExp(`\\b${GIVEN_BY[name] ?? name}\\b`).test(tests);
  const unused = Object.keys(ironbridge).filter((name) => !uses(name));
  assert.deepEqual(unused, []);
});
