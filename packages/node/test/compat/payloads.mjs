// Requests, right and wrong, by a seed: what native side and fallback are compared on.

/** The smallest PNG: 1 × 1. */
export const PNG =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function tools(next) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const chance = (share) => next() < share;
  const many = (most, make) => Array.from({ length: Math.floor(next() * (most + 1)) }, make);
  return { pick, chance, many };
}

const WORDS = ["Hello", " wörld", "\n\n", "  x = 1;", "敏捷", "😀", "<|endoftext|>", "don't", "42", ""];

export function text(next) {
  const { pick, many } = tools(next);
  return many(8, () => pick(WORDS)).join("");
}

/** Valid chat messages. */
export function messages(next) {
  const { pick, chance, many } = tools(next);
  const some = () => text(next);
  const call = () => ({
    id: `call_${Math.floor(next() * 10)}`,
    ...(chance(0.7) ? { type: "function" } : {}),
    function: { name: "look", arguments: JSON.stringify({ at: some() }) },
  });
  const part = () =>
    pick([
      () => ({ type: "text", text: some() }),
      () => ({ type: "refusal", refusal: some() }),
      () => ({ type: "thinking", thinking: [{ type: "text", text: some() }] }),
      () => ({ type: "file", file: { filename: "a.pdf", file_data: "QUJD".repeat(20_000) } }),
      () => ({ type: "input_audio", input_audio: { format: "wav", data: "QUJD" } }),
      () => ({ type: "image_url", image_url: { url: "https://a.example/b.png", detail: "low" } }),
      () => ({ type: "image_url", image_url: "https://a.example/b.png" }),
      () => ({ type: "server_kind", anything: [1, 2] }),
    ])();
  const content = () => (chance(0.5) ? some() : many(3, part));
  const message = () =>
    pick([
      () => ({ role: pick(["system", "developer"]), content: content() }),
      () => ({ role: "user", content: content(), ...(chance(0.3) ? { name: "ada" } : {}) }),
      () => ({
        role: "assistant",
        content: chance(0.3) ? null : content(),
        ...(chance(0.4) ? { tool_calls: [call(), ...many(2, call)] } : {}),
        ...(chance(0.2) ? { refusal: some() } : {}),
        ...(chance(0.2) ? { reasoning_content: some() } : {}),
      }),
      () => ({
        role: "assistant",
        content: null,
        function_call: { name: pick(["f", "g"]), arguments: "{}" },
      }),
      () => ({ role: "tool", tool_call_id: "call_1", content: content() }),
      () => ({ role: "function", name: pick(["f", "g"]), content: some() }),
    ])();
  return [message(), ...many(6, message)];
}

/** A request of one of the dialects with everything in it that has a rule. */
export function request(next) {
  const { pick, chance } = tools(next);
  const schema = { type: "object", properties: { a: { type: "string" } } };
  if (chance(0.5)) {
    return {
      model: "gpt-5",
      messages: messages(next),
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: schema, strict: true } },
        { type: "custom", custom: { name: "c", description: "d" } },
        { type: "web_search" },
      ],
      functions: [{ name: "g", parameters: schema }],
      tool_choice: pick(["auto", { type: "function", function: { name: "f" } }, { type: "other" }]),
      function_call: { name: "g" },
      parallel_tool_calls: true,
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
      max_tokens: 10,
      max_completion_tokens: 10,
      temperature: 1,
      top_p: 0.5,
      top_k: 3,
      frequency_penalty: -1,
      presence_penalty: 2,
      seed: -7,
      logprobs: true,
      top_logprobs: 20,
      stop: pick(["x", ["x", "y"]]),
      reasoning_effort: "low",
      response_format: pick([
        { type: "text" },
        { type: "json_schema", json_schema: { name: "n", schema, strict: true } },
      ]),
      metadata: { a: "b" },
      user: "u",
      store: false,
      n: 1,
    };
  }
  const source = () =>
    pick([
      { type: "base64", media_type: "image/png", data: "QUJD" },
      { type: "url", url: "https://a.example/b.png" },
      { type: "file", file_id: "f" },
    ]);
  return {
    model: "claude-sonnet-4.5",
    max_tokens: 10,
    system: pick(["s", [{ type: "text", text: "s" }]]),
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: text(next) },
          { type: "image", source: source() },
          { type: "document", source: pick([source(), { type: "text", data: "d" }, { type: "content", content: [{ type: "text", text: "c" }] }]), title: "t" },
          { type: "search_result", content: [{ type: "text", text: "c" }], title: "t", source: "s" },
          { type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "r" }], is_error: false },
          { type: "container_upload", file_id: "f" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "t", signature: "s" },
          { type: "redacted_thinking", data: "d" },
          { type: "tool_use", id: "t2", name: "f", input: {} },
        ],
      },
      { role: "system", content: text(next) },
    ],
    tools: [{ name: "f", description: "d", input_schema: schema, strict: true }, { type: "bash_20250124", name: "bash" }],
    tool_choice: pick([{ type: "auto", disable_parallel_tool_use: true }, { type: "tool", name: "f" }, { type: "x" }]),
    thinking: { type: "enabled", budget_tokens: 1024, display: "summarized" },
    output_config: { effort: "high", format: { type: "json_schema", schema } },
    output_format: { type: "json_schema", schema },
    temperature: 1,
    top_p: 0.5,
    top_k: 3,
    stop_sequences: ["x"],
    stream: true,
    metadata: { user_id: "u" },
    service_tier: "auto",
  };
}

/** A request of responses with everything in it that has a rule. */
export function responsesRequest(next) {
  const { pick, chance, many } = tools(next);
  const schema = { type: "object", properties: { a: { type: "string" } } };
  const part = () =>
    pick([
      () => ({ type: pick(["input_text", "output_text", "text"]), text: text(next), annotations: [] }),
      () => ({ type: "refusal", refusal: text(next) }),
      () => ({ type: "input_image", image_url: PNG, detail: "low" }),
      () => ({ type: "input_image", file_id: "f" }),
      () => ({ type: "input_file", filename: "a.pdf", ...pick([{ file_data: "QUJD" }, { file_url: "https://a.example" }, { file_id: "f" }]) }),
      () => ({ type: "input_audio", input_audio: { format: "wav", data: "QUJD" } }),
      () => ({ type: "server_kind", anything: [1, { deep: [] }] }),
    ])();
  const content = () => (chance(0.5) ? text(next) : many(3, part));
  const item = () =>
    pick([
      () => ({ ...(chance(0.5) ? { type: "message" } : {}), role: pick(["user", "assistant", "system", "developer"]), content: content(), status: "completed" }),
      () => ({ type: "reasoning", id: "r", summary: [{ type: "summary_text", text: text(next) }], content: [{ type: "reasoning_text", text: "t" }], encrypted_content: "gAAA" }),
      () => ({ type: "function_call", call_id: "c", name: "f", arguments: "{}" }),
      () => ({ type: "custom_tool_call", call_id: "c", name: "f", input: "x" }),
      () => ({ type: pick(["function_call_output", "custom_tool_call_output"]), call_id: "c", output: content() }),
      () => ({ type: "item_reference", id: "i" }),
      () => ({ type: "web_search_call", id: "w", action: { query: "q" } }),
    ])();
  return {
    model: "gpt-5",
    instructions: text(next),
    input: chance(0.2) ? text(next) : [item(), ...many(5, item)],
    tools: [
      { type: "function", name: "f", description: "d", parameters: schema, strict: true },
      { type: "custom", name: "c", description: "d", format: { type: "text" } },
      { type: "web_search" },
    ],
    tool_choice: pick(["auto", "none", "required", { type: "function", name: "f" }, { type: "custom", name: "c" }, { type: "web_search" }]),
    parallel_tool_calls: true,
    stream: true,
    max_output_tokens: 10,
    temperature: 1,
    top_p: 0.5,
    top_logprobs: 20,
    reasoning: { effort: "low", summary: "auto", generate_summary: "auto" },
    include: ["reasoning.encrypted_content", "message.output_text.logprobs", "other"],
    text: { verbosity: "low", format: pick([{ type: "text" }, { type: "json_object" }, { type: "json_schema", name: "n", schema, strict: true, description: "d" }, { type: "x" }]) },
    user: "u",
    safety_identifier: "s",
    metadata: { a: "b" },
    service_tier: "auto",
    store: false,
    prompt_cache_key: "k",
    prompt_cache_retention: "24h",
    truncation: pick(["auto", "disabled"]),
    background: false,
    stream_options: { include_obfuscation: false },
  };
}

/** What may stand where something else is expected; each time its own, since a later round may change it. */
const STRAYS = [null, true, 0, -1, 1.5, 2 ** 64, "", "x", "auto", "tool_result", "file", [], [1], {}, { type: "x" }];

/** Puts something else into some places of a request, or takes it out. */
export function mutated(next, value) {
  const { pick, chance } = tools(next);
  const root = JSON.parse(JSON.stringify(value));
  for (let times = 1 + Math.floor(next() * 3); times > 0; times--) {
    let holder = root;
    for (;;) {
      const keys = Object.keys(holder);
      if (keys.length === 0) break;
      const key = pick(keys);
      const member = holder[key];
      if (typeof member === "object" && member !== null && chance(0.8)) {
        holder = member;
        continue;
      }
      if (chance(0.3) && !Array.isArray(holder)) delete holder[key];
      else holder[key] = structuredClone(pick(STRAYS));
      break;
    }
  }
  return root;
}
