// FastAPI beside Express, on one port: /api/* is Python's, all else is Node's.
import express from "express";
import { AsgiApp } from "ironbridge/asgi";

const python = await AsgiApp.load("main:app", { path: import.meta.dirname });
const app = express();
const handler = python.handler();
// Before parsers of bodies, which would take what Python wants to read.
app.use((request, response, next) => (request.path.startsWith("/api/") ? handler(request, response) : next()));
app.use(express.json());
app.get("/", (_, response) => response.send("Hello from Node\n"));
app.post("/echo", (request, response) => response.json(request.body));
const server = app.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => console.log(server.address().port));
