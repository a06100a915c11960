/** What goes wrong, with a stable `code` and the facts that Rust tells as properties. */
export class IronbridgeError extends Error {
  /** `ERR_` and capitals, as `ERR_NOT_FOUND`; `docs/reference/tools.md` lists them by tool. */
  readonly code: string;
  /** Facts beside the message: line numbers, nearest names, hashes. */
  readonly [detail: string]: unknown;

  constructor(
    code: string,
    message: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    // What an AbortSignal stops is an AbortError everywhere else, too.
    this.name = code === "ERR_CANCELLED" ? "AbortError" : "IronbridgeError";
    const { name: _name, message: _message, stack: _stack, code: _code, ...facts } = details;
    Object.assign(this, facts);
    this.code = code;
  }
}

/** From the JSON text of a failure, or whatever else was thrown. */
export function fromFailure(text: string, cause?: unknown): IronbridgeError {
  const { code, message, ...details } = JSON.parse(text) as { code: string; message: string };
  return new IronbridgeError(`ERR_${code.toUpperCase()}`, message, details, cause);
}

export function invalidInput(message: string): IronbridgeError {
  return new IronbridgeError("ERR_INVALID_INPUT", message);
}
