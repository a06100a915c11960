"""A tool loop over streams with Anthropic's SDK.

The built-in model calls a tool when a line of the prompt says so, which makes the loop the same each time. With a
real model, ask in plain words.
"""

import os

from anthropic import Anthropic

client = Anthropic(
    base_url=os.environ.get("ANTHROPIC_BASE_URL", "http://127.0.0.1:4141"),
    auth_token=os.environ.get("ANTHROPIC_AUTH_TOKEN", "local"),
)
weather = {
    "name": "weather",
    "description": "The weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
prompt = 'call weather {"city":"Oslo"}\ncall weather {"city":"Lima"}'
messages = [{"role": "user", "content": prompt}]

while True:
    with client.messages.stream(
        model="offline", max_tokens=500, tools=[weather], messages=messages
    ) as stream:
        for text in stream.text_stream:
            print(text, end="", flush=True)
        reply = stream.get_final_message()
    if reply.stop_reason != "tool_use":
        break
    results = []
    for block in reply.content:
        if block.type == "tool_use":
            print("->", block.name, block.input)
            answer = f"12 degrees in {block.input['city']}"
            results.append({"type": "tool_result", "tool_use_id": block.id, "content": answer})
    messages += [
        {"role": "assistant", "content": reply.content},
        {"role": "user", "content": results},
    ]
print()
