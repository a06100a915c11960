/** Payloads of model servers: valid or not, and from one dialect to another. */

import { compute, guarded, parsed, type Request, start, toJson } from "./engine.js";
import { native } from "./native.js";
import { type CallOptions, split } from "./options.js";
import type * as Chat from "./payload/chat.js";
import type * as Payload from "./payload/fits.js";
import type * as Messages from "./payload/messages.js";
import type * as Responses from "./payload/responses.js";

/** OpenAI chat completions, OpenAI responses, Anthropic messages. */
export type Dialect = "chat" | "responses" | "messages";

export interface ValidationProblem {
  /** A JSON pointer: `/messages/0/content`. */
  path: string;
  message: string;
}

export interface Validation {
  valid: boolean;
  errors: ValidationProblem[];
}

/** What a translation could not carry as it was. */
export interface TranslationChange {
  path: string;
  kind: "dropped" | "changed";
  reason: string;
}

export interface Translation {
  payload: Record<string, unknown>;
  changes: TranslationChange[];
}

/** What the model that is asked can do. */
export interface TranslationTarget {
  outputTokensMax?: number;
  maxCompletionTokens?: boolean;
  adaptiveThinking?: boolean;
  neverReasons?: boolean;
}

/** Loaded with the first payload: who counts tokens or edits files need not wait for the tables. */
const LOAD: Record<Dialect, () => Payload.Fits> = {
  chat: () => (require("./payload/chat.js") as typeof Chat).chat,
  responses: () => (require("./payload/responses.js") as typeof Responses).responses,
  messages: () => (require("./payload/messages.js") as typeof Messages).messages,
};
const loaded = new Map<Dialect, (payload: unknown) => boolean>();

/** Whether there is certainly no mistake; otherwise Rust is asked. */
function isPlainlyValid(payload: unknown, dialect: Dialect): boolean {
  return (loaded.get(dialect) ?? load(dialect))(payload);
}

function load(dialect: Dialect): (payload: unknown) => boolean {
  // Rust says what is wrong with the name of a dialect.
  if (!Object.hasOwn(LOAD, dialect)) return () => false;
  const { areUntouched, Code } = require("./payload/fits.js") as typeof Payload;
  const fits = new Code().compiled(LOAD[dialect]());
  const isValid = (payload: unknown) => areUntouched() && fits(payload);
  loaded.set(dialect, isValid);
  return isValid;
}

/** Whether a request's payload is one of that dialect. */
export function validatePayload(payload: unknown, dialect: Dialect): boolean {
  return validatePayloadDetailed(payload, dialect).valid;
}

/** {@link validatePayload}, with every mistake. */
export function validatePayloadDetailed(payload: unknown, dialect: Dialect): Validation {
  if (isPlainlyValid(payload, dialect)) return judged([]);
  const text = toJson(payload);
  const errors = guarded(() => native.validatePayload(text, dialect));
  return judged(errors === null ? [] : JSON.parse(errors));
}

/** {@link validatePayload} on another thread. */
export async function validatePayloadAsync(
  payload: unknown,
  dialect: Dialect,
  options: CallOptions = {},
): Promise<boolean> {
  return (await validatePayloadDetailedAsync(payload, dialect, options)).valid;
}

/** {@link validatePayloadDetailed} on another thread. */
export async function validatePayloadDetailedAsync(
  payload: unknown,
  dialect: Dialect,
  options: CallOptions = {},
): Promise<Validation> {
  if (options.signal?.aborted !== true && isPlainlyValid(payload, dialect)) return judged([]);
  const request: Request = { input: { dialect }, texts: [toJson(payload)], placeless: true };
  return judged(parsed(await start("validate", options, request)));
}

/** A request in another dialect. */
export function translateRequest(
  payload: unknown,
  from: Dialect,
  to: Dialect,
  options: { target?: TranslationTarget } = {},
): Translation {
  return parsed(compute("translate-request", translation(payload, from, to, options)));
}

/** {@link translateRequest} on another thread. */
export async function translateRequestAsync(
  payload: unknown,
  from: Dialect,
  to: Dialect,
  options: { target?: TranslationTarget } & CallOptions = {},
): Promise<Translation> {
  const [call, own] = split(options);
  return parsed(await start("translate-request", call, translation(payload, from, to, own)));
}

export interface ResponseOptions {
  /** The request that is answered, as its client sent it (in the dialect `to`): names that were changed for the server are
   * put back. */
  request?: unknown;
  /** The target that request was translated for. */
  target?: TranslationTarget;
}

/** A whole reply, from the server's dialect to the client's. */
export function translateResponse(
  payload: unknown,
  from: Dialect,
  to: Dialect,
  options: ResponseOptions = {},
): Translation {
  return parsed(compute("translate-response", response(payload, from, to, options)));
}

/** {@link translateResponse} on another thread. */
export async function translateResponseAsync(
  payload: unknown,
  from: Dialect,
  to: Dialect,
  options: ResponseOptions & CallOptions = {},
): Promise<Translation> {
  const [call, own] = split(options);
  return parsed(await start("translate-response", call, response(payload, from, to, own)));
}

/** A streamed reply, from the server's dialect to the client's. Any cut of the stream gives the same bytes in sum. */
export class StreamTranslator {
  readonly #native: InstanceType<typeof native.NativeStream>;

  constructor(from: Dialect, to: Dialect, options: { request?: unknown } = {}) {
    const { request } = options;
    this.#native = guarded(
      () => new native.NativeStream(from, to, request === undefined ? undefined : toJson(request)),
    );
  }

  /** Takes the server's next bytes; gives what is to be sent on. */
  push(bytes: Uint8Array): Buffer {
    return guarded(() => this.#native.push(bytes));
  }

  /** The server has ended: an end without a finish becomes an error event, never a made-up finish. */
  end(): Buffer {
    return guarded(() => this.#native.end());
  }

  /** What could not be carried so far. */
  get changes(): TranslationChange[] {
    return JSON.parse(guarded(() => this.#native.changes()));
  }
}

function judged(errors: ValidationProblem[]): Validation {
  return { valid: errors.length === 0, errors };
}

function translation(
  payload: unknown,
  from: Dialect,
  to: Dialect,
  { target }: { target?: TranslationTarget },
): Request {
  return { input: { from, to, target }, texts: [toJson(payload)], placeless: true };
}

function response(
  payload: unknown,
  from: Dialect,
  to: Dialect,
  { request, target }: ResponseOptions,
): Request {
  const texts = [toJson(payload)];
  if (request !== undefined) texts.push(toJson(request));
  return { input: { from, to, target }, texts, placeless: true };
}
