/** Requests of OpenAI's responses: the rules of `crates/wire/src/responses`. */

import {
  anyObject,
  anything,
  boolean,
  either,
  type Fits,
  labels,
  list,
  object,
  perhaps,
  tagged,
  text,
  untagged,
  whole,
  within,
  word,
} from "./fits.js";

const said = object({ text });
const part = tagged(
  "type",
  {
    input_text: said,
    output_text: said,
    text: said,
    refusal: object({ refusal: text }),
    input_image: either(
      object({ image_url: text }, { detail: text, file_id: text }),
      object({ file_id: text }, { detail: text, image_url: text }),
    ),
    // By its data, its address or its id.
    input_file: perhaps,
    input_audio: object({ input_audio: object({ format: text, data: text }) }),
  },
  anyObject,
);
const content = either(text, list(part));

const message = object({ role: word("user", "assistant", "system", "developer"), content });
const output = object({ call_id: text, output: content });
const sections = list(object({ text }));
const typed = tagged(
  "type",
  {
    message,
    reasoning: object({}, { id: text, encrypted_content: text, summary: sections, content: sections }),
    function_call: object({ call_id: text, name: text, arguments: text }),
    custom_tool_call: object({ call_id: text, name: text, input: text }),
    function_call_output: output,
    custom_tool_call_output: output,
  },
  anyObject,
);
/** A message may do without a type. */
const item = either(typed, untagged("type", message));

const tool = tagged(
  "type",
  {
    function: object({ name: text }, { description: text, strict: boolean, parameters: anyObject }),
    custom: object({ name: text }, { description: text, strict: boolean, format: anything }),
  },
  anyObject,
);
const named = object({ name: text });
const choice = either(
  word("auto", "required", "none"),
  tagged("type", { function: named, custom: named }, anyObject),
);
const format = tagged(
  "type",
  {
    json_schema: object({ name: text, schema: anyObject }, { strict: boolean, description: text }),
  },
  anyObject,
);

export const responses: Fits = object(
  { model: text, input: either(text, list(item)) },
  {
    instructions: text,
    tools: list(tool),
    tool_choice: choice,
    parallel_tool_calls: boolean,
    stream: boolean,
    max_output_tokens: whole(1),
    temperature: within(0, 2),
    top_p: within(0, 1),
    top_logprobs: whole(0),
    reasoning: object({}, { effort: text, generate_summary: text, summary: text }),
    include: list(text),
    text: object({}, { verbosity: text, format }),
    user: text,
    safety_identifier: text,
    metadata: labels,
    service_tier: text,
    store: boolean,
    prompt_cache_key: text,
    prompt_cache_retention: text,
    truncation: word("auto", "disabled"),
    stream_options: anyObject,
  },
);
