// A block whose white space differs on every line, found and replaced; and one that is not there.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { edit } from "../baselines/edit-cascade.mjs";
import { lines, random, remove, scratch } from "../fixtures.mjs";
import { compare, quick } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast, earlier, within } from "../report.mjs";

const SIZES = quick ? [10, 100] : [10, 100, 1000, 5000, 10_000];
const { editFile, editText } = ironbridge;

export const title = "edit";

export async function measure(row) {
  for (const size of SIZES) {
    const { content, old } = task(size);
    const ours = () => editText(content, old, "replaced").content;
    const theirs = () => edit(content, old, "replaced");
    assert.equal(ours(), theirs());
    row.add(
      `${size.toLocaleString("en")} lines`,
      await compare({ ironbridge: ours, "JavaScript cascade": theirs }),
      {
        today: "JavaScript cascade",
        reach: [
          atLeast(size === 10_000 ? 20 : 1, "JavaScript cascade"),
          ...(size === 1000 ? [earlier(0.5)] : []),
        ],
        rust: `edit::whitespace_within_each_line ${size}`,
      },
    );
  }
  await missed(row);
  await inFile(row);
}

async function missed(row) {
  const size = SIZES.at(-1);
  const { content, old } = task(size);
  const absent = old.replaceAll(/[a-z]{5,}/g, (word) => `${word}Other`);
  const ours = () => assert.throws(() => editText(content, absent, "replaced"));
  const theirs = () => assert.throws(() => edit(content, absent, "replaced"));
  row.add(
    `a miss in ${size.toLocaleString("en")} lines`,
    await compare({ ironbridge: ours, "JavaScript cascade": theirs }),
    { today: "JavaScript cascade", reach: [within(10)], rust: `edit::miss ${size}` },
  );
}

async function inFile(row) {
  const size = SIZES.at(-1);
  const { content, old } = task(size);
  const folder = scratch();
  const options = { cwd: folder, state: join(folder, "state") };
  const [mine, other] = [join(folder, "mine.ts"), join(folder, "other.ts")];
  const ours = {
    before: () => writeFile(mine, content),
    run: () => editFile(mine, old, "replaced", options),
  };
  const theirs = {
    before: () => writeFile(other, content),
    run: async () => writeFile(other, edit(await readFile(other, "utf8"), old, "replaced")),
  };
  const figures = await compare({ ironbridge: ours, "JavaScript cascade": theirs });
  assert.equal(await readFile(mine, "utf8"), await readFile(other, "utf8"));
  row.add(`a file of ${size.toLocaleString("en")} lines, written`, figures, {
    today: "JavaScript cascade",
    reach: [atLeast(1, "JavaScript cascade")],
    note: "ours under a lock, compared, and renamed into place",
  });
  remove(folder);
}

/** `old` stands in the second half of `content`, up to twenty lines of it, with other white space in each. */
function task(size) {
  const all = lines(size, random(size)).map((line, index) => `${line} // ${index}`);
  const count = Math.min(20, Math.floor(size / 2));
  const start = Math.floor(size * 0.7) - (size < 40 ? count - 1 : 0);
  const old = all
    .slice(start, start + count)
    .map((line) => `\t${line.trim().replaceAll(" ", "  ")} `);
  return { content: `${all.join("\n")}\n`, old: old.join("\n") };
}
