// node client.mjs URL: lists the tools of an MCP server and calls one, with the official client.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const client = new Client({ name: "example", version: "1.0.0" });
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2])));
const { tools } = await client.listTools();
console.log(tools.map(({ name, description }) => `${name}: ${description}`).join("\n"));
const sum = await client.callTool({ name: "add", arguments: { first: 2, second: 3 } });
console.log(sum.content[0].text);
await client.close();
