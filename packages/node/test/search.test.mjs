import assert from "node:assert/strict";
import { test } from "node:test";
import { inFolder, ironbridge } from "./place.mjs";

test("files are found by path and by content", () =>
  inFolder(async (options) => {
    await ironbridge.writeFile("src/a.ts", "const ä = 1;\nconst b = 2;\n", options);
    await ironbridge.writeFile("b.md", "nothing\n", options);
    assert.deepEqual(
      (await ironbridge.glob("*.ts", options)).files.map((file) => file.path),
      ["src/a.ts"],
    );
    const found = await ironbridge.grep("const \\w", options);
    assert.equal(found.totals.matches, 2);
    assert.deepEqual(
      (await ironbridge.listFiles(undefined, options)).files.map((file) => file.path),
      ["b.md", "src/a.ts"],
    );
    assert.deepEqual((await ironbridge.listFiles("src", options)).total, 1);
    await ironbridge.writeFile("ä😀/deep.md", "", options);
    const { matches, complete } = await ironbridge.findFiles("deep", { ...options, limit: 1 });
    const [{ path, ranges }] = matches;
    assert.deepEqual([path, complete], ["ä😀/deep.md", true]);
    assert.equal(ranges.map(({ start, end }) => path.slice(start, end)).join(""), "deep");
    assert.match((await ironbridge.listTree(undefined, options)).text, /src\//);
  }));
