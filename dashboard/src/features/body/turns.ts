/** What was said, the same for all three dialects: turns of parts. */
import { cut, isObject, type Json, list, text } from "./json";

/** A text, as far as it is given. */
export interface Cut {
  text: string;
  /** How many characters it has. */
  whole: number;
}

export type Part =
  | { kind: "text" | "thinking"; said: Cut }
  | { kind: "call"; id: string; name: string; input: Cut; edits: Edit[] }
  | { kind: "result"; id: string; said: Cut; failed: boolean; images: string[] }
  | { kind: "image"; source: string }
  | { kind: "other"; name: string; said: Cut };

/** A change of a file, as a tool was told to make it. */
export interface Edit {
  path: string;
  before: string;
  after: string;
}

export interface Turn {
  role: string;
  parts: Part[];
}

/** A tool that the request offers. */
export interface OfferedTool {
  name: string;
  about: string;
}

/** A request or a reply as a whole. */
export interface Said {
  system: Turn[];
  tools: OfferedTool[];
  turns: Turn[];
}

/** The largest image that is shown, in characters of its data. */
const IMAGE_MAX = 8_000_000;

/** The most tools that are listed. */
const TOOLS_MAX = 500;

/** Reads a request or a reply; each text is cut to `most` characters. */
export function read(body: Json, most: number): Said {
  const reader = new Reader(most);
  return { system: reader.system(body), tools: tools(body), turns: reader.turns(body) };
}

class Reader {
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  system(body: Json): Turn[] {
    const said = isObject(body) ? (body["system"] ?? body["instructions"]) : undefined;
    const parts = said === undefined || said === null ? [] : this.#parts(said);
    return parts.length > 0 ? [{ role: "system", parts }] : [];
  }

  turns(body: Json): Turn[] {
    if (!isObject(body)) return [];
    const choices = list(body, "choices");
    const items = [...list(body, "messages"), ...list(body, "input"), ...list(body, "output"), ...choices.map((choice) => (isObject(choice) ? (choice["message"] ?? null) : null))];
    const turns = items.map((item) => this.#item(item)).filter((turn) => turn !== undefined);
    if (typeof body["input"] === "string") turns.push({ role: "user", parts: this.#parts(body["input"]) });
    // A reply of the messages dialect is one message.
    if (typeof body["role"] === "string" && Array.isArray(body["content"])) turns.push({ role: body["role"], parts: this.#parts(body["content"]) });
    if (isObject(body["error"])) turns.push({ role: "error", parts: [this.#said("text", text(body["error"], "message") ?? JSON.stringify(body["error"]))] });
    return turns;
  }

  /** A message, or an item of the responses dialect. */
  #item(item: Json): Turn | undefined {
    if (!isObject(item)) return undefined;
    const role = text(item, "role");
    if (role === "tool") return { role, parts: [this.#result(text(item, "tool_call_id") ?? "", item["content"] ?? "", false)] };
    if (role !== undefined) {
      const parts: Part[] = [];
      const thought = text(item, "reasoning_content") ?? text(item, "reasoning");
      if (thought) parts.push(this.#said("thinking", thought));
      parts.push(...this.#parts(item["content"] ?? null));
      for (const call of list(item, "tool_calls")) {
        const called = isObject(call) ? call["function"] : undefined;
        parts.push(this.#call(text(call, "id") ?? "", text(called, "name") ?? "", text(called, "arguments") ?? ""));
      }
      return { role, parts };
    }
    const part = this.#part(item);
    const ofUser = text(item, "type")?.endsWith("_output") === true;
    return { role: ofUser ? "tool" : "assistant", parts: [part] };
  }

  #parts(content: Json): Part[] {
    if (typeof content === "string") return content === "" ? [] : [this.#said("text", content)];
    return Array.isArray(content) ? content.map((part) => this.#part(part)) : [];
  }

  #part(part: Json): Part {
    if (typeof part === "string") return this.#said("text", part);
    const kind = text(part, "type") ?? "";
    switch (kind) {
      case "text":
      case "input_text":
      case "output_text":
      case "refusal":
        return this.#said("text", text(part, "text") ?? text(part, "refusal") ?? "");
      case "thinking":
        return this.#said("thinking", text(part, "thinking") ?? "");
      case "reasoning": {
        const summary = list(part, "summary").map((one) => text(one, "text") ?? "").join("\n\n");
        return this.#said("thinking", summary || "(kept by the provider)");
      }
      case "redacted_thinking":
        return this.#said("thinking", "(withheld by the provider)");
      case "tool_use":
      case "server_tool_use":
        return this.#call(text(part, "id") ?? "", text(part, "name") ?? "", isObject(part) ? (part["input"] ?? null) : null);
      case "function_call":
      case "custom_tool_call":
        return this.#call(text(part, "call_id") ?? "", text(part, "name") ?? "", text(part, "arguments") ?? text(part, "input") ?? "");
      case "tool_result":
        return this.#result(text(part, "tool_use_id") ?? "", isObject(part) ? (part["content"] ?? "") : "", isObject(part) && part["is_error"] === true);
      case "function_call_output":
      case "custom_tool_call_output":
        return this.#result(text(part, "call_id") ?? "", isObject(part) ? (part["output"] ?? "") : "", false);
      case "image":
      case "image_url":
      case "input_image":
        return this.#image(part, kind);
      default:
        return { kind: "other", name: kind || "part", said: this.#cut(JSON.stringify(part, null, 2)) };
    }
  }

  #image(part: Json, kind: string): Part {
    const source = imageSource(part);
    // Only what is in the body itself is shown: the page asks nobody else for anything.
    if (source && /^data:image\/(png|jpeg|gif|webp|avif);base64,/.test(source) && source.length <= IMAGE_MAX) return { kind: "image", source };
    return { kind: "other", name: kind, said: this.#cut(source && !source.startsWith("data:") ? source : JSON.stringify(part, null, 2)) };
  }

  #call(id: string, name: string, input: Json): Part {
    const value = typeof input === "string" ? parsed(input) : input;
    const shown = typeof value === "string" ? value : JSON.stringify(value, null, 2);
    return { kind: "call", id, name, input: this.#cut(shown), edits: edits(value, this.#most) };
  }

  #result(id: string, content: Json, failed: boolean): Part {
    const parts = Array.isArray(content) ? content : [content];
    const texts: string[] = [];
    const images: string[] = [];
    for (const part of parts) {
      const source = imageSource(part);
      const words = typeof part === "string" ? part : text(part, "text");
      if (words !== undefined) texts.push(words);
      else if (source?.startsWith("data:image/") === true && source.length <= IMAGE_MAX) images.push(source);
      else if (part !== null) texts.push(JSON.stringify(part, null, 2));
    }
    return { kind: "result", id, said: this.#cut(texts.join("\n")), failed, images };
  }

  #said(kind: "text" | "thinking", words: string): Part {
    return { kind, said: this.#cut(words) };
  }

  #cut(words: string): Cut {
    return { text: cut(words, this.#most), whole: words.length };
  }
}

function imageSource(part: Json): string | undefined {
  if (!isObject(part)) return undefined;
  const { source, image_url: address } = part;
  if (isObject(source ?? null) && source) {
    const data = text(source, "data");
    return data === undefined ? text(source, "url") : `data:${text(source, "media_type") ?? ""};base64,${data}`;
  }
  return typeof address === "string" ? address : text(address, "url");
}

function parsed(words: string): Json {
  try {
    return JSON.parse(words) as Json;
  } catch {
    return words;
  }
}

/** The names under which tools take a text and its replacement. */
const PAIRS = [["old_string", "new_string"], ["old_str", "new_str"], ["oldText", "newText"], ["old_text", "new_text"]] as const;

/** The changes of files that a call asks for. */
function edits(input: Json, most: number): Edit[] {
  if (!isObject(input)) return [];
  const path = text(input, "file_path") ?? text(input, "path") ?? text(input, "filePath") ?? "";
  const one = (value: Json): Edit[] => {
    for (const [before, after] of PAIRS) {
      const pair = [text(value, before), text(value, after)] as const;
      if (pair[0] !== undefined && pair[1] !== undefined) return [{ path: text(value, "file_path") ?? path, before: cut(pair[0], most), after: cut(pair[1], most) }];
    }
    return [];
  };
  const several = list(input, "edits").flatMap(one);
  const content = text(input, "content") ?? text(input, "file_text");
  const written = path && content !== undefined ? [{ path, before: "", after: cut(content, most) }] : [];
  const single = one(input);
  return single.length > 0 ? single : several.length > 0 ? several : written;
}

function tools(body: Json): OfferedTool[] {
  return list(body, "tools").slice(0, TOOLS_MAX).map((tool) => {
    const described = isObject(tool) && isObject(tool["function"] ?? null) ? (tool["function"] ?? null) : tool;
    return { name: text(described, "name") ?? text(tool, "type") ?? "", about: cut(text(described, "description") ?? "", 200) };
  });
}
