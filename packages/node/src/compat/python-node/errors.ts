/** Errors with the words that programs look for. */

import { IronbridgeError } from "../../error.js";

export async function asTheirs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw theirs(error);
  }
}

export function theirs(error: unknown): unknown {
  if (!(error instanceof IronbridgeError)) return error;
  const { code, message } = error;
  if (code === "ERR_PYTHON") return new IronbridgeError(code, `Python error: ${message}`, { ...error }, error);
  if (code === "ERR_PROTOCOL") return new IronbridgeError(code, `No response sent: ${message}`, {}, error);
  return error;
}
