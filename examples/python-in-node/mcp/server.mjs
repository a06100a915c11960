// Tools in Python, served by Node: whoever speaks MCP finds them at /mcp.
import { createServer } from "node:http";
import { AsgiApp } from "ironbridge/asgi";

// Its sessions begin with its lifespan: without one it could not answer.
const tools = await AsgiApp.load("tools:app", { path: import.meta.dirname, lifespan: "on" });
const server = createServer(tools.handler());
server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => console.log(server.address().port));
