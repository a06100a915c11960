/** Pure functions of texts: at once, with twins on Rust's threads for inputs over 256 KB. */

import type { ParseShellInput, ParseShellOutput } from "../types/tools.js";
import { compute, converted, parsed, type Request, start } from "./engine.js";
import { invalidInput } from "./error.js";
import { type Answer, native } from "./native.js";
import { type CallOptions, split } from "./options.js";

/** Which vocabulary. `encoding` goes before `model`; without both it is o200k_base. */
export interface TokenOptions {
  /** A model's name: `gpt-5`, `claude-sonnet-4.5` … */
  model?: string;
  encoding?: "o200k_base" | "cl100k_base" | "p50k_base" | "r50k_base";
}

/** The number of tokens of a text. Exact with an encoding or an OpenAI model, an estimate for others. */
export function countTokens(text: string, options: TokenOptions = {}): number {
  return parsed(compute("count-tokens", ofText(text, options)));
}

/** {@link countTokens} on another thread. */
export async function countTokensAsync(
  text: string,
  options: TokenOptions & CallOptions = {},
): Promise<number> {
  const [call, own] = split(options);
  return parsed(await start("count-tokens", call, ofText(text, own)));
}

/** The tokens of a text. */
export function encode(text: string, options: TokenOptions = {}): Uint32Array {
  return numbers(compute("encode", ofText(text, options)));
}

/** {@link encode} on another thread. */
export async function encodeAsync(
  text: string,
  options: TokenOptions & CallOptions = {},
): Promise<Uint32Array> {
  const [call, own] = split(options);
  return numbers(await start("encode", call, ofText(text, own)));
}

/** The text of tokens; what is no UTF-8 becomes U+FFFD. */
export function decode(tokens: ArrayLike<number>, options: TokenOptions = {}): string {
  return compute("decode", ofTokens(tokens, options)).text ?? "";
}

/** {@link decode} on another thread. */
export async function decodeAsync(
  tokens: ArrayLike<number>,
  options: TokenOptions & CallOptions = {},
): Promise<string> {
  const [call, own] = split(options);
  return (await start("decode", call, ofTokens(tokens, own))).text ?? "";
}

export interface EditTextOptions {
  /** Every place instead of the only one. */
  replaceAll?: boolean;
  /** Take placeholders like `// ... existing code ...` in the new text literally. */
  allowOmission?: boolean;
}

/** A part of a text: UTF-16 units from 0, `end` not included; lines from 1, `lastLine` included. */
export interface TextRange {
  start: number;
  end: number;
  firstLine: number;
  lastLine: number;
}

export interface EditedText {
  content: string;
  /** How `old` was found: `simple`, `line-trimmed` … */
  strategy: string;
  /** What was replaced, in order: where it stood, and where its replacement stands. */
  ranges: { before: TextRange; after: TextRange }[];
}

/** Replaces a text that is remembered not quite exactly. Everything outside `ranges` stays as it is. */
export function editText(
  content: string,
  old: string,
  replacement: string,
  options: EditTextOptions = {},
): EditedText {
  return edited(compute("edit-text", { input: options, texts: [content, old, replacement] }));
}

/** {@link editText} on another thread. */
export async function editTextAsync(
  content: string,
  old: string,
  replacement: string,
  options: EditTextOptions & CallOptions = {},
): Promise<EditedText> {
  const [call, input] = split(options);
  return edited(await start("edit-text", call, { input, texts: [content, old, replacement] }));
}

/** `cwd` is where the command would run. */
export type ParseShellOptions = Pick<ParseShellInput, "home"> &
  Omit<CallOptions, "signal" | "timeoutMs">;

/** Reads a shell command without running it: commands, the paths they touch, how safe they are. Spans are in UTF-16 units. */
export function parseShell(command: string, options: ParseShellOptions = {}): ParseShellOutput {
  const [call, own] = split<ParseShellOptions>(options);
  return parsed(compute("parse-shell", { input: { ...own, command: text(command) } }, call));
}

/** {@link parseShell} on another thread. */
export async function parseShellAsync(
  command: string,
  options: ParseShellOptions & CallOptions = {},
): Promise<ParseShellOutput> {
  const [call, own] = split(options);
  return parsed(await start("parse-shell", call, { input: { ...own, command: text(command) } }));
}

export interface LimiterOptions {
  /** What a full bucket holds. */
  capacity: number;
  /** What it gains, at least 0.001. */
  refillPerSecond: number;
}

export interface LimitCheck {
  allowed: boolean;
  /** What is left afterwards. */
  remaining: number;
  /** 0 when allowed; `Infinity` when the cost is over the capacity. */
  retryAfterMs: number;
}

/** Token buckets by key: at most 100,000 that are not full. */
export class RateLimiter {
  readonly #native: InstanceType<typeof native.NativeLimiter>;

  constructor({ capacity, refillPerSecond }: LimiterOptions) {
    this.#native = guarded(() => new native.NativeLimiter(capacity, refillPerSecond));
  }

  /** Takes `cost` (a whole number) if it is there. */
  check(key = "", cost = 1): LimitCheck {
    const retryAfterMs = guarded(() => this.#native.take(key, cost));
    return { allowed: retryAfterMs === 0, remaining: this.#native.remaining(key), retryAfterMs };
  }

  /** Fills the bucket of `key`; without a key, all. */
  reset(key?: string): void {
    this.#native.reset(key);
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw converted(error);
  }
}

function ofText(text: string, { model, encoding }: TokenOptions): Request {
  return { input: { model, encoding }, texts: [text] };
}

function ofTokens(tokens: ArrayLike<number>, { model, encoding }: TokenOptions): Request {
  const numbers = Uint32Array.from(tokens);
  if (numbers.some((number, index) => number !== tokens[index]))
    throw invalidInput("a token is a number from 0 to 2³² - 1");
  return { input: { model, encoding }, bytes: new Uint8Array(numbers.buffer) };
}

function numbers({ bytes }: Answer): Uint32Array {
  // Copied: the buffer's start need not be a multiple of four.
  const copy = Uint8Array.from(bytes ?? []);
  return new Uint32Array(copy.buffer);
}

function edited(answer: Answer): EditedText {
  return { content: answer.text ?? "", ...parsed<Omit<EditedText, "content">>(answer) };
}

function text(value: string): string {
  if (typeof value !== "string") throw invalidInput(`a string is expected, not ${typeof value}`);
  return value;
}
