/** What chat messages cost, by the rules of `crates/tokens/src/counter.rs` for GPT-4o; texts are counted by the caller. */

/** A message that was found valid. */
export interface Message {
  role: string;
  name?: string | null;
  content?: string | Part[] | null;
  refusal?: string | null;
  reasoning_content?: string | null;
  reasoning?: string | null;
  reasoning_text?: string | null;
  tool_calls?: Call[] | null;
  function_call?: { name: string; arguments: string } | null;
  tool_call_id?: string;
}

interface Part {
  type: string;
  [member: string]: unknown;
}

interface Call {
  id: string;
  function?: { name: string; arguments: string };
  custom?: { name: string; input: string };
}

const MESSAGE = 3;
const NAME = 1;
/** Before the answer, once for each of the two groups that has a message. */
const REPLY = 3;
const CALL = 7;
/** Once for all calls of a message. */
const CALLS_END = 12;
/** An image of 1024 × 1024: nobody looks into it here. */
const IMAGE = 765;
const IMAGE_IN_LOW_DETAIL = 85;
const PAGE = 2250;
/** Pages are guessed from the size of the file. */
const BYTES_PER_PAGE = 50_000;

export function countMessages(
  messages: readonly Message[],
  tokens: (text: string) => number,
): { input: number; output: number } {
  const sums = { input: 0, output: 0 };
  /** The ids that calls of the form before `tool_calls` get, by the function's name. */
  const older = new Map<string, string>();
  let calls = 0;
  for (const message of messages) {
    const group = message.role === "assistant" ? "output" : "input";
    if (sums[group] === 0) sums[group] = REPLY;
    sums[group] += count(message);
  }
  return sums;

  function count(message: Message): number {
    const { role, name, function_call: call } = message;
    if (role === "tool") return result(message.tool_call_id ?? "", message);
    if (role === "function") return result(older.get(name ?? "") ?? `call_${name}`, message);
    let sum = MESSAGE + tokens(role === "developer" ? "system" : role);
    if (typeof name === "string") sum += NAME + tokens(name);
    if (role === "assistant") sum += spoken(message);
    if (role === "assistant" && call) {
      older.set(call.name, `call_${calls++}`);
      sum += called(older.get(call.name) ?? "", call.name, call.arguments);
    }
    if (role === "assistant" && (call || message.tool_calls?.length)) sum += CALLS_END;
    return sum + content(message.content);
  }

  function result(id: string, { content: given }: Message): number {
    return MESSAGE + tokens("tool") + tokens(id) + content(given);
  }

  /** What only an assistant's message has. */
  function spoken({ refusal, tool_calls: calls, ...message }: Message): number {
    const { reasoning_content: first, reasoning: second, reasoning_text: third } = message;
    let sum = tokens(first || second || third || "") + tokens(refusal ?? "");
    for (const { id, function: plain, custom } of calls ?? [])
      sum += called(id, (plain ?? custom)?.name ?? "", plain?.arguments ?? custom?.input ?? "");
    return sum;
  }

  function called(id: string, name: string, input: string): number {
    return CALL + tokens(id) + tokens(name) + tokens(input);
  }

  function content(given: Message["content"]): number {
    if (typeof given === "string") return tokens(given);
    return (given ?? []).reduce((sum, part) => sum + counted(part), 0);
  }

  function counted(part: Part): number {
    const member = part[part.type];
    switch (part.type) {
      case "text":
      case "refusal":
        return tokens(String(member));
      case "thinking":
        return tokens(thinking(member));
      case "image_url": {
        const { detail } = Object(member) as { detail?: string };
        return detail === "low" ? IMAGE_IN_LOW_DETAIL : IMAGE;
      }
      case "input_audio":
        return pages(String((member as { data: string }).data));
      case "file": {
        const { filename, file_data: data } = member as { filename?: string; file_data?: string };
        return tokens(filename ?? "") + pages(bytes(data ?? ""));
      }
      default:
        return 0;
    }
  }

  /** Mistral's thinking: a text, or an array of text parts. */
  function thinking(member: unknown): string {
    if (!Array.isArray(member)) return typeof member === "string" ? member : "";
    const texts = member.map((part) => (Object(part) as { text?: unknown }).text);
    return texts.filter((text) => typeof text === "string").join("");
  }

  /** The base64 of a file; an address says nothing of its size. */
  function bytes(data: string): string {
    if (!data.startsWith("data:")) return data;
    const [head = "", ...rest] = data.split(",");
    return head.endsWith(";base64") ? rest.join(",") : "";
  }

  function pages(base64: string): number {
    const size = Math.floor(Buffer.byteLength(base64) / 4) * 3;
    return Math.ceil(size / BYTES_PER_PAGE) * PAGE;
  }
}
