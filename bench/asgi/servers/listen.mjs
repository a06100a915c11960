import { load } from "./start.mjs";

const app = await load();
if (typeof app.listen !== "function") throw new Error("there is no listen() yet");
const listener = await app.listen({ host: "127.0.0.1", port: 0 });
console.log(listener.port ?? listener.address().port);
