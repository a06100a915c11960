// A million numbers from JavaScript to numpy and back, without a server.
import { AsgiApp } from "ironbridge/asgi";

const python = await AsgiApp.load("mean:app", { path: import.meta.dirname });
const numbers = Float64Array.from({ length: 1_000_000 }, (_, index) => index % 10);
const { body } = await python.request({ method: "POST", path: "/", body: new Uint8Array(numbers.buffer) });
console.log(JSON.parse(body));
await python.close();
