// @platformatic/python-node as its README shows it: behind node:http, replies in one piece.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { folder, listening } from "./start.mjs";

const { Python, Request } = createRequire(import.meta.url)("@platformatic/python-node");
const python = new Python({ docroot: folder, appTarget: "app:app" });
listening(
  createServer(async (request, response) => {
    try {
      const parts = [];
      for await (const part of request) parts.push(part);
      const { method, url, headers } = request;
      const body = parts.length > 0 ? Buffer.concat(parts) : undefined;
      const reply = await python.handleRequest(new Request({ method, url: `http://127.0.0.1${url}`, headers, body }));
      response.writeHead(reply.status, Object.fromEntries(reply.headers.entries()));
      response.end(reply.body);
    } catch (error) {
      response.writeHead(500).end(error.message);
    }
  }),
);
