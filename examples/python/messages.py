"""Messages with Anthropic's SDK: a count, a reply, and an error that says where the mistakes are."""

import os

from anthropic import Anthropic, BadRequestError

client = Anthropic(
    base_url=os.environ.get("ANTHROPIC_BASE_URL", "http://127.0.0.1:4141"),
    auth_token=os.environ.get("ANTHROPIC_AUTH_TOKEN", "local"),
)
messages = [{"role": "user", "content": "hello"}]

count = client.messages.count_tokens(model="claude-sonnet-5", messages=messages)
print(count.input_tokens, "tokens")

message = client.messages.create(model="claude-sonnet-5", max_tokens=100, messages=messages)
print(message.content[0].text, f"({message.stop_reason})")

try:
    client.messages.create(
        model="claude-sonnet-5",
        max_tokens=100,
        messages=[{"role": "robot", "content": "hello"}, {"role": "user", "content": 7}],
    )
except BadRequestError as error:
    print(error.body["error"]["message"])
