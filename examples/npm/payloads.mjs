// What goes to a model server: counted, checked, translated, limited.
import { countTokens, RateLimiter, translateRequest, validatePayloadDetailed } from "ironbridge";

const payload = {
  model: "claude-sonnet-4.5",
  max_tokens: 100,
  top_k: 5,
  messages: [{ role: "user", content: "Hello, world!" }],
};
console.log(countTokens("Hello, world!"), countTokens(payload));

const { valid, errors } = validatePayloadDetailed({ ...payload, messages: "hi" }, "messages");
console.log(valid, errors.map(({ path, message }) => `${path}: ${message}`).join("\n"));

const translated = translateRequest(payload, "messages", "chat");
console.log(translated.changes.map(({ path, kind }) => `${path} ${kind}`).join(", "));

const limiter = new RateLimiter({ capacity: 2, refillPerSecond: 1 });
console.log([1, 2, 3].map(() => limiter.check("alice").allowed).join(" "));
