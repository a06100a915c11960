from openai import OpenAI

client = OpenAI(base_url="http://127.0.0.1:4141/v1", api_key="local")
reply = client.chat.completions.create(
    model="offline", messages=[{"role": "user", "content": "hello"}]
)
print(reply.choices[0].message.content)
