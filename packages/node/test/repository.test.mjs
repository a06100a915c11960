import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failure, inFolder, ironbridge, run } from "./place.mjs";

const { GitRepository } = ironbridge;

test("a kept status is the status, whatever was done before the question", () =>
  inFolder(async (options, folder) => {
    run("git", ["init", "--quiet", "--initial-branch=main"], folder);
    run("git", ["config", "user.name", "Ann"], folder);
    run("git", ["config", "user.email", "ann@example.org"], folder);
    const repository = await GitRepository.open(undefined, options);
    const same = async () => {
      const status = await repository.status();
      assert.deepEqual(status, await ironbridge.gitStatus(options));
      return status.counts;
    };
    assert.equal((await same()).untracked, 0);
    writeFileSync(join(folder, "ä"), "");
    assert.equal((await same()).untracked, 1);
    run("git", ["add", "-A"], folder);
    assert.equal((await same()).added, 1);
    run("git", ["commit", "--quiet", "-m", "first"], folder);
    await same();
    await ironbridge.writeFile("ä", "text", options);
    assert.equal((await same()).modified, 1);
    await ironbridge.writeFile("deep/er/b", "text", options);
    await ironbridge.writeFile(".gitignore", "deep\n", options);
    assert.equal((await same()).untracked, 1);
    rmSync(join(folder, ".gitignore"));
    assert.equal((await same()).untracked, 1);
    const many = await Promise.all(Array.from({ length: 20 }, () => repository.status()));
    for (const status of many) assert.deepEqual(status, many[0]);
    assert.equal(
      (await failure(repository.status({ signal: AbortSignal.abort() }))).code,
      "ERR_CANCELLED",
    );
    await repository.close();
    assert.equal((await failure(() => repository.status())).code, "ERR_CLOSED");
  }));

test("without a repository there is a typed answer", () =>
  inFolder(async (options) => {
    assert.equal((await failure(GitRepository.open(".", options))).code, "ERR_NO_REPOSITORY");
  }));
