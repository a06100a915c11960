// A tree of 50,000 files listed and searched: cold, from an index that stays, and by what JavaScript programs use
// now.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fastGlob from "fast-glob";
import { globby } from "globby";
import { tree } from "../fixtures.mjs";
import { compare, quick } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast, atMost, earlier } from "../report.mjs";

const FILES = quick ? 300 : 50_000;
const ALL = 1_000_000;

export const title = "list and grep";

export async function measure(row) {
  const cwd = tree(FILES);
  // By its place, as a listing of `.` is: an ignored folder that is named from outside shows all it has.
  const index = await ironbridge.FileIndex.open(".", { cwd });
  await index.ready();
  await list(row, cwd, index);
  const patterns = {
    "a literal": "TODO\\(needle\\)",
    "an expression": "fix_\\d{3}\\b",
    "a miss": "zzz_nothing_zzz",
  };
  for (const [name, pattern] of Object.entries(patterns))
    await grep(row, cwd, index, name, pattern);
  await index.close();
}

async function list(row, cwd, index) {
  // As they come, as all others give them.
  const listed = () => ironbridge.listPaths(".", { cwd, limit: ALL, order: "none" });
  const ripgrep = () =>
    run(cwd, ["--files", "--hidden", "--glob", "!.git"]).split("\n").slice(0, -1);
  const globs = { ignore: ["**/node_modules/**", "**/dist/**", ".git/**"], dot: true, cwd };
  const contenders = {
    ironbridge: listed,
    rg: { run: ripgrep, spawns: true },
    "fast-glob": () => fastGlob("**", globs),
    globby: () => globby("**", { cwd, dot: true, gitignore: true, ignore: [".git/**"] }),
  };
  const wanted = ripgrep().sort();
  for (const contender of Object.values(contenders))
    assert.deepEqual([...(await (contender.run ?? contender)())].sort(), wanted);

  const many = `${FILES.toLocaleString("en")} files`;
  row.add(`list ${many}`, await compare(contenders, { seconds: 8 }), {
    today: "fast-glob",
    reach: [atMost(1, "rg"), atLeast(2.5, "fast-glob"), atLeast(20, "globby")],
    rust: "search::list_raw_all",
  });
  const kept = () => index.list({ order: "none" });
  assert.deepEqual((await kept()).sort(), wanted);
  row.add(
    `list ${many}, from an open index`,
    await compare({ ironbridge: kept, rg: contenders.rg }, { seconds: 4 }),
    { today: "rg", reach: [atMost(0.2, "rg")] },
  );
  const few = quick ? 300 : 2651;
  const small = tree(few);
  row.add(
    `list ${few.toLocaleString("en")} files`,
    await compare({
      ironbridge: () => ironbridge.listPaths(".", { cwd: small, limit: ALL, order: "none" }),
      rg: {
        run: () => run(small, ["--files", "--hidden", "--glob", "!.git"]).split("\n"),
        spawns: true,
      },
    }),
    { today: "rg", reach: [earlier(8)] },
  );
}

async function grep(row, cwd, index, name, pattern) {
  const options = { limit: 100_000, limitPerFile: 100_000, countIgnored: false };
  const cold = () => ironbridge.grep(pattern, { cwd, ...options });
  const ripgrep = () =>
    run(cwd, [
      "--no-heading",
      "--with-filename",
      "--line-number",
      "--hidden",
      "--glob",
      "!.git",
      "-e",
      pattern,
    ])
      .split("\n")
      .slice(0, -1)
      .map((line) => /^(.*?):(\d+):(.*)$/.exec(line))
      .map(([, path, number, text]) => ({ path, line: Number(number), text }));
  const found = ({ files }) =>
    files.flatMap((file) => file.lines.map((line) => `${file.path}:${line.line}:${line.text}`));
  const wanted = ripgrep()
    .map((one) => `${one.path}:${one.line}:${one.text}`)
    .sort();
  assert.deepEqual(found(await cold()).sort(), wanted);
  const rg = { run: ripgrep, spawns: true };
  const rust = {
    "a literal": "search::grep_literal",
    "an expression": "search::grep_expression",
    "a miss": "search::grep_miss",
  }[name];
  row.add(`grep ${name}`, await compare({ ironbridge: cold, rg }, { seconds: 3 }), {
    today: "rg",
    reach: [atMost(1, "rg"), ...(name === "a literal" ? [earlier(5)] : [])],
    rust,
  });
  const kept = () => index.grep(pattern, options);
  assert.deepEqual(found(await kept()).sort(), wanted);
  row.add(
    `grep ${name}, from an open index`,
    await compare({ ironbridge: kept, rg }, { seconds: 3 }),
    {
      today: "rg",
      reach: [atMost(0.85, "rg")],
    },
  );
}

function run(cwd, argv) {
  const { stdout, error } = spawnSync("rg", ["--no-config", ...argv, "."], {
    cwd,
    encoding: "utf8",
    maxBuffer: 1 << 29,
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (error) throw error;
  return stdout.replaceAll(/^\.\//gm, "");
}
