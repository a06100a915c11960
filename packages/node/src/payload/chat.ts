/** Requests of chat completions: the rules of `crates/wire/src/chat`. */

import {
  anyObject,
  anything,
  boolean,
  either,
  type Fits,
  filled,
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

const image = either(text, object({ url: text }, { detail: text }));
const part = tagged(
  "type",
  {
    text: object({ text }),
    refusal: object({ refusal: text }),
    image_url: object({ image_url: image }),
    input_audio: object({ input_audio: object({ format: text, data: text }) }),
    // Either by its id or with its data.
    file: perhaps,
  },
  anyObject,
);
const content = either(text, list(part));

const functionCall = object({ name: text, arguments: text });
const call = either(
  tagged(
    "type",
    {
      function: object({ id: text, function: functionCall }),
      custom: object({ id: text, custom: object({ name: text, input: text }) }),
    },
    perhaps,
  ),
  untagged("type", object({ id: text, function: functionCall })),
);

const spoken = object({ content }, { name: text });
const message = tagged(
  "role",
  {
    system: spoken,
    developer: spoken,
    user: spoken,
    assistant: object(
      {},
      {
        content,
        name: text,
        refusal: text,
        reasoning_content: text,
        reasoning: text,
        reasoning_text: text,
        reasoning_opaque: text,
        reasoning_details: list(anything),
        tool_calls: list(call),
        function_call: functionCall,
      },
    ),
    tool: object({ tool_call_id: text, content }, { name: text }),
    function: object({ name: text, content }),
  },
  perhaps,
);

const declared = object({ name: text }, { description: text, parameters: anyObject, strict: boolean });
const tool = tagged(
  "type",
  {
    function: object({ function: declared }),
    custom: object({ custom: object({ name: text }, { description: text }) }),
  },
  anyObject,
);
const named = object({ name: text });
const choice = either(
  word("auto", "none", "required"),
  tagged("type", { function: object({ function: named }), custom: object({ custom: named }) }, anyObject),
);

const format = tagged(
  "type",
  {
    json_schema: object({
      json_schema: object({}, { name: text, description: text, strict: boolean }),
    }),
  },
  anyObject,
);

export const chat: Fits = object(
  { model: text, messages: filled(list(message)) },
  {
    tools: list(tool),
    functions: list(declared),
    tool_choice: choice,
    function_call: either(word("auto", "none", "required"), named),
    parallel_tool_calls: boolean,
    stream: boolean,
    stream_options: object({}, { include_usage: boolean, include_obfuscation: boolean }),
    max_tokens: whole(1),
    max_completion_tokens: whole(1),
    top_logprobs: whole(0, 20),
    temperature: within(0, 2),
    top_p: within(0, 1),
    top_k: whole(0),
    frequency_penalty: within(-2, 2),
    presence_penalty: within(-2, 2),
    seed: whole(Number.MIN_SAFE_INTEGER),
    logprobs: boolean,
    stop: either(text, list(text)),
    reasoning_effort: text,
    response_format: format,
    verbosity: text,
    user: text,
    safety_identifier: text,
    metadata: labels,
    service_tier: text,
    store: boolean,
    prompt_cache_key: text,
    prompt_cache_retention: text,
    n: whole(1),
  },
);
