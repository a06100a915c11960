/** How many tokens messages are. */

import { IronbridgeError, invalidInput } from "../../error.js";
import { core, isWanted, warn } from "./core.js";
import { countMessages, type Message } from "./count-messages.js";
import { measured } from "./performance.js";
import { problemsOf } from "./validation.js";

/** `output` is what the assistant said, `input` all else. */
export interface TokenCount {
  input: number;
  output: number;
}

/** The model whose vocabulary (o200k_base) and rules the earlier native layer counts by. */
const COUNTED_AS = "gpt-4o";

/**
 * The tokens of chat messages, by the rules of GPT-4o; an array, or its JSON text. An image costs what one of 1024 × 1024
 * costs, whatever its size.
 */
export function getTokenCount(messages: readonly unknown[] | string): TokenCount {
  return measured("getTokenCount", () => {
    const list = listed(messages);
    if (list.length === 0) return { input: 0, output: 0 };
    const errors = problemsOf({ model: COUNTED_AS, messages: list }, "chat");
    if (errors.length > 0) {
      const [first] = errors;
      const message = `${first?.path}: ${first?.message}`;
      throw new IronbridgeError("ERR_INVALID_PAYLOAD", message, { errors });
    }
    return countMessages(list as Message[], counter());
  });
}

/** The messages as JSON would carry them. A content that is missing counts as an empty one, as it did in the earlier layer. */
function listed(messages: readonly unknown[] | string): unknown[] {
  let list: unknown;
  try {
    list = JSON.parse(typeof messages === "string" ? messages : JSON.stringify(messages));
  } catch (error) {
    throw invalidInput(`the messages are no JSON: ${String(error)}`);
  }
  if (!Array.isArray(list)) throw invalidInput("the messages are an array, or its JSON text");
  const filled = (message: unknown) =>
    typeof message === "object" && message !== null && !Array.isArray(message)
      ? { ...message, content: (message as Message).content ?? "" }
      : message;
  return list.map(filled);
}

type CountText = (text: string) => number;

/** Where Rust does not count: what does. */
let plain: CountText | undefined;

function counter(): CountText {
  const native = isWanted("USE_RUST_TOKENIZER") ? core() : null;
  if (native === null) return (plain ??= plainCounter());
  const { compute, parsed } = native;
  return (text) => (text === "" ? 0 : parsed<number>(compute("count-tokens", { texts: [text] })));
}

/** `gpt-tokenizer` where the caller has installed it, else the length; it says so once. */
function plainCounter(): CountText {
  try {
    const { countTokens } = require("gpt-tokenizer/encoding/o200k_base");
    // What users send is ordinary text, also where it looks like a special token.
    const ordinary = { disallowedSpecial: new Set<string>() };
    return (text) => countTokens(text, ordinary) as number;
  } catch {
    warn("tokens are guessed at four characters each; install gpt-tokenizer to have them counted");
    return (text) => Math.ceil([...text].length / 4);
  }
}
