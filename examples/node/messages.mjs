// Messages with Anthropic's SDK: a stream, with an image in the prompt.

import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  baseURL: process.env.ANTHROPIC_BASE_URL ?? "http://127.0.0.1:4141",
  authToken: process.env.ANTHROPIC_AUTH_TOKEN ?? "local",
  apiKey: null,
});

// One pixel.
const data =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const stream = client.messages.stream({
  model: "claude-sonnet-5",
  max_tokens: 100,
  messages: [
    {
      role: "user",
      content: [
        { type: "image", source: { type: "base64", media_type: "image/png", data } },
        { type: "text", text: "What is this?" },
      ],
    },
  ],
});
stream.on("text", (text) => console.log(JSON.stringify(text)));
const message = await stream.finalMessage();
console.log(message.stop_reason, message.usage.output_tokens, "tokens out");
