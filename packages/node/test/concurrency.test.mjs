// Many requests at once to the five applications of python-node's own tests, through `AsgiApp` and the compat entry.
import assert from "node:assert/strict";
import { after } from "node:test";
import { test } from "./asgi-place.mjs";
import { closeAll, compat, docroot, opened, WAYS } from "./python-node-place.mjs";

after(closeAll);

for (const [way, ask] of WAYS) {
  test(`${way}: a thousand requests at once`, async () => {
    const all = Array.from({ length: 1000 }, (_, index) => ask("main:app", { method: "GET", url: `/?request=${index}` }));
    for (const { status, text } of await Promise.all(all)) assert.deepEqual([status, text], [200, "Hello, world!"]);
  });

  test(`${way}: five applications at once, one of which fails, one of which takes its time`, async () => {
    const targets = [
      ["main:app", "/", "Hello, world!"],
      ["echo_app:app", "/echo", /"path": "\/echo"/],
      ["status_app:app", "/status/201", "Status: 201"],
      ["stream_app:app", "/", /^Chunk 1\n[^]*Chunk 5\n$/],
      ["error_app:app", "/error", undefined],
    ];
    const all = Array.from({ length: 100 }, (_, index) => {
      const [target, url, expected] = targets[index % targets.length];
      return ask(target, { method: "GET", url }).then(
        ({ text }) => [text, expected],
        (error) => [error.code, expected ?? "ERR_PYTHON"],
      );
    });
    for (const [got, expected] of await Promise.all(all)) {
      if (expected instanceof RegExp) assert.match(got, expected);
      else assert.equal(got, expected);
    }
  });

  test(`${way}: bodies of many sizes at once`, async () => {
    const sizes = [1, 10, 100, 1000, 10_000, 1_000_000].flatMap((size) => Array(5).fill(size));
    const all = sizes.map((size) => ask("echo_app:app", { method: "POST", url: "/", body: "x".repeat(size) }));
    const replies = await Promise.all(all);
    replies.forEach(({ text }, index) => assert.equal(JSON.parse(text).body.length, sizes[index]));
  });
}

test("handlers that are made while others are asked", async () => {
  await opened;
  const targets = ["main:app", "echo_app:app"];
  const all = Array.from({ length: 10 }, async (_, index) => {
    const handler = new compat.Python({ docroot, appTarget: targets[index % 2] });
    const requests = Array.from({ length: 10 }, () => handler.handleRequest(new compat.Request({ url: "/" })));
    return Promise.all(requests);
  });
  (await Promise.all(all)).forEach((replies, index) => {
    for (const { body } of replies) assert.match(body.toString(), index % 2 === 0 ? /^Hello, world!$/ : /"method": "GET"/);
  });
});
