// Reading, writing, inserting and replacing lines, beside `node:fs` and work on strings: over the file, as most programs
// do (a crash leaves half of it), and by a new file that is renamed into place, as ours does.
import assert from "node:assert/strict";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lines, random, remove, scratch } from "../fixtures.mjs";
import { compare, quick } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast } from "../report.mjs";

const SIZES = quick ? [100] : [100, 1000, 100_000];
const PEER = "node:fs";
const RENAMING = "node:fs, by rename";

export const title = "files";

export async function measure(row) {
  for (const size of SIZES) {
    const folder = scratch();
    await oneSize(row, size, folder);
    remove(folder);
  }
}

async function oneSize(row, size, folder) {
  const all = lines(size, random(size)).map((line) => `${line}\n`);
  const content = all.join("");
  const limits = { read: { lines: 1_000_000, textBytes: 1 << 30 } };
  const options = { cwd: folder, state: join(folder, "state"), limits };
  const [mine, other, third] = ["mine.ts", "other.ts", "third.ts"].map((name) => join(folder, name));
  await Promise.all([mine, other, third].map((file) => writeFile(file, content)));

  const middle = size / 2;
  const cases = {
    read: [
      () => ironbridge.readFile(mine, { ...options, limit: size }),
      async () => (await readFile(other, "utf8")).split("\n").slice(0, size).join("\n"),
    ],
    write: [
      alternately((text) => ironbridge.writeFile(mine, text, options), content),
      alternately((text) => writeFile(other, text), content),
      alternately((text) => renamed(third, text), content),
    ],
    "insert a line": [
      inserted(mine, () => ironbridge.insertLines(mine, middle, "inserted\n", options)),
      inserted(other, () => spliced(writeFile, other, middle - 1, 0, "inserted")),
      inserted(third, () => spliced(renamed, third, middle - 1, 0, "inserted")),
    ],
    "replace ten lines": [
      inserted(mine, () =>
        ironbridge.replaceLines(mine, middle, middle + 9, "replaced\n", options),
      ),
      inserted(other, () => spliced(writeFile, other, middle - 1, 10, "replaced")),
      inserted(third, () => spliced(renamed, third, middle - 1, 10, "replaced")),
    ],
  };
  for (const [name, [ours, theirs, renaming]] of Object.entries(cases)) {
    const contenders = { ironbridge: ours, [PEER]: theirs, ...(renaming && { [RENAMING]: renaming }) };
    const figures = await compare(contenders);
    if (name === "read") assert.equal((await ours()).text, `${(await theirs()).trimEnd()}\n`);
    else if (name !== "write")
      assert.equal(await readFile(mine, "utf8"), await readFile(other, "utf8"));
    row.add(`${name}, ${size.toLocaleString("en")} lines`, figures, {
      today: PEER,
      reach: [atLeast(1, PEER, "p50_us", "no slower")],
      rust:
        name === "read" ? "files::read_whole" : name === "write" ? "files::write_over" : undefined,
      note: renaming && "ours locked, compared with what is there, hashed, renamed into place",
    });
  }

  function inserted(file, run) {
    return { before: () => writeFile(file, content), run };
  }
}

/** Never the same content twice: what is there already need not be written. */
function alternately(write, content) {
  let round = 0;
  return () => write(round++ % 2 ? content : `${content}// changed\n`);
}

async function spliced(write, file, start, count, ...added) {
  const all = (await readFile(file, "utf8")).split("\n");
  all.splice(start, count, ...added);
  await write(file, all.join("\n"));
}

async function renamed(file, text) {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
