// Prints what the six functions that compute give, as JSON: run in every state of the package by copilot-api.test.mjs.
import { createRequire } from "node:module";
import { PNG } from "./payloads.mjs";

const warnings = [];
process.on("warning", (warning) => warnings.push(warning.code ?? warning.name));

const compat = createRequire(import.meta.url)(process.argv[2]);
const limit = { capacity: 2, refillPerSecond: 0.001 };
const check = () => {
  const { allowed, remaining, retryAfterMs } = compat.checkRateLimit("a", limit);
  return { allowed, remaining, later: retryAfterMs > 0 };
};
const conversation = [
  { role: "system", content: "Be brief." },
  { role: "user", name: "ada", content: [{ type: "text", text: "What is 6 × 7? <|endoftext|>" }] },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "c1", type: "function", function: { name: "mul", arguments: '{"a":6}' } }],
  },
  { role: "tool", tool_call_id: "c1", content: "42" },
  { role: "assistant", content: "Forty-two 😀" },
];
const image = [
  { role: "user", content: [{ type: "image_url", image_url: { url: PNG, detail: "high" } }] },
];

const answers = {
  tokens: compat.getTokenCount(conversation),
  tokensOfText: compat.getTokenCount(JSON.stringify(conversation)),
  none: compat.getTokenCount([]),
  image: compat.getTokenCount(image),
  limits: [check(), check(), check()],
  stats: compat.getRateLimitStats(),
  reset: [compat.resetRateLimit("a"), compat.resetRateLimit("a")],
  afterReset: check(),
  valid: compat.validatePayload({ model: "gpt-4", messages: conversation }),
  detailed: compat.validatePayloadDetailed({ model: "gpt-4", messages: [{ role: "nobody" }] }),
};
// Warnings come with the next turn.
setImmediate(() => console.log(JSON.stringify({ answers, warnings })));
