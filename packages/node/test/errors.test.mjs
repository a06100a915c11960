// Every error code: how it is provoked from JavaScript. A code of Rust's without a row fails.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { failure, inFolder, ironbridge as ib, run } from "./place.mjs";

const require = createRequire(import.meta.url);
const { native } = require("../dist/native.js");
const { compute } = require("../dist/engine.js");

const patch = (...lines) => ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");

/** Code → what fails with it; the folder holds `a.txt` (twice the line `a`), `b.txt`, the folder `sub`. */
const IN_A_FOLDER = {
  already_exists: async (o, repo) => repo(o, () => ib.gitBranches({ ...o, create: "main" })),
  bare_repository: (o, _, folder) => {
    run("git", ["init", "-q", "--bare", "bare.git"], folder);
    return ib.gitStatus({ ...o, cwd: join(folder, "bare.git") });
  },
  binary: (o, _, folder) => {
    writeFileSync(join(folder, "x.bin"), Buffer.from([0, 1, 2, 0, 0xff]));
    return ib.readFile("x.bin", o);
  },
  branch_in_use: (o, repo) =>
    repo(o, async () => {
      await ib.gitAddWorktree("tree", { ...o, create: "other" });
      return ib.gitBranches({ ...o, switch: "other" });
    }),
  cancelled: (o) => ib.glob("*", { ...o, signal: AbortSignal.abort() }),
  changed: (o) => ib.writeFile("a.txt", "", { ...o, expectedHash: `blake3:${"0".repeat(64)}` }),
  closed: async (o) => {
    const list = await ib.FuzzyList.of(["a"], o);
    await list.close();
    return list.search("a");
  },
  damaged: (o, _, folder) => {
    writeFileSync(join(folder, "x.tar.gz"), Buffer.from("1f8b0800000000000003abcdef", "hex"));
    return ib.extractArchive("x.tar.gz", "out", o);
  },
  deadline: async (o) => {
    const lock = await ib.lockFile("l", o);
    const late = await failure(ib.lockFile("l", { ...o, timeoutMs: 20 }));
    await lock.release();
    throw late;
  },
  empty_old: (o) => ib.editFile("a.txt", "", "x", o),
  empty_patch: (o) => ib.applyPatch(patch(), o),
  exists: (o) => ib.createFile("a.txt", "", o),
  git_failed: (o, repo) => repo(o, () => ib.gitRemoveWorktree("sub", o)),
  hook_failed: (o, repo, folder) =>
    repo(o, async () => {
      writeFileSync(join(folder, ".git/hooks/pre-commit"), "#!/bin/sh\nexit 1\n");
      chmodSync(join(folder, ".git/hooks/pre-commit"), 0o755);
      return ib.gitCommit("no", { ...o, allowEmpty: true });
    }),
  identical: (o) => ib.editFile("b.txt", "b", "b", o),
  ignored_path: (o, repo) =>
    repo(o, async () => {
      await ib.writeFile(".gitignore", "x.log\n", o);
      await ib.writeFile("x.log", "", o);
      return ib.gitStage({ ...o, files: ["x.log"] });
    }),
  invalid_command: (o) => ib.runShell("a\0b", o),
  invalid_glob: (o) => ib.glob("[", o),
  invalid_input: (o) => ib.readFile("a.txt", { ...o, none: 1 }),
  invalid_name: (o, repo) => repo(o, () => ib.gitBranches({ ...o, create: "a..b" })),
  invalid_path: (o) => ib.readFile("a\0b", o),
  invalid_pattern: (o) => ib.grep("(", o),
  invalid_payload: () => ib.translateRequest({}, "chat", "messages"),
  invalid_request: (o, repo) => repo(o, () => ib.gitStage({ ...o })),
  invalid_response: () => ib.translateResponse([], "chat", "messages"),
  invalid_variable: (o) => ib.runShell("true", { ...o, env: { "a=b": "c" } }),
  is_folder: (o) => ib.writeFile("sub", "", o),
  missing_field: (o) => require("../dist/engine.js").tool("snapshot", o, { action: "diff" }),
  needs_multiline: (o) => ib.grep("a\\nb", o),
  no_edits: (o) => ib.multiEdit([], { ...o, path: "a.txt" }),
  no_identity: (o, repo, folder) =>
    repo(o, () => {
      // Empty, not unset: whoever runs this may have a name of their own.
      run("git", ["config", "user.name", ""], folder);
      return ib.gitCommit("no", { ...o, allowEmpty: true });
    }),
  no_match: (o) => ib.editFile("a.txt", "nothing like it at all", "x", o),
  no_path: (o) => ib.multiEdit([{ old: "a", new: "b" }], o),
  no_repository: (o) => ib.gitInfo(o),
  no_shell: (o) => ib.runShell("true", { ...o, shell: "/no/shell" }),
  no_workdir: (o) => ib.runShell("true", { ...o, workdir: "none" }),
  not_a_file: (o, _, folder) => {
    run("mkfifo", [join(folder, "pipe")], folder);
    return ib.readFile("pipe", o);
  },
  not_a_folder: (o) => ib.listTree("a.txt", o),
  not_exact: async (o, _, folder) => {
    writeFileSync(join(folder, "x.txt"), Buffer.from("c3a9c3a9c3a920ff0a", "hex"));
    return ib.insertLines("x.txt", 1, "a", o);
  },
  not_found: (o) => ib.readFile("none", o),
  not_touched: async (o) => {
    const snapshot = await ib.Snapshot.take(o);
    return snapshot.diff({ paths: ["b.txt"] });
  },
  not_watchable: (o) => ib.watch("none", () => {}, o),
  nothing_staged: (o, repo) => repo(o, () => ib.gitCommit("no", o)),
  omission: (o) => ib.editFile("b.txt", "b", "// ... existing code ...", o),
  out_of_range: (o) => ib.deleteLines("a.txt", 99, 99, o),
  outside: (o) => ib.readFile("../out", { ...o, root: "sub" }),
  outside_repository: (o, repo) => repo(o, () => ib.gitStage({ ...o, files: ["/etc/hosts"] })),
  outside_root: (o) => ib.createArchive("x.zip", ["a.txt"], { ...o, from: "sub" }),
  panic: () => compute("test-panic", {}),
  query_too_long: (o) => ib.findFiles("x".repeat(100_000), o),
  several_matches: (o) => ib.editFile("a.txt", "a", "b", o),
  syntax: (o) => ib.applyPatch("no patch", o),
  too_large: (o) => ib.glob("x".repeat(1_000_000), o),
  too_long: (o) => ib.parseShell("a ".repeat(10_000_000), o),
  too_many_edits: (o) =>
    ib.multiEdit(
      Array.from({ length: 1001 }, () => ({ old: "a", new: "b" })),
      { ...o, path: "a.txt" },
    ),
  too_many_keys: () => {
    const limiter = new ib.RateLimiter({ capacity: 1, refillPerSecond: 0.001 });
    for (let key = 0; key <= 100_000; key++) limiter.check(`${key}`);
  },
  too_many_places: (o) => ib.editText("a".repeat(2_000_000), "a", "b", { replaceAll: true }),
  unencodable: (o, _, folder) => {
    writeFileSync(join(folder, "x.txt"), Buffer.from("fffe61000a00", "hex"));
    return ib.writeFile("y.txt", "😀", { ...o, encoding: "windows-1252" });
  },
  unknown_dialect: () => ib.validatePayload({}, "french"),
  unknown_encoding: () => ib.countTokens("a", { encoding: "none" }),
  unknown_format: (o) => ib.extractArchive("a.txt", "out", o),
  unknown_operation: () => require("../dist/engine.js").start("none", {}, {}),
  unknown_path: (o, repo) => repo(o, () => ib.gitStage({ ...o, files: ["none"] })),
  unknown_revision: (o, repo) => repo(o, () => ib.gitDiff({ ...o, base: "none" })),
  unknown_snapshot: (o) => ib.Snapshot.of(99, o).diff(),
  unknown_token: () => ib.decode([4_000_000_000]),
  unknown_type: (o) => ib.grep("a", { ...o, types: ["none"] }),
  unsafe_name: (o, _, folder) => {
    run("tar", ["-cPf", join(folder, "x.tar"), "/etc/hosts"], folder);
    return ib.extractArchive("x.tar", "out", o);
  },
  unsafe_link: (o, _, folder) => {
    mkdirSync(join(folder, "links"));
    symlinkSync("/etc", join(folder, "links/l"));
    run("tar", ["-cf", "y.tar", "links"], folder);
    return ib.extractArchive("y.tar", "out", o);
  },
  unused_hash: (o) =>
    ib.applyPatch(patch("*** Add File: n.txt", "+x"), {
      ...o,
      expectedHashes: { "a.txt": `blake3:${"0".repeat(64)}` },
    }),
  locked: async (o) => {
    const lock = await ib.lockFile("l", o);
    const late = await failure(ib.lockFile("l", { ...o, wait: false }));
    await lock.release();
    throw late;
  },
  would_overwrite: (o, repo) =>
    repo(o, async () => {
      await ib.gitAddWorktree("tree", { ...o, create: "other" });
      await ib.writeFile("tree/x", "", o);
      return ib.gitRemoveWorktree("tree", o);
    }),
};

/** What no caller can provoke here, with where it is held instead. */
const NOT_FROM_HERE = {
  damaged_copy: "tools/tests/it/snapshot",
  damaged_journal: "tools/tests/it/snapshot",
  disproportionate: "tools/tests/it/edit/guards.rs",
  duplicate_entry: "tools/tests/it/archive/attacks.rs",
  encrypted: "tools/tests/it/archive",
  half_done: "needs a disk that fails in the middle; tools/tests/it/files",
  half_restored: "needs a disk that fails in the middle; tools/tests/it/snapshot",
  internal: "a bug: no result of ours has no form in JSON",
  io: "needs a disk that fails",
  no_git: "tools/tests/it/vcs: git is taken out of the search path",
  no_thread: "needs a system without threads",
  permission_denied: "root may do anything; tools/tests/it/files",
  read_only: "root may write anything; tools/tests/it/files",
  refused: "needs a store of snapshots that fails; tools/tests/it/snapshot",
  repository_locked: "tools/tests/it/vcs/staging.rs",
  sandbox_failed: "needs a kernel without a sandbox",
  sandbox_unavailable: "needs a kernel without a sandbox",
  start_failed: "needs a system that starts nothing more",
  too_many_watchers: "needs a system without watchers",
  too_much_work: "tools/tests/it/patch",
  unreadable: "needs a disk that fails",
  unresolved_conflicts: "tools/tests/it/vcs",
  unsigned: "tools/tests/it/vcs/commit.rs",
  unsupported: "needs another system",
  untold: "needs a system that tells nothing",
  untrusted_repository: "tools/tests/it/vcs",
  watch_limit: "needs more folders than the system watches",
};

const described = JSON.parse(native.describeTools());
const known = new Set(
  [...described.tools.flatMap((tool) => tool.errors), ...described.errors].map((row) => row.code),
);

test("every code of Rust has a row, and every row a code", () => {
  const rows = [...Object.keys(IN_A_FOLDER), ...Object.keys(NOT_FROM_HERE)];
  assert.deepEqual(
    [...known].filter((code) => !rows.includes(code)).sort(),
    [],
    "codes without a row",
  );
  // `locked` is of lockFile, which is no tool of the table; the limiter is plain JavaScript.
  const others = ["locked", "too_many_keys"];
  const strangers = rows.filter((code) => !known.has(code) && !others.includes(code));
  assert.deepEqual(strangers, [], "rows without a code");
});

/** Runs `work` with a repository made of the folder. */
async function inRepository(options, work) {
  const git = (...args) => run("git", args, options.cwd);
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Test");
  git("config", "user.email", "test@example.invalid");
  git("add", "a.txt");
  git("commit", "-q", "-m", "a");
  return work();
}

for (const [code, provoke] of Object.entries(IN_A_FOLDER)) {
  test(`ERR_${code.toUpperCase()}`, () =>
    inFolder(async (options, folder) => {
      writeFileSync(join(folder, "a.txt"), "a\na\n");
      writeFileSync(join(folder, "b.txt"), "b\n");
      mkdirSync(join(folder, "sub"));
      const error = await failure(async () => provoke(options, inRepository, folder));
      assert.ok(error instanceof ib.IronbridgeError, String(error));
      assert.equal(error.code, `ERR_${code.toUpperCase()}`, error.message);
      assert.ok(error.message.length > 0);
    }));
}
