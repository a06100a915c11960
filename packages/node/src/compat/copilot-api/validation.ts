/** Whether a payload is a request of chat completions or of Anthropic's messages. */

import type { ValidationProblem } from "../../dialects.js";
import { checkChat } from "./check-chat.js";
import { checkMessages } from "./check-messages.js";
import { core } from "./core.js";
import { measured } from "./performance.js";
import { type Json, Reader } from "./reader.js";

export interface DetailedValidation {
  valid: boolean;
  /** Of a valid payload: `anthropic` where it is one of messages only, `vision` where a message has an image. */
  contentType?: "text" | "vision" | "anthropic";
  /** Of an invalid one: what is wrong, in one text. */
  error?: string;
  /** Every mistake, as a request of the dialect with fewer of them. */
  errors: ValidationProblem[];
}

/** What is held against a name that is there and says nothing. */
const NO_NAME: ValidationProblem = { path: "/model", message: "expected a name, found an empty string" };
const NAMELESS = /"model"\s*:\s*""/;
/** As strict as the gateway, `DEPTH_MAX` in `crates/wire/src/json.rs`. */
const DEPTH_MAX = 100;

/** Whether `payload`, an object or its JSON text, is a request of either dialect. */
export function validatePayload(payload: unknown): boolean {
  return measured("validatePayload", () => validated(payload).valid);
}

/** {@link validatePayload}, with the kind of content or every mistake. */
export function validatePayloadDetailed(payload: unknown): DetailedValidation {
  return measured("validatePayloadDetailed", () => validated(payload));
}

function validated(payload: unknown): DetailedValidation {
  const text = typeof payload === "string" ? payload : (JSON.stringify(payload) ?? "null");
  const chat = problemsOfText(text, "chat");
  if (chat.length === 0) return { valid: true, contentType: kindOf(text), errors: [] };
  const messages = problemsOfText(text, "messages");
  if (messages.length === 0) return { valid: true, contentType: "anthropic", errors: [] };
  const said = (problems: ValidationProblem[]) =>
    problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; ");
  return {
    valid: false,
    error: `OpenAI validation: ${said(chat)}. Anthropic validation: ${said(messages)}`,
    errors: messages.length < chat.length ? messages : chat,
  };
}

function problemsOfText(text: string, dialect: "chat" | "messages"): ValidationProblem[] {
  const native = core();
  if (native === null) return problemsOfJson(text, dialect);
  const request = { input: { dialect }, texts: [text] };
  const errors = native.parsed<ValidationProblem[]>(native.compute("validate", request));
  // Looked for as text first: to read a whole request again takes as long as to check it.
  const nameless = errors.length === 0 && NAMELESS.test(text) && isNameless(JSON.parse(text));
  return nameless ? [NO_NAME] : errors;
}

function problemsOfJson(text: string, dialect: "chat" | "messages"): ValidationProblem[] {
  let payload: Json;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    const message = `not valid JSON: ${error instanceof Error ? error.message : error}`;
    return [{ path: "", message }];
  }
  const errors = problemsOf(payload, dialect);
  return errors.length === 0 && isNameless(payload) ? [NO_NAME] : errors;
}

/** What is wrong with a request, in plain JavaScript; in the words of the native side and in its order. */
export function problemsOf(payload: Json | object, dialect: "chat" | "messages"): ValidationProblem[] {
  const strict = tooStrange(payload as Json, "", 0);
  if (strict !== undefined) return [strict];
  const problems: ValidationProblem[] = [];
  const request = Reader.of(payload as Json, "", problems);
  if (request !== undefined) (dialect === "chat" ? checkChat : checkMessages)(request);
  return problems;
}

/** What JSON of a gateway may not be: nested too deep, or with half a character. */
function tooStrange(value: Json, path: string, depth: number): ValidationProblem | undefined {
  if (typeof value === "string")
    return isWellFormed(value) ? undefined : { path, message: "the text has a lone surrogate" };
  if (typeof value !== "object" || value === null) return undefined;
  if (depth >= DEPTH_MAX) return { path, message: `nested deeper than ${DEPTH_MAX}` };
  for (const [key, member] of Object.entries(value)) {
    const found = tooStrange(member as Json, `${path}/${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function isNameless(payload: unknown): boolean {
  return (payload as { model?: unknown } | null)?.model === "";
}

/** `vision` where a message has an image. */
function kindOf(text: string): "text" | "vision" {
  // Most requests have none, and need not be read again for that.
  if (!text.includes("image_url")) return "text";
  const { messages } = JSON.parse(text) as { messages: { content?: unknown }[] };
  const parts = messages.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return parts.some((part) => part?.type === "image_url") ? "vision" : "text";
}
