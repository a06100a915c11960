// What is done today: Node forwards to uvicorn, over connections that are kept.
import { spawn } from "node:child_process";
import { Agent, createServer, request as ask } from "node:http";
import { createInterface } from "node:readline";
import { folder, listening } from "./start.mjs";

const [, , ...flags] = process.argv;
const uvicorn = spawn(process.env.IRONBRIDGE_BENCH_PYTHON, flags, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
process.on("exit", () => uvicorn.kill());
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
const port = await new Promise((resolve, reject) => {
  createInterface({ input: uvicorn.stderr }).on("line", (line) => {
    const found = /running on http:\/\/127\.0\.0\.1:(\d+)/.exec(line);
    if (found) resolve(Number(found[1]));
  });
  uvicorn.once("exit", (code) => reject(new Error(`uvicorn ended with ${code}`)));
});
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
listening(
  createServer((request, response) => {
    const { method, url: path, headers } = request;
    const upstream = ask({ host: "127.0.0.1", port, agent, method, path, headers }, (reply) => {
      response.writeHead(reply.statusCode, reply.rawHeaders);
      reply.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    request.pipe(upstream);
  }),
);
