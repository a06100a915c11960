// The same answers without any Python.
import { createServer } from "node:http";
import { once } from "node:events";
import { listening } from "./start.mjs";

const LARGE = Buffer.alloc(100 * 1024, "x");
const PART = Buffer.alloc(1024, "x");

const reply = (response, type, body) => {
  response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
};

const answers = {
  "/hello": (_, response) => reply(response, "text/plain", "Hello, world!"),
  "/large": (_, response) => reply(response, "application/octet-stream", LARGE),
  async "/echo"(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    reply(response, "application/octet-stream", Buffer.concat(parts));
  },
  async "/stream"(_, response) {
    response.writeHead(200, { "content-type": "text/plain" });
    for (let part = 0; part < 100; part += 1) {
      if (!response.write(PART)) await once(response, "drain");
    }
    response.end();
  },
};

listening(
  createServer((request, response) => {
    const [path, query] = request.url.split("?");
    const answer = answers[path];
    if (answer) return answer(request, response);
    const times = Number(new URLSearchParams(query).get("times") ?? 1);
    const hello = Array(times).fill(path.slice("/json/".length));
    reply(response, "application/json", JSON.stringify({ hello }));
  }),
);
