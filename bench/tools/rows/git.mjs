// A repository's branch and counts, and its changed files.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { simpleGit } from "simple-git";
import { repository } from "../fixtures.mjs";
import { compare, quick } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast, earlier } from "../report.mjs";

const SIZES = quick ? [200] : [5000, 50_000];
const run = promisify(execFile);

export const title = "git";

export async function measure(row) {
  for (const size of SIZES) {
    const cwd = repository(size);
    const many = `${size.toLocaleString("en")} files`;
    const git = (...words) => run("git", words, { cwd }).then(({ stdout }) => stdout);
    const peer = simpleGit(cwd);
    const changed = 10;

    const info = {
      run: async () => {
        const [branch, status] = await Promise.all([
          git("rev-parse", "--abbrev-ref", "HEAD"),
          git("status", "--porcelain"),
        ]);
        return { branch: branch.trim(), changed: status.split("\n").length - 1 };
      },
      spawns: true,
    };
    const ours = () => ironbridge.gitInfo({ cwd });
    const { branch, counts } = await ours();
    assert.equal(branch, (await info.run()).branch);
    assert.equal((await info.run()).changed, changed);
    assert.equal(counts.modified + counts.untracked, changed);
    row.add(
      `info, ${many}`,
      await compare(
        { ironbridge: { run: ours, spawns: true }, "two git processes": info },
        { seconds: 2.5 },
      ),
      {
        today: "two git processes",
        reach: [atLeast(1.8, "two git processes"), ...(size === 5000 ? [earlier(3)] : [])],
        rust: "vcs::info",
      },
    );

    const simple = { run: () => peer.status(), spawns: true };
    const status = { run: () => ironbridge.gitStatus({ cwd }), spawns: true };
    assert.equal((await status.run()).files.length, (await simple.run()).files.length);
    const contenders = { ironbridge: status, "simple-git": simple };
    row.add(`status, ${many}`, await compare(contenders, { seconds: 2.5 }), {
      today: "simple-git",
      reach: [atLeast(size === 50_000 ? 0.9 : 1.5, "simple-git")],
      rust: "vcs::status",
    });
    await resident(row, cwd, many, simple);
  }
}

async function resident(row, cwd, many, simple) {
  const repository = await ironbridge.GitRepository.open(cwd);
  const ours = { run: () => repository.status(), spawns: true };
  assert.equal((await ours.run()).files.length, (await simple.run()).files.length);
  row.add(
    `status, ${many}, watched`,
    await compare({ ironbridge: ours, "simple-git": simple }, { seconds: 2.5 }),
    {
      today: "simple-git",
      reach: [atLeast(3, "simple-git")],
    },
  );
  await repository.close();
}
