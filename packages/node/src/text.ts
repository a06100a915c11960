/** Pure functions of texts: at once, with twins on Rust's threads for inputs over 256 KB. */

import type { ParseShellInput, ParseShellOutput } from "../types/tools.js";
import type { Dialect } from "./dialects.js";
import {
  compute,
  guarded,
  parsed,
  type Request,
  start,
  toJson,
  wellFormed,
} from "./engine.js";
import { invalidInput } from "./error.js";
import { type Answer, native } from "./native.js";
import { type CallOptions, split } from "./options.js";

/** Which vocabulary. `encoding` goes before `model`; without both it is o200k_base. */
export interface TokenOptions {
  /** A model's name: `gpt-5`, `claude-sonnet-4.5` … */
  model?: string;
  encoding?: "o200k_base" | "cl100k_base" | "p50k_base" | "p50k_edit" | "r50k_base";
}

/** A request's payload, in any dialect, or the list of its messages. */
export type CountedPayload = Record<string, unknown> | readonly unknown[];

export interface CountOptions extends TokenOptions {
  /** The dialect of a payload. Default: told from what only one of them has; what all have counts the same in each. */
  dialect?: Dialect;
}

/**
 * The number of tokens of a text, or of a whole request as its provider would report it: messages, tools and images by the
 * rules of the model's family. Exact for texts with an encoding or an OpenAI model, an estimate for others.
 *
 * A payload's own `model` counts where none is given. Over 256 KB it takes longer than a millisecond:
 * {@link countTokensAsync} does not hold up others.
 */
export function countTokens(input: string | CountedPayload, options: CountOptions = {}): number {
  if (isPayload(input)) return parsed(compute("count-payload", ofPayload(input, options)));
  wellFormed(input);
  const { model, encoding } = options;
  return guarded(() => native.countText(input, model, encoding));
}

/** {@link countTokens} on another thread. */
export async function countTokensAsync(
  input: string | CountedPayload,
  options: CountOptions & CallOptions = {},
): Promise<number> {
  const [call, own] = split(options);
  if (isPayload(input))
    return parsed(await start("count-payload", call, ofPayload(input, own)));
  return parsed(await start("count-tokens", call, ofText(input, own)));
}

function isPayload(input: string | CountedPayload): input is CountedPayload {
  return typeof input === "object" && input !== null;
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
  return edited(await start("edit-text", call, { input, texts: [content, old, replacement], placeless: true }));
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

function ofText(text: string, { model, encoding }: TokenOptions): Request {
  return { input: { model, encoding }, texts: [text], placeless: true };
}

function ofPayload(
  payload: CountedPayload,
  { model, encoding, dialect }: CountOptions,
): Request {
  return { input: { model, encoding, dialect }, texts: [toJson(payload)], placeless: true };
}

function ofTokens(tokens: ArrayLike<number>, { model, encoding }: TokenOptions): Request {
  const numbers = Uint32Array.from(tokens);
  if (numbers.some((number, index) => number !== tokens[index]))
    throw invalidInput("a token is a number from 0 to 2³² - 1");
  return { input: { model, encoding }, bytes: new Uint8Array(numbers.buffer), placeless: true };
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
