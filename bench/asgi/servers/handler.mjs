import { createServer } from "node:http";
import { listening, load } from "./start.mjs";

const handler = (await load()).handler();
const server = createServer(handler);
if (handler.upgrade) server.on("upgrade", handler.upgrade);
listening(server);
