// Chat completions and responses with OpenAI's SDK.

import OpenAI from "openai";

const client = new OpenAI({
  baseURL: process.env.OPENAI_BASE_URL ?? "http://127.0.0.1:4141/v1",
  apiKey: process.env.OPENAI_API_KEY ?? "local",
});

const reply = await client.chat.completions.create({
  model: "offline",
  messages: [{ role: "user", content: "hello" }],
});
console.log(reply.choices[0].message.content);

const stream = client.responses.stream({ model: "offline", input: "hello again" });
stream.on("response.output_text.delta", (event) => console.log(JSON.stringify(event.delta)));
const response = await stream.finalResponse();
console.log(response.status, response.usage.total_tokens, "tokens");
