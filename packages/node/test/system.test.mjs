import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failure, inFolder, ironbridge, run } from "./place.mjs";

test("a command runs, and its output comes as it is printed", () =>
  inFolder(async (options) => {
    const chunks = [];
    const done = await ironbridge.runShell("printf ä; printf b >&2; exit 3", {
      ...options,
      onChunk: (chunk) => chunks.push(chunk),
    });
    assert.equal(done.exitCode, 3);
    assert.equal(done.ended, "exited");
    const of = (stream) =>
      chunks
        .filter((chunk) => chunk.stream === stream)
        .map((chunk) => chunk.text)
        .join("");
    assert.equal(of("stdout"), "ä");
    assert.equal(of("stderr"), "b");
  }));

test("more output than fits into the window arrives whole, while JavaScript is slow", () =>
  inFolder(async (options) => {
    let bytes = 0;
    const done = await ironbridge.runShell("head -c 5000000 /dev/zero | tr '\\0' x", {
      ...options,
      onChunk: ({ text }) => {
        bytes += text.length;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      },
    });
    assert.equal(done.ended, "exited");
    assert.equal(bytes, 5_000_000);
  }));

test("what the callback throws ends the command", () =>
  inFolder(async (options) => {
    const oops = new Error("oops");
    const error = await failure(
      ironbridge.runShell("echo a; sleep 100", {
        ...options,
        onChunk: () => {
          throw oops;
        },
      }),
    );
    assert.equal(error, oops);
  }));

test("a time-out and an abort of a command are results", () =>
  inFolder(async (options) => {
    assert.equal(
      (await ironbridge.runShell("sleep 100", { ...options, timeoutMs: 50 })).ended,
      "timedOut",
    );
    const controller = new AbortController();
    const chunks = [];
    const running = ironbridge.runShell("echo started; sleep 100", {
      ...options,
      signal: controller.signal,
      onChunk: (chunk) => {
        chunks.push(chunk);
        controller.abort();
      },
    });
    const done = await running;
    assert.equal(done.ended, "cancelled");
    assert.equal(chunks.length, 1);
  }));

test("git tells, stages, commits and branches", () =>
  inFolder(async (options, folder) => {
    run("git", ["init", "-q", "-b", "main"], folder);
    run("git", ["config", "user.name", "Test"], folder);
    run("git", ["config", "user.email", "test@example.invalid"], folder);
    await ironbridge.writeFile("a.txt", "a\n", options);
    assert.equal((await ironbridge.gitInfo(options)).branch, "main");
    assert.deepEqual(
      (await ironbridge.gitStatus(options)).files.map((file) => file.path),
      ["a.txt"],
    );
    await ironbridge.gitStage({ ...options, files: ["a.txt"] });
    await ironbridge.gitUnstage({ ...options, files: ["a.txt"] });
    await ironbridge.gitStage({ ...options, all: true });
    assert.match((await ironbridge.gitDiff({ ...options, staged: true })).text, /\+a/);
    const committed = await ironbridge.gitCommit("Add a", options);
    assert.equal(committed.subject, "Add a");
    const branches = await ironbridge.gitBranches({ ...options, create: "other", switch: "other" });
    assert.equal(branches.current, "other");
  }));

test("git tells of commits, and adds and removes worktrees", () =>
  inFolder(async (options, folder) => {
    run("git", ["init", "-q", "-b", "main"], folder);
    run("git", ["config", "user.name", "Test"], folder);
    run("git", ["config", "user.email", "test@example.invalid"], folder);
    assert.deepEqual((await ironbridge.gitLog(options)).commits, []);
    await ironbridge.writeFile("a.txt", "a\n", options);
    await ironbridge.gitStage({ ...options, all: true });
    await ironbridge.gitCommit("Add a", options);
    const { commits, truncated } = await ironbridge.gitLog({ ...options, count: 1 });
    assert.deepEqual([commits.map((commit) => commit.subject), truncated], [["Add a"], false]);
    const added = await ironbridge.gitAddWorktree("trees/b", { ...options, create: "b" });
    assert.deepEqual(
      added.worktrees.map((tree) => tree.branch),
      ["main", "b"],
    );
    assert.deepEqual(await ironbridge.gitWorktrees(options), added);
    await ironbridge.writeFile("trees/b/c.txt", "c\n", options);
    const refused = await failure(ironbridge.gitRemoveWorktree("trees/b", options));
    assert.equal(refused.code, "ERR_WOULD_OVERWRITE");
    const left = await ironbridge.gitRemoveWorktree("trees/b", { ...options, force: true });
    assert.equal(left.worktrees.length, 1);
  }));

test("with `confine` no command leaves the project, whatever its own options say", () =>
  inFolder(async (options, folder) => {
    const confined = { ...options, root: ".", confine: "always" };
    const outside = join(folder, "..", "out");
    const run = (command) =>
      ironbridge.runShell(command, confined).then(
        (done) => done.exitCode,
        (error) => error.code,
      );
    // Where the kernel has no sandbox the command is refused.
    assert.ok([0, "ERR_SANDBOX_UNAVAILABLE"].includes(await run("echo a > in")));
    assert.notEqual(await run(`echo a > ${outside}`), 0);
    assert.equal(existsSync(outside), false);
    assert.equal(
      (await failure(ironbridge.runShell("true", { ...options, confine: "often" }))).code,
      "ERR_INVALID_INPUT",
    );
  }));

test("this process is measured", async () => {
  await ironbridge.systemStats();
  const { process: own, machine } = await ironbridge.systemStats();
  assert.ok(machine.cores >= 1 && machine.memoryTotalBytes > 0);
  // Known only since the look before.
  assert.equal(typeof machine.cpuPercent, "number");
  assert.ok(Object.keys(own).length > 0);
});

test("a lock keeps others out until it is released", () =>
  inFolder(async (options, folder) => {
    const lock = await ironbridge.lockFile("a", options);
    assert.equal(
      (await failure(ironbridge.lockFile("a", { ...options, wait: false }))).code,
      "ERR_LOCKED",
    );
    const waiting = await failure(ironbridge.lockFile("a", { ...options, timeoutMs: 20 }));
    assert.match(waiting.code, /^ERR_(DEADLINE|HELD)$/);
    const next = ironbridge.lockFile("a", options);
    await lock.release();
    await lock.release();
    await (await next).release();
    assert.equal(existsSync(join(folder, ".a.lock")), false);
  }));
