import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, ironbridge } from "./place.mjs";

const {
  StreamTranslator,
  translateRequest,
  translateResponse,
  validatePayload,
  validatePayloadDetailed,
} = ironbridge;

const REQUEST = {
  model: "m",
  max_tokens: 9,
  top_k: 5,
  messages: [{ role: "user", content: "hi" }],
};

test("payloads are validated", async () => {
  assert.equal(validatePayload(REQUEST, "messages"), true);
  assert.equal(await ironbridge.validatePayloadAsync(REQUEST, "messages"), true);
  const { valid, errors } = validatePayloadDetailed({ messages: 1 }, "chat");
  assert.equal(valid, false);
  assert.deepEqual(errors.map((error) => error.path).sort(), ["/messages", "/model"]);
  assert.deepEqual(await ironbridge.validatePayloadDetailedAsync({ messages: 1 }, "chat"), {
    valid,
    errors,
  });
  assert.equal(validatePayload("text", "chat"), false);
  assert.equal(validatePayload(Object.freeze({ ...REQUEST }), "messages"), true);
  assert.equal(
    (await failure(() => validatePayload(REQUEST, "french"))).code,
    "ERR_UNKNOWN_DIALECT",
  );
  assert.equal((await failure(() => validatePayload(undefined, "chat"))).code, "ERR_INVALID_INPUT");
  assert.equal((await failure(() => validatePayload(1n, "chat"))).code, "ERR_INVALID_INPUT");
  const circle = {};
  circle.circle = circle;
  assert.equal((await failure(() => validatePayload(circle, "chat"))).code, "ERR_INVALID_INPUT");
});

test("requests are translated, and what is lost is listed", async () => {
  const translated = translateRequest(REQUEST, "messages", "chat");
  assert.equal(translated.payload.messages[0].content, "hi");
  assert.deepEqual(
    translated.changes.map(({ path, kind }) => [path, kind]),
    [["/top_k", "dropped"]],
  );
  assert.deepEqual(await ironbridge.translateRequestAsync(REQUEST, "messages", "chat"), translated);
  const error = await failure(() => translateRequest({}, "messages", "chat"));
  assert.equal(error.code, "ERR_INVALID_PAYLOAD");
  assert.ok(error.errors.length > 0);
});

const REPLY = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

test("replies are translated", async () => {
  const { payload } = translateResponse(REPLY, "chat", "messages", { request: REQUEST });
  assert.equal(payload.type, "message");
  assert.deepEqual(payload.content, [{ type: "text", text: "hello" }]);
  const later = await ironbridge.translateResponseAsync(REPLY, "chat", "messages");
  assert.equal(later.payload.stop_reason, "end_turn");
  assert.equal(
    (await failure(() => translateResponse([], "chat", "messages"))).code,
    "ERR_INVALID_RESPONSE",
  );
});

test("a stream gives the same bytes however it is cut", async () => {
  const chunk = (delta, finish_reason = null) =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const stream = Buffer.from(
    `${chunk({ role: "assistant", content: "hällo" })}${chunk({}, "stop")}data: [DONE]\n\n`,
  );
  const through = (size) => {
    const translator = new StreamTranslator("chat", "messages", { request: REQUEST });
    const out = [];
    for (let at = 0; at < stream.length; at += size)
      out.push(translator.push(stream.subarray(at, at + size)));
    out.push(translator.end());
    return Buffer.concat(out)
      .toString()
      .replaceAll(/"id":"[^"]*"/g, '"id":""');
  };
  const whole = through(stream.length);
  assert.match(whole, /event: message_stop/);
  assert.match(whole, /hällo/);
  assert.equal(through(1), whole);
  assert.equal(through(7), whole);
  const broken = new StreamTranslator("chat", "messages");
  broken.push(stream.subarray(0, 40));
  assert.match(broken.end().toString(), /event: error/);
  assert.deepEqual(broken.changes, []);
  assert.equal(
    (await failure(() => new StreamTranslator("chat", "french"))).code,
    "ERR_UNKNOWN_DIALECT",
  );
});
