/** The native side of this entry, where there is one: its functions work without. */

import type * as Engine from "../../engine.js";
import type { Native } from "../../native.js";
import type * as Native_ from "../../native.js";

export interface Core {
  compute: typeof Engine.compute;
  parsed: typeof Engine.parsed;
  NativeBucket: Native["NativeBucket"];
}

/** `null`: it was tried and cannot be loaded. */
let loaded: Core | null | undefined;

/** Loads the native file with the first call; where that fails, it says so once and never again. */
export function core(): Core | null {
  if (loaded === undefined) loaded = load();
  return loaded;
}

function load(): Core | null {
  try {
    const { compute, parsed } = require("../../engine.js") as typeof Engine;
    const { native } = require("../../native.js") as typeof Native_;
    return { compute, parsed, NativeBucket: native.NativeBucket };
  } catch (error) {
    warn(`ironbridge works in plain JavaScript, which is slower: ${String(error)}`);
    return null;
  }
}

/** Whether the variable does not switch the native side off. Read each time: it may be switched while a program runs. */
export function isWanted(variable: "USE_RUST_TOKENIZER" | "USE_RUST_RATE_LIMIT"): boolean {
  return process.env[variable] !== "false";
}

/** A warning of the process, which whoever runs it can listen to, silence or turn into an error. */
export function warn(message: string): void {
  process.emitWarning(message, { type: "IronbridgeWarning", code: "IRONBRIDGE_FALLBACK" });
}
