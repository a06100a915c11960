// A Django site with sessions and static files, behind node:http.
import { createServer } from "node:http";
import { AsgiApp } from "ironbridge/asgi";

const site = await AsgiApp.load("site_of_notes:app", { path: import.meta.dirname });
const server = createServer(site.handler());
server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => console.log(server.address().port));
