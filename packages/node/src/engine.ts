/** Every call goes through here: one crossing, and its end pushed back as a promise's. */

import { fromFailure, IronbridgeError, invalidInput } from "./error.js";
import { type Answer, native } from "./native.js";
import { type CallOptions, placeOf } from "./options.js";

/** As in `crates/node/src/outbox.rs`. */
const VALUE = 0;
const FAILURE = 1;

interface Pending {
  resolve(answer: Ended): void;
  reject(error: unknown): void;
  onEvent: ((answer: Answer) => void) | undefined;
  onReady: ((call: number) => void) | undefined;
  signal: AbortSignal | undefined;
  /** What an event's callback threw: it ends the call. */
  thrown?: { error: unknown };
}

/** An answer, with the number of its call: that of the handle, where there is one. */
export interface Ended extends Answer {
  call: number;
}

/** What a call takes beside its name and options. */
export interface Request {
  /** Becomes JSON. */
  input?: unknown;
  /** Large texts, which cross as they are. */
  texts?: string[];
  bytes?: Uint8Array;
  /** It depends on what it is given alone, or belongs to a handle: where it works is not worked out. */
  placeless?: true;
  onEvent?: (answer: Answer) => void;
  /** Called with the call's number before its first event after its end, where it gives something that stays. */
  onReady?: (call: number) => void;
}

const pending = new Map<number, Pending>();
let last = 0;

/** Is told what comes from a handle. What a returned promise waits for counts as not taken yet. */
export type OnEvent = (answer: Answer) => Promise<unknown> | undefined | void;

/** Who is told what comes from handles, by the number of the call that gave them. */
const listeners = new Map<number, { onEvent: OnEvent; persistent: boolean }>();

/** Calls and listeners the event loop stays alive for. */
let held = 0;

/** Keeps the event loop alive until as many calls of {@link letGo}. */
export function hold(): void {
  if (held++ === 0) engine.keepLoopAlive(true);
}

export function letGo(): void {
  if (--held === 0) engine.keepLoopAlive(false);
}

const engine = new native.Engine((call, kind, json, text, bytes) => {
  const waiting = pending.get(call);
  const answer: Answer = {};
  if (json != null) answer.json = json;
  if (text != null) answer.text = text;
  if (bytes != null) answer.bytes = bytes;
  if (kind === VALUE || kind === FAILURE) {
    if (waiting !== undefined) settle(call, waiting, kind, answer);
    return;
  }
  const size = Buffer.byteLength(json ?? "") + Buffer.byteLength(text ?? "") + (bytes?.length ?? 0);
  let taking: ReturnType<OnEvent>;
  try {
    if (waiting === undefined) taking = listeners.get(call)?.onEvent(answer);
    else if (waiting.thrown === undefined) waiting.onEvent?.(answer);
  } catch (error) {
    if (waiting === undefined) throw error;
    waiting.thrown = { error };
    engine.cancel(call);
  } finally {
    const taken = () => engine.taken(call, size);
    // A rejection is the listener's own: nobody here handles it.
    if (taking) void taking.finally(taken);
    else taken();
  }
});

// Bun ends without finalizers, and Node without waiting for what they begin: a command would outlive its program.
process.once("exit", () => engine.end());

/** Tells `onEvent` what comes from the handle that a call gave. */
export function listen(call: number, onEvent: OnEvent, persistent: boolean): void {
  listeners.set(call, { onEvent, persistent });
  if (persistent) hold();
}

export function unlisten(call: number): void {
  if (listeners.get(call)?.persistent) letGo();
  listeners.delete(call);
}

/** Handles bear the number of their call, so one comes again only after 2³² calls. */
function nextNumber(): number {
  do last = (last + 1) >>> 0;
  while (pending.has(last) || listeners.has(last));
  return last;
}

function settle(call: number, waiting: Pending, kind: number, answer: Answer): void {
  pending.delete(call);
  letGo();
  unwatch(waiting.signal, call);
  if (waiting.thrown) waiting.reject(waiting.thrown.error);
  else if (kind === VALUE) {
    waiting.onReady?.(call);
    waiting.resolve(Object.assign(answer, { call }));
  } else waiting.reject(fromFailure(answer.json ?? "{}", waiting.signal?.reason));
}

/**
 * Starts `operation` on Rust's threads. An abort asks it to stop; the promise is settled when it has, so that nothing of
 * it happens afterwards.
 */
export function start(
  operation: string,
  options: CallOptions | undefined,
  request: Request,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { signal, timeoutMs } = options ?? {};
    if (signal?.aborted) {
      const error = new IronbridgeError("ERR_CANCELLED", "cancelled", {}, signal.reason);
      return reject(error);
    }
    const input = toJson(request.input ?? {});
    request.texts?.forEach(wellFormed);
    const call = nextNumber();
    pending.set(call, {
      resolve,
      reject,
      onEvent: request.onEvent,
      onReady: request.onReady,
      signal,
    });
    watch(signal, call);
    hold();
    try {
      const place = request.placeless ? "{}" : placeOf(options ?? {});
      engine.start(call, operation, input, place, timeoutMs, request.texts, request.bytes);
    } catch (error) {
      pending.delete(call);
      letGo();
      unwatch(signal, call);
      reject(converted(error));
    }
  });
}

/** The calls of a signal, and its one listener: an agent gives the same signal to all it does. */
const watched = new WeakMap<AbortSignal, { calls: Set<number>; onAbort: () => void }>();

function watch(signal: AbortSignal | undefined, call: number): void {
  if (signal === undefined) return;
  let row = watched.get(signal);
  if (row === undefined) {
    const calls = new Set<number>();
    const onAbort = () => {
      for (const running of calls) engine.cancel(running);
    };
    row = { calls, onAbort };
    watched.set(signal, row);
    signal.addEventListener("abort", row.onAbort);
  }
  row.calls.add(call);
}

function unwatch(signal: AbortSignal | undefined, call: number): void {
  const row = signal && watched.get(signal);
  if (row === undefined || signal === undefined) return;
  row.calls.delete(call);
  if (row.calls.size > 0) return;
  signal.removeEventListener("abort", row.onAbort);
  watched.delete(signal);
}

/** A tool of the table: JSON in, JSON out. */
export async function tool<T>(name: string, options: CallOptions, input: unknown): Promise<T> {
  return parsed(await start(name, options, { input }));
}

/** Does a pure operation at once, on this thread. */
export function compute(
  operation: string,
  request: Request,
  options: CallOptions | undefined = undefined,
): Answer {
  const input = toJson(request.input ?? {});
  request.texts?.forEach(wellFormed);
  const place = options && placeOf(options);
  try {
    return native.compute(operation, input, place, request.texts, request.bytes);
  } catch (error) {
    throw converted(error);
  }
}

/**
 * Does an operation at once, on this thread: a brief one on what earlier calls gave, or, for `compat/ironcode` and nobody
 * else, one that waits for a disk or a program while JavaScript stands still, at most a minute. Which ones says
 * `crates/node/src/operation.rs`.
 */
export function ask(
  operation: string,
  request: Pick<Request, "input" | "texts" | "bytes">,
  options?: CallOptions,
): Ended {
  const input = toJson(request.input ?? {});
  request.texts?.forEach(wellFormed);
  const call = nextNumber();
  try {
    const place = options && placeOf(options);
    const answer = engine.ask(call, operation, input, place, request.texts, request.bytes);
    return Object.assign(answer, { call });
  } catch (error) {
    throw converted(error);
  }
}

/** What a native function threw: a failure as JSON text, or an error of N-API's own, which is about the arguments. */
export function converted(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof IronbridgeError) return error;
  const { message } = error;
  return message.startsWith("{") ? fromFailure(message) : invalidInput(message);
}

/** Does what a native function does, and throws our errors. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw converted(error);
  }
}

export function parsed<T>(answer: Answer): T {
  return JSON.parse(answer.json ?? "null") as T;
}

/** Lets go of what the call gave; done when it is gone. */
export async function release(call: number): Promise<void> {
  await start("release", undefined, { input: { call }, placeless: true });
}

/** As JSON text; what has none is an error of the caller's. */
export function toJson(input: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(input);
  } catch (error) {
    throw invalidInput(`it cannot be written as JSON: ${String(error)}`);
  }
  if (text === undefined) throw invalidInput(`it is no JSON value but ${typeof input}`);
  return text;
}

/** A lone surrogate has no form in UTF-8: it would arrive as another character. */
export function wellFormed(text: unknown): asserts text is string {
  if (typeof text !== "string") throw invalidInput(`a string is expected, not ${typeof text}`);
  const { isWellFormed } = text as string & { isWellFormed(): boolean };
  if (!isWellFormed.call(text)) throw invalidInput("the text has a lone surrogate");
}
