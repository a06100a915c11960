/** Asks Rust and waits: JavaScript stands still until the answer is there, at most a minute. */

import { ask, parsed } from "../../engine.js";
import { type CallOptions } from "../../options.js";

/** Does a tool at once. */
export function now<T>(operation: string, input: object, options: CallOptions = {}): T {
  return parsed(ask(operation, { input }, options));
}
