"""Chat completions with OpenAI's SDK: a plain reply, then a stream with its usage."""

import os

from openai import OpenAI

client = OpenAI(
    base_url=os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:4141/v1"),
    api_key=os.environ.get("OPENAI_API_KEY", "local"),
)
messages = [{"role": "user", "content": "hello"}]

reply = client.chat.completions.create(model="offline", messages=messages)
print(reply.choices[0].message.content)

stream = client.chat.completions.create(
    model="offline", messages=messages, stream=True, stream_options={"include_usage": True}
)
pieces = []
for chunk in stream:
    pieces += [choice.delta.content for choice in chunk.choices if choice.delta.content]
    if chunk.usage:
        print(pieces, chunk.usage.prompt_tokens, "tokens in,", chunk.usage.completion_tokens, "out")
