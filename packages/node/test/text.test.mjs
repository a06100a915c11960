import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, ironbridge } from "./place.mjs";

const { countTokens, decode, editText, encode, parseShell, RateLimiter } = ironbridge;

test("tokens are counted, encoded and decoded", async () => {
  const text = "Hello, wörld 😀!";
  const tokens = encode(text);
  assert.ok(tokens instanceof Uint32Array);
  assert.equal(countTokens(text), tokens.length);
  assert.equal(decode(tokens), text);
  assert.equal(decode([...tokens]), text);
  assert.equal(countTokens("Hello, world!"), 4);
  assert.equal(countTokens("Hello, world!", { encoding: "cl100k_base" }), 4);
  assert.ok(countTokens("Hello, world!", { model: "claude-sonnet-4.5" }) >= 4);
  assert.equal(await ironbridge.countTokensAsync(text), tokens.length);
  assert.deepEqual(await ironbridge.encodeAsync(text), tokens);
  assert.equal(await ironbridge.decodeAsync(tokens), text);
  assert.equal(
    (await failure(() => countTokens("a", { encoding: "none" }))).code,
    "ERR_UNKNOWN_ENCODING",
  );
  assert.equal(
    (await failure(() => encode("a", { model: "claude-4" }))).code,
    "ERR_UNKNOWN_ENCODING",
  );
  assert.equal((await failure(() => decode([4_000_000_000]))).code, "ERR_UNKNOWN_TOKEN");
  for (const tokens of [[-1], [1.5], ["1"]]) {
    assert.equal((await failure(() => decode(tokens))).code, "ERR_INVALID_INPUT");
  }
});

test("texts that are none are refused", async () => {
  for (const text of ["\ud800", "a\udc00b", 1, undefined, null, {}]) {
    assert.equal((await failure(() => parseShell(text))).code, "ERR_INVALID_INPUT");
    // An object is a payload.
    const code = typeof text === "object" && text !== null ? "ERR_INVALID_PAYLOAD" : "ERR_INVALID_INPUT";
    assert.equal((await failure(() => countTokens(text))).code, code);
    assert.equal((await failure(ironbridge.countTokensAsync(text))).code, code);
  }
  assert.equal(countTokens("\0"), 1);
  assert.equal(countTokens(""), 0);
});

test("a text is edited, with its places in UTF-16 units", async () => {
  const content = "😀 let  a = 1;\nlet b = 2;\n";
  const edited = editText(content, "let a = 1;", "let ä = 3;");
  assert.equal(edited.content, "😀 let ä = 3;\nlet b = 2;\n");
  const [{ before, after }] = edited.ranges;
  assert.equal(content.slice(before.start, before.end), "let  a = 1;");
  assert.equal(edited.content.slice(after.start, after.end), "let ä = 3;");
  assert.equal(before.firstLine, 1);
  assert.deepEqual(await ironbridge.editTextAsync(content, "let a = 1;", "let ä = 3;"), edited);
  assert.equal(editText("a a", "a", "b", { replaceAll: true }).content, "b b");
  const error = await failure(() => editText("a\na\n", "a", "b"));
  assert.equal(error.code, "ERR_SEVERAL_MATCHES");
  assert.deepEqual(error.lines, [1, 2]);
});

test("a command is read, not run", async () => {
  const command = "echo 'ä😀' > out && rm -rf /tmp/x";
  const parsed = parseShell(command, { cwd: "/" });
  assert.deepEqual(
    parsed.commands.map((found) => command.slice(found.span.start, found.span.end)),
    parsed.commands.map((found) => found.text),
  );
  assert.deepEqual(
    parsed.commands.map((found) => found.name),
    ["echo", "rm"],
  );
  assert.ok(parsed.paths.some((path) => path.usage === "delete" && path.resolved === "/tmp/x"));
  assert.deepEqual(await ironbridge.parseShellAsync(command, { cwd: "/" }), parsed);
});

test("a limiter refuses what its bucket does not hold", async () => {
  const limiter = new RateLimiter({ capacity: 2, refillPerSecond: 0.001 });
  assert.deepEqual(limiter.check("a"), { allowed: true, remaining: 1, retryAfterMs: 0 });
  assert.equal(limiter.check("a").allowed, true);
  const refused = limiter.check("a");
  assert.equal(refused.allowed, false);
  assert.ok(refused.retryAfterMs > 900_000 && refused.retryAfterMs <= 1_000_000);
  assert.equal(limiter.check("b").allowed, true);
  assert.equal(limiter.check("b", 3).retryAfterMs, Infinity);
  limiter.reset("a");
  assert.equal(limiter.check("a").remaining, 1);
  limiter.reset();
  for (const capacity of [0, -1, Number.NaN, Infinity]) {
    const error = await failure(() => new RateLimiter({ capacity, refillPerSecond: 1 }));
    assert.equal(error.code, "ERR_INVALID_INPUT");
  }
});
