/** What is wrong with a request of Anthropic's messages: the checks of `crates/wire/src/messages`, in their order. */

import type { Json, Reader } from "./reader.js";

type Place = "a system text" | "a user message" | "an assistant message" | "a tool result";

const PLACES: Record<string, Place | undefined> = {
  __proto__: null as never,
  user: "a user message",
  assistant: "an assistant message",
  system: "a system text",
};
/** Blocks that stand in one place only. */
const ONLY_IN: Record<string, Place | undefined> = {
  __proto__: null as never,
  tool_use: "an assistant message",
  thinking: "an assistant message",
  redacted_thinking: "an assistant message",
  tool_result: "a user message",
};

export function checkMessages(request: Reader): void {
  request.require("max_tokens");
  request.requiredString("model");
  request.whole("max_tokens");
  content(request, "system", "a system text");
  request.require("messages");
  request.objects("messages", message);
  if (request.isEmpty("messages")) request.problem("messages", "expected at least one message");
  request.objects("tools", tool);
  toolChoice(request);
  thinkingMode(request);
  const output = request.object("output_config");
  output?.string("effort");
  format(output?.object("format"));
  format(request.object("output_format"));
  request.within("temperature", 0, 1, "0 to 1");
  request.within("top_p", 0, 1, "0 to 1");
  request.whole("top_k");
  request.strings("stop_sequences");
  request.boolean("stream");
  request.object("metadata")?.string("user_id");
  const tier = request.string("service_tier");
  if (tier !== undefined && tier !== "auto" && tier !== "standard_only")
    request.problem("service_tier", 'expected "auto" or "standard_only"');
}

function message(message: Reader): void {
  const role = message.requiredString("role");
  const place = PLACES[role];
  if (place === undefined && role !== "")
    message.problem("role", `expected "user", "assistant" or "system", found "${role}"`);
  message.require("content");
  if (place !== undefined) content(message, "content", place);
}

function content(holder: Reader, key: string, place: Place): void {
  holder.content(key, "a string or an array of blocks", (part) => block(part, place));
}

function block(block: Reader, place: Place): void {
  const type = block.text("type");
  if (type === undefined) {
    block.requiredString("type");
    return;
  }
  const only = ONLY_IN[type];
  if (only !== undefined && only !== place) {
    const message = `a ${type} block cannot stand in ${place}`;
    block.problems.push({ path: block.at, message });
    return;
  }
  blocks[type]?.(block);
}

/** Those that all dialects have in some form; others are a server's own. */
const blocks: Record<string, ((block: Reader) => void) | undefined> = {
  __proto__: null as never,
  text(block) {
    block.requiredString("text");
  },
  image(block) {
    if (["base64", "url", "file", undefined].includes(sourceType(block))) source(block);
  },
  document(block) {
    const type = sourceType(block);
    const plain = ["base64", "url", "file", "text", undefined].includes(type);
    if (!plain && !(type === "content" && isTexts(sourceContent(block)))) return;
    if (!source(block)) return;
    block.string("title");
    block.string("context");
  },
  search_result(block) {
    block.require("content");
    block.array("content");
    block.string("title");
    block.requiredString("source");
  },
  thinking(block) {
    block.requiredString("thinking");
    block.string("signature");
  },
  redacted_thinking(block) {
    block.requiredString("data");
  },
  tool_use(block) {
    block.requiredString("id");
    block.requiredString("name");
    block.requiredObject("input");
  },
  tool_result(block) {
    block.requiredString("tool_use_id");
    content(block, "content", "a tool result");
    block.boolean("is_error");
  },
};

/** The source of an image or document; `false`: there is none. */
function source(block: Reader): boolean {
  const source = block.object("source");
  if (source === undefined) {
    block.problem("source", "required, but missing");
    return false;
  }
  const needed: Record<string, string[] | undefined> = {
    base64: ["media_type", "data"],
    url: ["url"],
    file: ["file_id"],
    content: [],
  };
  const type = source.requiredString("type");
  for (const key of needed[type] ?? ["data"]) source.requiredString(key);
  return true;
}

function sourceType(block: Reader): string | undefined {
  const { type } = Object(block.get("source") ?? {}) as { type?: Json };
  return typeof type === "string" ? type : undefined;
}

function sourceContent(block: Reader): Json | undefined {
  return (Object(block.get("source") ?? {}) as { content?: Json }).content;
}

/** Whether a content holds nothing but text. */
function isTexts(content: Json | undefined): boolean {
  if (!Array.isArray(content)) return typeof content === "string";
  return content.every((part) => typeof (Object(part) as { text?: Json }).text === "string");
}

function tool(tool: Reader): void {
  // Tools that the server runs have types of their own.
  if ((tool.text("type") ?? "custom") !== "custom") return;
  tool.requiredString("name");
  tool.requiredObject("input_schema");
  tool.string("description");
  tool.boolean("strict");
}

function toolChoice(request: Reader): void {
  const choice = request.object("tool_choice");
  const type = choice?.text("type");
  if (type === undefined) choice?.requiredString("type");
  if (type === "tool") choice?.requiredString("name");
  if (type !== undefined && ["auto", "any", "none", "tool"].includes(type))
    choice?.boolean("disable_parallel_tool_use");
}

function thinkingMode(request: Reader): void {
  const thinking = request.object("thinking");
  if (thinking === undefined) return;
  const type = thinking.requiredString("type");
  if (!["enabled", "disabled", "adaptive", ""].includes(type))
    thinking.problem("type", `expected "enabled", "disabled" or "adaptive", found "${type}"`);
  if (type === "enabled") thinking.require("budget_tokens");
  thinking.whole("budget_tokens");
  thinking.string("display");
}

function format(format: Reader | undefined): void {
  if (format?.text("type") === "json_schema") format.requiredObject("schema");
}
