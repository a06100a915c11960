/** A reply while this thread stands still: another thread of JavaScript asks, this one waits for it. */

import { join } from "node:path";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import type { Head } from "../../asgi/exchange.js";
import { IronbridgeError } from "../../error.js";
import { theirs } from "./errors.js";
import type { Place } from "./place.js";

/** How long this thread stands still at most. */
const WAIT_MS = 30_000;

export interface SyncCall {
  place: Place;
  head: Head;
  body: Uint8Array;
}

export interface SyncReply {
  status: number;
  headers: [string, string][];
  body: Uint8Array;
}

/** What the other thread answers with. */
export type SyncAnswer = { reply: SyncReply } | { code: string; message: string; details: object };

interface Helper {
  worker: Worker;
  port: MessagePort;
  /** 1: the answer is there. */
  answered: Int32Array;
}

let helper: Helper | undefined;

export function replyAtOnce(call: SyncCall): SyncReply {
  helper ??= open();
  const { worker, port, answered } = helper;
  Atomics.store(answered, 0, 0);
  port.postMessage(call);
  const waited = Atomics.wait(answered, 0, 0, WAIT_MS);
  const got = receiveMessageOnPort(port) as { message: SyncAnswer } | undefined;
  if (got === undefined) {
    // Its request goes with it: to the application the client has gone.
    helper = undefined;
    void worker.terminate();
    const message = waited === "timed-out" ? `no reply within ${WAIT_MS} ms` : "the answer got lost";
    throw new IronbridgeError("ERR_DEADLINE", `${message}; take handleRequest`);
  }
  const answer = got.message;
  if ("reply" in answer) return answer.reply;
  throw theirs(new IronbridgeError(answer.code, answer.message, { ...answer.details }));
}

function open(): Helper {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(join(__dirname, "sync-worker.js"), {
    workerData: { port: port2, answered },
    transferList: [port2],
  });
  // A program with nothing else to do ends.
  worker.unref();
  port1.unref();
  return { worker, port: port1, answered };
}
