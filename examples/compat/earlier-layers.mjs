// @ts-check
// What a program calls that was written for the native layers of earlier systems: the same names, from this package.
import {
  checkRateLimit,
  getModels,
  getTokenCount,
  validatePayloadDetailed,
} from "ironbridge/compat/copilot-api";
import { editReplaceFFI, fuzzySearchFFI, parseBashCommandFFI } from "ironbridge/compat/ironcode";

const messages = [{ role: "user", content: "Hello, world!" }];
const { input, output } = getTokenCount(messages);
console.log(`${input} tokens in, ${output} out`);

const { valid, error } = validatePayloadDetailed({ model: "gpt-5", messages: [] });
console.log(valid, error?.split(";")[0]);

const limit = { capacity: 1, refillPerSecond: 0.5 };
for (const turn of [1, 2]) {
  const { allowed, retryAfterMs } = checkRateLimit("ada", limit);
  console.log(turn, allowed ? "goes" : `waits up to ${Math.ceil(retryAfterMs / 1000)} s`);
}

console.log(editReplaceFFI("if (a  &&  b) go();", "a && b", "c", false));
console.log(parseBashCommandFFI("npm run build > log.txt", "/").always.join());
console.log(fuzzySearchFFI("idx", ["src/index.ts", "src/main.ts"]).join());

try {
  const { data } = await getModels();
  console.log(Array.isArray(data) ? "the gateway has models" : "the gateway has none");
} catch (failure) {
  console.log(/** @type {{ code?: string }} */ (failure).code);
}
