/** The thread that asks for `handleRequestSync`. */

import { type MessagePort, workerData } from "node:worker_threads";
import { wholeReply } from "../../asgi/request.js";
import type { IronbridgeError } from "../../error.js";
import { loaded } from "./place.js";
import type { SyncAnswer, SyncCall } from "./sync.js";

const { port, answered } = workerData as { port: MessagePort; answered: Int32Array };

port.on("message", async (call: SyncCall) => {
  port.postMessage(await answer(call));
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});

async function answer({ place, head, body }: SyncCall): Promise<SyncAnswer> {
  try {
    const reply = await wholeReply(await loaded(place), () => head, { body });
    return { reply: { status: reply.status, headers: reply.headers, body: reply.body } };
  } catch (error) {
    const { code = "ERR_IO", message, ...details } = error as IronbridgeError;
    return { code, message, details };
  }
}
