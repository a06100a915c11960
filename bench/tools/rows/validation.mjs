// A chat request's payload, valid or not and why, beside a schema of zod.
import assert from "node:assert/strict";
import * as z from "zod";
import { compare } from "../measure.mjs";
import { ironbridge } from "../ours.mjs";
import { atLeast, perSecond } from "../report.mjs";

export const title = "validation";

const text = z.object({ type: z.literal("text"), text: z.string() });
const image = z.object({
  type: z.literal("image_url"),
  image_url: z.object({ url: z.string(), detail: z.enum(["auto", "low", "high"]).optional() }),
});
const content = z.union([z.string(), z.array(z.discriminatedUnion("type", [text, image]))]);
const call = z.object({
  id: z.string(),
  type: z.literal("function"),
  function: z.object({ name: z.string(), arguments: z.string() }),
});
const message = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content, name: z.string().optional() }),
  z.object({ role: z.literal("user"), content, name: z.string().optional() }),
  z.object({
    role: z.literal("assistant"),
    content: content.nullish(),
    tool_calls: z.array(call).optional(),
  }),
  z.object({ role: z.literal("tool"), content, tool_call_id: z.string() }),
]);
const schema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.number().int().positive().optional(),
  stream: z.boolean().optional(),
  tools: z
    .array(
      z.object({
        type: z.literal("function"),
        function: z.object({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.record(z.string(), z.unknown()).optional(),
        }),
      }),
    )
    .optional(),
});

const SMALL = { model: "gpt-5", messages: [{ role: "user", content: "Say hello." }] };
const LARGE = {
  model: "gpt-5",
  temperature: 0.7,
  max_tokens: 1024,
  stream: true,
  messages: [
    { role: "system", content: "You are a careful engineer. ".repeat(20) },
    ...Array.from({ length: 4 }, (_, index) => [
      {
        role: "user",
        content: [{ type: "text", text: `What does line ${index} do? `.repeat(10) }],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: `call_${index}`,
            type: "function",
            function: { name: "read", arguments: '{"path":"a.ts"}' },
          },
        ],
      },
      { role: "tool", tool_call_id: `call_${index}`, content: "export const a = 1;\n".repeat(20) },
    ]).flat(),
  ],
  tools: [
    {
      type: "function",
      function: {
        name: "read",
        parameters: { type: "object", properties: { path: { type: "string" } } },
      },
    },
  ],
};
const WRONG = { ...SMALL, temperature: "hot", messages: [{ role: "user" }] };

export async function measure(row) {
  for (const [name, payload] of Object.entries({
    "smallest request": SMALL,
    "thirteen messages with tools": LARGE,
    "two mistakes": WRONG,
  })) {
    const ours = () => ironbridge.validatePayloadDetailed(payload, "chat");
    const theirs = () => schema.safeParse(payload);
    assert.equal(ours().valid, theirs().success, name);
    row.add(name, await compare({ ironbridge: ours, zod: theirs }), {
      today: "zod",
      reach: [atLeast(5, "zod"), perSecond(100_000)],
      rust: "ironbridge-wire, validation",
    });
  }
}
