/** Requests of Anthropic's messages: the rules of `crates/wire/src/messages`. */

import {
  anyObject,
  anything,
  boolean,
  either,
  type Fits,
  filled,
  list,
  object,
  perhaps,
  tagged,
  text,
  whole,
  within,
  word,
} from "./fits.js";

const source = tagged(
  "type",
  {
    base64: object({ media_type: text, data: text }),
    url: object({ url: text }),
    file: object({ file_id: text }),
  },
  perhaps,
);
/** What may stand anywhere; others are a server's own. */
const blocks = {
  text: object({ text }),
  image: object({ source }),
  document: object({ source }, { title: text, context: text }),
  search_result: object({ content: list(anything), source: text }, { title: text }),
};
/** Blocks that stand in one place only. */
const elsewhere = {
  tool_use: perhaps,
  thinking: perhaps,
  redacted_thinking: perhaps,
  tool_result: perhaps,
};
const contentOf = (kinds: Record<string, Fits>) =>
  either(text, list(tagged("type", { ...blocks, ...elsewhere, ...kinds }, anyObject)));

const result = contentOf({});
const message = tagged(
  "role",
  {
    user: object({
      content: contentOf({
        tool_result: object({ tool_use_id: text }, { content: result, is_error: boolean }),
      }),
    }),
    assistant: object({
      content: contentOf({
        tool_use: object({ id: text, name: text, input: anyObject }),
        thinking: object({ thinking: text }, { signature: text }),
        redacted_thinking: object({ data: text }),
      }),
    }),
    system: object({ content: result }),
  },
  perhaps,
);

const declared = object(
  { name: text, input_schema: anyObject },
  { type: word("custom"), description: text, strict: boolean },
);
// Tools that the server runs have types of their own.
const tool = either(declared, tagged("type", { custom: perhaps }, anyObject));
const choice = tagged(
  "type",
  {
    auto: object({}, { disable_parallel_tool_use: boolean }),
    any: object({}, { disable_parallel_tool_use: boolean }),
    none: object({}, { disable_parallel_tool_use: boolean }),
    tool: object({ name: text }, { disable_parallel_tool_use: boolean }),
  },
  anyObject,
);
const thinking = tagged(
  "type",
  {
    enabled: object({ budget_tokens: whole(0) }, { display: text }),
    disabled: object({}, { budget_tokens: whole(0), display: text }),
    adaptive: object({}, { budget_tokens: whole(0), display: text }),
  },
  perhaps,
);
const format = tagged("type", { json_schema: object({ schema: anyObject }) }, anyObject);

export const messages: Fits = object(
  { model: text, max_tokens: whole(0), messages: filled(list(message)) },
  {
    system: result,
    tools: list(tool),
    tool_choice: choice,
    thinking,
    output_config: object({}, { effort: text, format }),
    output_format: format,
    temperature: within(0, 1),
    top_p: within(0, 1),
    top_k: whole(0),
    stop_sequences: list(text),
    stream: boolean,
    metadata: object({}, { user_id: text }),
    service_tier: word("auto", "standard_only"),
  },
);
