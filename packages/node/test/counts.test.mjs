// Tokens of messages and whole payloads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, ironbridge } from "./place.mjs";

const { countTokens, countTokensAsync } = ironbridge;

const MESSAGES = [
  { role: "user", content: "Hello, world!" },
  { role: "assistant", content: "Hello!" },
];
/** The same conversation in each dialect. */
const PAYLOADS = {
  chat: { model: "gpt-5", messages: [{ role: "system", content: "Be brief." }, ...MESSAGES] },
  messages: { model: "gpt-5", max_tokens: 9, system: "Be brief.", messages: MESSAGES },
  responses: { model: "gpt-5", instructions: "Be brief.", input: MESSAGES },
};

test("a payload counts the same in each dialect, asked at once or later", async () => {
  const expected = countTokens(PAYLOADS.chat);
  // Texts 3 + 4 + 2, three roles, 3 round each message, 3 before each side.
  assert.equal(expected, 27);
  for (const [dialect, payload] of Object.entries(PAYLOADS)) {
    assert.equal(countTokens(payload), expected, dialect);
    assert.equal(countTokens(payload, { dialect }), expected, dialect);
    assert.equal(await countTokensAsync(payload, { dialect }), expected, dialect);
  }
});

test("messages alone are counted, by a model's rules or an encoding's tokens", () => {
  const bare = countTokens(MESSAGES);
  assert.equal(countTokens({ messages: MESSAGES }), bare);
  assert.equal(countTokens(MESSAGES, { dialect: "responses" }), bare);
  assert.equal(countTokens(MESSAGES, { encoding: "cl100k_base" }), bare);
  assert.notEqual(countTokens(MESSAGES, { model: "claude-sonnet-4.5" }), bare);
  const call = { type: "tool_use", id: "t", name: "f", input: { x: 1 } };
  const withCall = [...MESSAGES, { role: "assistant", content: [call] }];
  assert.ok(countTokens(withCall) > bare);
  const tools = [{ name: "f", description: "does", input_schema: { type: "object" } }];
  assert.ok(countTokens({ messages: MESSAGES, tools }) > bare);
});

test("what is no payload is refused with its mistakes", async () => {
  const error = await failure(() => countTokens({ messages: 1 }));
  assert.equal(error.code, "ERR_INVALID_PAYLOAD");
  assert.equal(error.errors[0].path, "/messages");
  for (const input of [null, undefined, 1, () => {}, Symbol("s")]) {
    assert.match(
      (await failure(() => countTokens(input))).code,
      /^ERR_INVALID_(INPUT|PAYLOAD)$/,
    );
  }
  const options = [{ model: 1 }, { encoding: {} }];
  for (const option of options)
    assert.equal((await failure(() => countTokens("a", option))).code, "ERR_INVALID_INPUT");
  assert.equal(
    (await failure(() => countTokens([], { dialect: "french" }))).code,
    "ERR_UNKNOWN_DIALECT",
  );
});

test("a text over 256 KB is counted all the same, and its twin does not hold up others", async () => {
  const text = "many words ".repeat(50_000);
  assert.equal(await countTokensAsync(text), countTokens(text));
});
