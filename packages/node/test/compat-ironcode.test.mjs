import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { failure, inFolder, ironbridge, run } from "./place.mjs";

const compat = createRequire(import.meta.url)("ironbridge/compat/ironcode");

/** Every function, with the number of its arguments. */
const FUNCTIONS = {
  editReplaceFFI: 4,
  parseBashCommandFFI: 2,
  globFFI: 2,
  grepFFI: 3,
  lsFFI: 2,
  fileListFFI: 5,
  readFFI: 3,
  readRawFFI: 1,
  writeFFI: 2,
  writeRawFFI: 2,
  fileExistsFFI: 1,
  fileStatFFI: 1,
  fuzzySearchFFI: 3,
  fuzzySearchRawFFI: 3,
  fuzzySearchSkim: 3,
  fuzzySearchSkimFFI: 3,
  fuzzySearchNucleo: 3,
  fuzzySearchNucleoFFI: 3,
  fuzzySearchSublime: 3,
  fuzzySearchSublimeFFI: 3,
  getSystemStatsFFI: 0,
  extractZipFFI: 2,
  getVcsInfoFFI: 1,
  gitStatusDetailedFFI: 1,
  gitStageFilesFFI: 2,
  gitUnstageFilesFFI: 2,
  gitCommitFFI: 2,
  gitListBranchesFFI: 1,
  gitCheckoutBranchFFI: 2,
  gitFileDiffFFI: 3,
  terminalCreateFFI: 4,
  terminalWriteFFI: 2,
  terminalReadFFI: 1,
  terminalResizeFFI: 3,
  terminalCloseFFI: 1,
  terminalGetInfoFFI: 1,
  terminalUpdateTitleFFI: 2,
  terminalCheckStatusFFI: 1,
  terminalMarkExitedFFI: 1,
  terminalGetBufferFFI: 1,
  terminalDrainBufferFFI: 1,
  terminalClearBufferFFI: 1,
  terminalGetBufferInfoFFI: 1,
  terminalListFFI: 0,
  terminalCleanupIdleFFI: 1,
  watcherCreateFFI: 4,
  watcherPollEventsFFI: 1,
  watcherPendingCountFFI: 1,
  watcherRemoveFFI: 1,
  watcherListFFI: 0,
  watcherGetInfoFFI: 1,
  lockAcquireReadFFI: 1,
  lockAcquireWriteFFI: 1,
  lockCheckReadFFI: 2,
  lockCheckWriteFFI: 2,
  lockFinalizeReadFFI: 2,
  lockFinalizeWriteFFI: 2,
  lockReleaseReadFFI: 1,
  lockReleaseWriteFFI: 1,
  lockGetStatsFFI: 0,
};

/** Gives `work` a folder's path alone. */
const within = (work) => inFolder((_options, folder) => work(folder));
const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/** Asks again until the answer is right; the runner's own limit ends a wait that is in vain. */
async function until(ask) {
  for (;;) {
    const answer = ask();
    if (answer) return answer;
    await later(5);
  }
}

test("every function is there, and nothing else", () => {
  const given = Object.keys(compat).filter((name) => name !== "IronbridgeError");
  assert.deepEqual(given.sort(), Object.keys(FUNCTIONS).sort());
  for (const name of given) assert.equal(typeof compat[name], "function", name);
});

test("a text is replaced, and refused in the words of the earlier layer", async () => {
  const edit = compat.editReplaceFFI;
  for (const [content, old, replacement, all, expected] of [
    ["Hello world", "world", "Rust", false, "Hello Rust"],
    ["foo bar foo", "foo", "$&", true, "$& bar $&"],
    ["  if (a  &&  b) go();\n", "a && b", "c", false, "  if (c) go();\n"],
    ["  x = 1\n  y = 2\n", "x = 1\ny = 2", "z = 3", false, "  z = 3\n"],
  ]) {
    assert.equal(edit(content, old, replacement, all), expected);
  }
  const said = async (...given) => (await failure(() => edit(...given))).message;
  assert.equal(await said("a", "b", "c", false), "oldString not found in content");
  assert.match(await said("a\na", "a", "c", false), /^Found multiple matches/);
  assert.match(await said("a", "a", "a", false), /must be different/);
  // Where theirs panics, loops, or overwrites what it has not compared.
  assert.match(await said("one line", "a\nb\nc\nd", "x", false), /not found/);
  assert.equal((await failure(() => edit("a", "", "b", false))).code, "ERR_EMPTY_OLD");
  const body = "fn a() {\n  keep();\n  this();\n}\n";
  assert.ok(await failure(() => edit(body, "fn a() {\n  nothing of the kind\n}", "x", false)));
});

test("a shell command is taken apart", () => {
  const parse = (command) => compat.parseBashCommandFFI(command, "/");
  for (const [command, directories, patterns, always] of [
    ["ls -la", [], ["ls -la"], ["ls *"]],
    ["cd /home/user", ["/home/user"], [], []],
    ["rm -rf ./build", ["./build"], ["rm -rf ./build"], ["rm *"]],
    ["chmod +x a.sh", ["a.sh"], ["chmod +x a.sh"], ["chmod *"]],
    ["npm run dev && docker compose up svc", [], ["npm run dev", "docker compose up svc"], ["npm run dev *", "docker compose up *"]],
    ["echo hi > out.txt", [], ["echo hi > out.txt"], ["echo *"]],
    ["echo $(cat a)", ["a"], ["echo $(cat a)", "cat a"], ["echo *", "cat *"]],
    ["rm -- -f", ["-f"], ["rm -- -f"], ["rm *"]],
    ["", [], [], []],
  ]) {
    assert.deepEqual(parse(command), { directories, patterns, always }, command);
  }
});

/** A small tree: `old` was changed before `new`. */
function tree(folder) {
  mkdirSync(join(folder, "src/deep"), { recursive: true });
  mkdirSync(join(folder, "node_modules/x"), { recursive: true });
  for (const [name, text] of [
    ["src/old.ts", "const a = 1;\n"],
    ["src/deep/new.ts", "const b = 2;\n"],
    ["b.md", "nothing\n"],
    [".hidden.ts", "const c = 3;\n"],
    ["node_modules/x/y.ts", "const d = 4;\n"],
    [".gitignore", "node_modules\n"],
  ]) {
    writeFileSync(join(folder, name), text);
    utimesSync(join(folder, name), 1_700_000_000, 1_700_000_000 + name.length);
  }
  run("git", ["init", "-q", "-b", "main"], folder);
}

test("glob, grep, ls and the list find what the earlier layer finds", () =>
  within(async (folder) => {
    tree(folder);
    const [old, fresh] = [join(folder, "src/old.ts"), join(folder, "src/deep/new.ts")];
    for (const pattern of ["*.ts", "**/*.ts", "src/*.ts", `${folder}/s*.{ts,js}`, "[rs]rc/?*.ts"]) {
      assert.deepEqual(compat.globFFI(pattern, folder), {
        title: folder,
        metadata: { count: 2, truncated: false },
        output: `${fresh}\n${old}`,
      });
    }
    assert.deepEqual(compat.globFFI("*.none", folder).output, "No files found");
    assert.equal((await failure(() => compat.globFFI("{a", folder))).code, "ERR_INVALID_INPUT");

    const grep = compat.grepFFI("const (a|b|d)", folder, "*.ts");
    assert.deepEqual(grep.metadata, { count: 3, truncated: false });
    assert.equal(grep.title, "const (a|b|d)");
    assert.match(grep.output, /^Found 3 matches\n\/.*node_modules\/x\/y\.ts:\n  Line 1: const d = 4;\n\n/);
    assert.deepEqual(compat.grepFFI("absent", folder).metadata, { count: 0, truncated: false });
    assert.ok(await failure(() => compat.grepFFI("(", folder)));

    assert.deepEqual(compat.lsFFI(folder, ["node_modules", ".git"]), {
      title: folder,
      metadata: { count: 5, truncated: false },
      output: `${folder}/\n  src/\n    deep/\n      new.ts\n    old.ts\n  .gitignore\n  .hidden.ts\n  b.md\n`,
    });

    const list = (...rest) => compat.fileListFFI(folder, ...rest).sort();
    assert.deepEqual(list(), ["b.md", "src/deep/new.ts", "src/old.ts"]);
    assert.deepEqual(list(["*.ts", "!src/deep/*"], true), [".hidden.ts", "src/old.ts"]);
    assert.deepEqual(list([], false, false, 1), ["b.md"]);
    assert.ok(await failure(() => compat.fileListFFI(join(folder, "none"))));
  }));

test("more than a hundred results are cut, and it is said", () =>
  within((folder) => {
    for (let index = 0; index < 130; index++)
      writeFileSync(join(folder, `f${index}.txt`), `hit ${"ä".repeat(2000)}\n`);
    const found = compat.globFFI("*.txt", folder);
    assert.deepEqual(found.metadata, { count: 100, truncated: true });
    assert.match(found.output, /\n\n\(Results are truncated\./);
    const lines = compat.grepFFI("hit", folder);
    assert.deepEqual(lines.metadata, { count: 100, truncated: true });
    assert.match(lines.output, /^Found 100 matches\n/);
    assert.ok(!lines.output.includes("\ufffd"), "no character is cut");
    assert.deepEqual(compat.lsFFI(folder).metadata, { count: 100, truncated: true });
  }));

test("files are read with numbers, and written whole", () =>
  within(async (folder) => {
    const file = join(folder, "new/folder/a.txt");
    assert.equal(compat.writeRawFFI(file, "one\ntwo\r\nthree ä"), true);
    assert.equal(readFileSync(file, "utf8"), "one\ntwo\r\nthree ä");
    assert.equal(compat.readRawFFI(file), "one\ntwo\r\nthree ä");
    assert.deepEqual(compat.readFFI(file), {
      title: file,
      metadata: { count: 3, truncated: false },
      output: "<file>\n00001| one\n00002| two\n00003| three ä\n\n(End of file - total 3 lines)\n</file>",
    });
    assert.match(compat.readFFI(file, 1, 1).output, /00002\| two\n\n\(File has more lines\. .* line 2\)/);
    assert.deepEqual(compat.writeFFI(file, "x\n"), {
      title: file,
      metadata: { count: 1, truncated: false },
      output: "Successfully wrote 2 bytes to file",
    });
    // Theirs panics where a long line is cut inside a character.
    compat.writeRawFFI(file, `a${"ä".repeat(1500)}\n${"x\n".repeat(30_000)}`);
    const cut = compat.readFFI(file, 0, 60_000);
    assert.equal(cut.output.split("\n")[1], `00001| a${"ä".repeat(999)}...`);
    assert.match(cut.output, /\(Output truncated at 51200 bytes\./);
    assert.equal(cut.metadata.truncated, true);

    assert.equal(compat.fileExistsFFI(file), true);
    assert.equal(compat.fileExistsFFI(join(folder, "none")), false);
    const { modified, ...stat } = compat.fileStatFFI(folder);
    assert.ok(modified > 1_700_000_000 && Number.isInteger(modified) && stat.size >= 0);
    assert.deepEqual({ ...stat, size: 0 }, { exists: true, size: 0, is_file: false, is_dir: true });
    const none = { exists: false, size: 0, modified: 0, is_file: false, is_dir: false };
    assert.deepEqual(compat.fileStatFFI(join(folder, "none")), none);

    const says = async (work) => (await failure(work)).message;
    assert.match(await says(() => compat.readFFI(join(folder, "none"))), /File not found/);
    writeFileSync(join(folder, "b.dat"), "text");
    writeFileSync(join(folder, "b"), "a\0b");
    assert.match(await says(() => compat.readFFI(join(folder, "b.dat"))), /binary/);
    assert.match(await says(() => compat.readFFI(join(folder, "b"))), /binary/);
    writeFileSync(join(folder, "latin"), Buffer.of(0xe4, 0x0a));
    assert.match(await says(() => compat.readRawFFI(join(folder, "latin"))), /not UTF-8/);
    // Theirs waits for ever for somebody to write.
    execFileSync("mkfifo", [join(folder, "pipe")]);
    assert.match(await says(() => compat.readRawFFI(join(folder, "pipe"))), /Not a regular file/);
    assert.ok(await failure(() => compat.writeRawFFI(join(folder, "pipe"), "a")));
    assert.ok(await failure(() => compat.writeRawFFI(folder, "a")));
  }));

test("all names of the fuzzy search are one", () => {
  const items = ["src/index.ts", "src/main.ts", "README.md", "test/index.test.ts"];
  for (const name of Object.keys(FUNCTIONS).filter((name) => name.startsWith("fuzzy"))) {
    const search = compat[name];
    assert.deepEqual(search("readme", items), ["README.md"], name);
    assert.equal(search("index", items)[0], "src/index.ts");
    assert.deepEqual(search("ts", items, 1).length, 1);
    assert.deepEqual(search("", items, 2), items.slice(0, 2));
    assert.deepEqual(search("", items), items);
    assert.deepEqual(search("nowhere to be found", items), []);
  }
});

test("git is asked, staged, committed and changed", () =>
  within(async (folder) => {
    assert.equal(compat.getVcsInfoFFI(folder), null);
    assert.equal(compat.gitStatusDetailedFFI(folder), null);
    assert.deepEqual(compat.gitListBranchesFFI(folder), []);
    assert.equal(compat.gitFileDiffFFI(folder, "a"), "");
    run("git", ["init", "-q", "-b", "main"], folder);
    run("git", ["config", "user.name", "Test"], folder);
    run("git", ["config", "user.email", "test@example.invalid"], folder);
    // Theirs fails on a repository without a commit.
    assert.deepEqual(compat.getVcsInfoFFI(folder), { branch: "main" });
    writeFileSync(join(folder, "a.txt"), "a\n");
    assert.deepEqual(compat.getVcsInfoFFI(folder), { branch: "main", added: 1 });
    const status = () => compat.gitStatusDetailedFFI(folder).files;
    assert.deepEqual(status(), [{ path: "a.txt", status: "untracked", staged: false }]);
    compat.gitStageFilesFFI(folder, ["a.txt"]);
    assert.deepEqual(status(), [{ path: "a.txt", status: "added", staged: true }]);
    compat.gitUnstageFilesFFI(folder);
    compat.gitStageFilesFFI(folder);
    assert.match(compat.gitFileDiffFFI(folder, "a.txt", true), /\+a/);
    const { success, commit } = compat.gitCommitFFI(folder, "Add a");
    assert.equal(success, true);
    assert.match(commit, /^[0-9a-f]{40}$/);
    assert.ok(await failure(() => compat.gitCommitFFI(folder, "nothing")));
    writeFileSync(join(folder, "a.txt"), "b\n");
    compat.gitStageFilesFFI(folder, ["a.txt"]);
    writeFileSync(join(folder, "a.txt"), "c\n");
    assert.deepEqual(status(), [
      { path: "a.txt", status: "modified", staged: true },
      { path: "a.txt", status: "modified", staged: false },
    ]);
    run("git", ["commit", "-qam", "b"], folder);
    run("git", ["branch", "other"], folder);
    compat.gitCheckoutBranchFFI(folder, "other");
    assert.deepEqual(compat.gitListBranchesFFI(folder), [
      { name: "main", is_head: false },
      { name: "other", is_head: true },
    ]);
    assert.ok(await failure(() => compat.gitCheckoutBranchFFI(folder, "none")));
    run("git", ["checkout", "-q", "--detach"], folder);
    assert.match(compat.getVcsInfoFFI(folder).branch, /^[0-9a-f]{7}$/);
  }));

test("the machine is told in figures, and archives are unpacked safely", () =>
  within(async (folder) => {
    const stats = compat.getSystemStatsFFI();
    assert.deepEqual(Object.keys(stats), [
      "cpu_usage",
      "memory_used_mb",
      "memory_total_mb",
      "memory_percent",
    ]);
    assert.ok(Object.values(stats).every((figure) => figure >= 0 && Number.isFinite(figure)));
    assert.ok(stats.memory_used_mb > 1 && stats.memory_used_mb < stats.memory_total_mb);
    mkdirSync(join(folder, "in"));
    writeFileSync(join(folder, "in/a.sh"), "echo\n");
    chmodSync(join(folder, "in/a.sh"), 0o755);
    symlinkSync("a.sh", join(folder, "in/link"));
    await ironbridge.createArchive("a.zip", ["in"], { cwd: folder, state: join(folder, "state") });
    compat.extractZipFFI(join(folder, "a.zip"), join(folder, "out"));
    assert.equal(readFileSync(join(folder, "out/in/link"), "utf8"), "echo\n");
    writeFileSync(join(folder, "bad.zip"), "no archive");
    assert.ok(await failure(() => compat.extractZipFFI(join(folder, "bad.zip"), join(folder, "out2"))));
  }));

test("a watcher is asked for what has changed", () =>
  within(async (folder) => {
    compat.watcherCreateFFI("w", folder, ["**/ignored/**", "**/*.log"], 3);
    assert.deepEqual(compat.watcherListFFI(), ["w"]);
    assert.match((await failure(() => compat.watcherCreateFFI("w", folder))).message, /already exists/);
    mkdirSync(join(folder, "ignored"));
    writeFileSync(join(folder, "a.log"), "");
    writeFileSync(join(folder, "a.txt"), "");
    const file = join(folder, "a.txt");
    await until(() => compat.watcherPendingCountFFI("w") > 0);
    const [event] = compat.watcherPollEventsFFI("w").filter(({ path }) => path === file);
    assert.equal(event.event_type, "add");
    assert.ok(Math.abs(Date.now() - event.timestamp) < 60_000);
    await until(() => compat.watcherPollEventsFFI("w").length === 0);
    for (let index = 0; index < 10; index++) writeFileSync(join(folder, `b${index}`), "");
    await until(() => compat.watcherPendingCountFFI("w") === 3);
    assert.deepEqual(compat.watcherGetInfoFFI("w"), {
      id: "w",
      path: folder,
      ignore_patterns: ["**/ignored/**", "**/*.log"],
      max_queue_size: 3,
      event_count: 3,
    });
    compat.watcherRemoveFFI("w");
    assert.deepEqual(compat.watcherListFFI(), []);
    for (const name of ["PollEvents", "PendingCount", "Remove", "GetInfo"])
      assert.match((await failure(() => compat[`watcher${name}FFI`]("w"))).message, /not found/);
    assert.ok(await failure(() => compat.watcherCreateFFI("x", join(folder, "none"))));
    assert.deepEqual(compat.watcherListFFI(), []);
  }));

test("locks go by ticket, writers first", async () => {
  const lock = compat;
  const key = "a key";
  assert.deepEqual(lock.lockAcquireReadFFI(key), { ticket: 0, acquired: true });
  assert.deepEqual(lock.lockAcquireReadFFI(key), { ticket: 1, acquired: true });
  assert.deepEqual(lock.lockAcquireWriteFFI(key), { ticket: 2, acquired: false });
  assert.deepEqual(lock.lockAcquireReadFFI(key), { ticket: 3, acquired: false });
  assert.deepEqual(lock.lockGetStatsFFI(), {
    total_locks: 1,
    active_readers: 2,
    active_writers: 0,
    waiting_readers: 1,
    waiting_writers: 1,
  });
  lock.lockReleaseReadFFI(key);
  assert.equal(lock.lockCheckWriteFFI(key, 2), false);
  // Theirs would let it in beside the reader.
  assert.match((await failure(() => lock.lockFinalizeWriteFFI(key, 2))).message, /not the turn/);
  lock.lockReleaseReadFFI(key);
  assert.equal(lock.lockCheckWriteFFI(key, 2), true);
  assert.equal(lock.lockCheckReadFFI(key, 3), false);
  lock.lockFinalizeWriteFFI(key, 2);
  assert.equal(lock.lockCheckReadFFI(key, 3), false);
  lock.lockReleaseWriteFFI(key);
  assert.equal(lock.lockCheckReadFFI(key, 3), true);
  lock.lockFinalizeReadFFI(key, 3);
  lock.lockFinalizeReadFFI(key, 3);
  lock.lockReleaseReadFFI(key);
  lock.lockReleaseReadFFI(key);
  assert.equal(lock.lockGetStatsFFI().total_locks, 0);
  assert.equal(lock.lockCheckReadFFI("no such key", 0), false);
});

test("a terminal is written to and read by the caller's id", () =>
  within(async (folder) => {
    const { SHELL } = process.env;
    process.env.SHELL = "/bin/sh";
    try {
      const created = compat.terminalCreateFFI("term-0001", folder, 24, 80);
      assert.equal(created.id, "term-0001");
      assert.equal(created.title, "Terminal 0001");
      assert.equal(created.status, "running");
      assert.equal(created.cwd, folder);
      assert.match((await failure(() => compat.terminalCreateFFI("term-0001", folder, 24, 80))).message, /already exists/);
    } finally {
      if (SHELL === undefined) delete process.env.SHELL;
      else process.env.SHELL = SHELL;
    }
    const id = "term-0001";
    assert.equal(compat.terminalWriteFFI(id, "stty size; echo do''ne\n"), true);
    let printed = "";
    await until(() => {
      const { data, buffered_size } = compat.terminalReadFFI(id);
      assert.ok(data instanceof Uint8Array && buffered_size >= data.length);
      printed += Buffer.from(data);
      return printed.includes("done");
    });
    assert.match(printed, /24 80/);
    assert.match(Buffer.from(compat.terminalGetBufferFFI(id)).toString(), /done/);
    const { size, limit, chunks } = compat.terminalGetBufferInfoFFI(id);
    assert.ok(size > 0 && limit === 2 * 1024 * 1024 && chunks === 1);
    assert.match(Buffer.from(compat.terminalDrainBufferFFI(id)).toString(), /done/);
    assert.equal(compat.terminalClearBufferFFI(id), true);
    assert.equal(compat.terminalUpdateTitleFFI(id, "mine"), true);
    assert.equal(compat.terminalResizeFFI(id, 30, 100), true);
    assert.deepEqual(compat.terminalListFFI().map(({ title }) => title), ["mine"]);
    assert.equal(compat.terminalWriteFFI(id, "stty size; exit 3\n"), true);
    await until(() => compat.terminalCheckStatusFFI(id) === "exited");
    assert.match(Buffer.from(compat.terminalGetBufferFFI(id)).toString(), /30 100/);
    assert.equal(compat.terminalMarkExitedFFI(id), true);
    assert.deepEqual(compat.terminalCleanupIdleFFI(3600), []);
    assert.deepEqual(compat.terminalCleanupIdleFFI(0), [id]);
    compat.terminalCreateFFI("another", null, 24, 80);
    assert.deepEqual(compat.terminalCleanupIdleFFI(0), []);
    assert.equal(compat.terminalCloseFFI("another"), true);
    assert.deepEqual(compat.terminalListFFI(), []);
    for (const name of ["Write", "Resize", "Close", "UpdateTitle", "MarkExited", "ClearBuffer"])
      assert.equal(compat[`terminal${name}FFI`](id, "x", "y"), false, name);
    for (const name of ["Read", "GetInfo", "CheckStatus", "GetBuffer", "DrainBuffer", "GetBufferInfo"])
      assert.match((await failure(() => compat[`terminal${name}FFI`](id))).message, /not found/);
  }));
