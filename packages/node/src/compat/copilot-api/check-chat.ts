/** What is wrong with a request of chat completions: the checks of `crates/wire/src/chat`, in their order. */

import { kind, type Reader } from "./reader.js";

const TOP_LOGPROBS_MAX = 20;
const NOT_ZERO = "expected a whole number from 1, found 0";

export function checkChat(request: Reader): void {
  request.requiredString("model");
  request.require("messages");
  request.objects("messages", message);
  if (request.isEmpty("messages")) request.problem("messages", "expected at least one message");
  tools(request);
  request.boolean("stream");
  const options = request.object("stream_options");
  options?.boolean("include_usage");
  options?.boolean("include_obfuscation");
  lengths(request);
  sampling(request);
  stop(request);
  request.string("reasoning_effort");
  format(request);
  for (const key of ["verbosity", "user", "safety_identifier"]) request.string(key);
  metadata(request);
  request.string("service_tier");
  request.boolean("store");
  for (const key of ["prompt_cache_key", "prompt_cache_retention"]) request.string(key);
  if (request.whole("n") === 0) request.problem("n", NOT_ZERO);
}

function message(message: Reader): void {
  const role = message.text("role");
  message.requiredString("role");
  if (role === undefined) return;
  const known = roles[role];
  if (known === undefined) {
    const expected = "expected system, developer, user, assistant, tool or function";
    return message.problem("role", `${expected}, found ${JSON.stringify(role)}`);
  }
  known(message);
  if (role !== "function") message.string("name");
}

const roles: Record<string, ((message: Reader) => void) | undefined> = {
  __proto__: null as never,
  system: spoken,
  developer: spoken,
  user: spoken,
  assistant: answered,
  tool(message) {
    message.requiredString("tool_call_id");
    spoken(message);
  },
  function(message) {
    message.requiredString("name");
    spoken(message);
  },
};

/** A content that must be there. */
function spoken(message: Reader): void {
  message.require("content");
  message.content("content", "a string or an array", part);
}

function answered(message: Reader): void {
  for (const key of ["reasoning_content", "reasoning", "reasoning_text", "reasoning_opaque"])
    message.string(key);
  message.array("reasoning_details");
  message.content("content", "a string or an array", part);
  message.string("refusal");
  message.objects("tool_calls", call);
  const older = message.object("function_call");
  older?.requiredString("name");
  older?.requiredString("arguments");
}

function call(call: Reader): void {
  call.requiredString("id");
  const type = call.text("type") ?? "function";
  if (type !== "function" && type !== "custom")
    return call.problem("type", `expected function or custom, found ${JSON.stringify(type)}`);
  call.string("type");
  const called = call.requiredObject(type);
  called?.requiredString("name");
  called?.requiredString(type === "custom" ? "input" : "arguments");
}

/** Kinds of parts that it does not know may be a server's own. */
function part(part: Reader): void {
  switch (part.text("type")) {
    case undefined:
      part.requiredString("type");
      return;
    case "text":
      part.requiredString("text");
      return;
    case "refusal":
      part.requiredString("refusal");
      return;
    case "image_url":
      // Some clients send the bare address.
      if (part.text("image_url") === undefined) {
        const image = part.requiredObject("image_url");
        image?.requiredString("url");
        image?.string("detail");
      }
      return;
    case "input_audio": {
      const audio = part.requiredObject("input_audio");
      audio?.requiredString("format");
      audio?.requiredString("data");
      return;
    }
    case "file":
      file(part);
  }
}

function file(part: Reader): void {
  const file = part.requiredObject("file");
  if (file === undefined) return;
  file.string("filename");
  const given = [file.string("file_id"), file.string("file_data")];
  if (given.filter((one) => one !== undefined).length !== 1)
    part.problem("file", "expected either file_id or file_data");
}

function tools(request: Reader): void {
  request.objects("tools", (tool) => {
    const type = tool.text("type");
    if (type === undefined) tool.requiredString("type");
    else if (type === "function") declared(tool.requiredObject("function"));
    else if (type === "custom") {
      const custom = tool.requiredObject("custom");
      custom?.requiredString("name");
      custom?.string("description");
    }
  });
  request.objects("functions", declared);
  choice(request, request.get("tool_choice") === undefined ? "function_call" : "tool_choice");
  request.boolean("parallel_tool_calls");
}

function declared(tool: Reader | undefined): void {
  tool?.requiredString("name");
  tool?.string("description");
  tool?.object("parameters");
  tool?.boolean("strict");
}

function choice(request: Reader, key: string): void {
  const word = request.text(key);
  if (word !== undefined) {
    if (!["auto", "none", "required"].includes(word))
      request.problem(key, `expected auto, none or required, found ${JSON.stringify(word)}`);
    return;
  }
  const choice = request.object(key);
  const type = choice?.text("type");
  if (type === "function" || type === "custom") choice?.requiredObject(type)?.requiredString("name");
  // The older `function_call: {"name": …}`.
  else if (type === undefined)
    choice?.requiredString(choice.get("name") === undefined ? "type" : "name");
}

function lengths(request: Reader): void {
  const older = request.whole("max_tokens");
  const newer = request.whole("max_completion_tokens");
  if (newer === 0) request.problem("max_completion_tokens", NOT_ZERO);
  if (older === 0) request.problem("max_tokens", NOT_ZERO);
}

function sampling(request: Reader): void {
  const most = request.whole("top_logprobs");
  if (most !== undefined && most > TOP_LOGPROBS_MAX) {
    const expected = `expected a whole number from 0 to ${TOP_LOGPROBS_MAX}`;
    request.problem("top_logprobs", `${expected}, found ${most}`);
  }
  request.within("temperature", 0, 2, "a number from 0 to 2");
  request.within("top_p", 0, 1, "a number from 0 to 1");
  request.whole("top_k");
  request.within("frequency_penalty", -2, 2, "a number from -2 to 2");
  request.within("presence_penalty", -2, 2, "a number from -2 to 2");
  request.signed("seed");
  request.boolean("logprobs");
}

function stop(request: Reader): void {
  const value = request.get("stop");
  if (value === undefined || typeof value === "string") return;
  if (Array.isArray(value)) request.strings("stop");
  else request.problem("stop", `expected a string or an array, found ${kind(value)}`);
}

function format(request: Reader): void {
  const format = request.object("response_format");
  const type = format?.text("type");
  if (type === undefined) format?.requiredString("type");
  if (type !== "json_schema") return;
  const schema = format?.requiredObject("json_schema");
  schema?.string("name");
  schema?.string("description");
  schema?.boolean("strict");
}

function metadata(request: Reader): void {
  const labels = request.object("metadata");
  labels?.eachMember((key, label) => {
    if (typeof label !== "string")
      labels.problem(key, `expected a string, found ${kind(label)}`);
  });
}
