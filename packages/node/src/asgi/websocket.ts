/** `app.websocket`: a WebSocket to an application of this process, in messages. */

import { readFile } from "node:fs/promises";
import { IronbridgeError, invalidInput } from "../error.js";
import type { AsgiApp } from "./app.js";
import type { Exchange, Head, SocketFace } from "./exchange.js";
import { aborted, flat, type LeanRequest, pairs } from "./request.js";

/** The most bytes that are kept of a refusal's body. */
const REFUSAL_BYTES_MAX = 64 * 1024;
/** Close codes: all is well; no code was given; it went wrong. */
const NORMAL = 1000;
const NONE = 1005;
const FAILED = 1011;
/** The most bytes of a close's reason. */
const REASON_BYTES_MAX = 123;

export interface WebSocketRequest
  extends Pick<LeanRequest, "path" | "headers" | "client" | "server" | "signal"> {
  /** What the application may choose from, best first. */
  subprotocols?: readonly string[];
  /** Default: `ws`. */
  scheme?: "ws" | "wss";
}

export async function websocketOf(app: AsgiApp, request: WebSocketRequest): Promise<AsgiWebSocket> {
  const { path, headers = [], subprotocols = [], scheme = "ws", client, server, signal } = request;
  const own = flat(headers);
  if (subprotocols.length > 0) own.push("sec-websocket-protocol", subprotocols.join(", "));
  const head = {
    method: "GET",
    target: app.rootPath + path,
    scheme,
    httpVersion: "1.1",
    rootPath: app.rootPath,
    client,
    server,
    headers: own,
    flags: 0,
  };
  return openWebSocket(app, head, signal);
}

/** Fulfilled when the application accepts. */
export function openWebSocket(
  app: AsgiApp,
  head: Head,
  signal: AbortSignal | undefined,
): Promise<AsgiWebSocket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    const face = new InProcess(resolve, reject);
    const exchange = app.connect(head, {}, face);
    face.exchange = exchange;
    if (signal === undefined) return;
    const onAbort = () => {
      exchange.abandon();
      face.fail(aborted(signal));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    face.ended = () => signal.removeEventListener("abort", onAbort);
  });
}

/** How a WebSocket ended. */
export interface WebSocketClose {
  code: number;
  reason: string;
}

/**
 * One WebSocket. Messages are text (`string`) or bytes (`Buffer`). What is not received is not sent for ever: with 64 KiB on
 * their way the application waits.
 */
export class AsgiWebSocket {
  readonly #face: InProcess;
  /** What the application chose; "" if nothing. */
  readonly subprotocol: string;
  /** Those of the reply that accepted it. */
  readonly headers: readonly [name: string, value: string][];
  /** Fulfilled when either side has closed it, or the application has raised (1011). It never rejects. */
  readonly closed: Promise<WebSocketClose>;

  /** @internal */
  constructor(face: unknown, headers: string[]) {
    this.#face = face as InProcess;
    this.headers = pairs(headers);
    this.subprotocol = this.headers.find(([name]) => name === "sec-websocket-protocol")?.[1] ?? "";
    this.closed = this.#face.closed;
  }

  /** Sends a message; fulfilled when there is room for the next. Rejects with `ERR_CLOSED` after the end. */
  async send(data: string | Uint8Array): Promise<void> {
    const { exchange } = this.#face;
    if (exchange === undefined || exchange.over) {
      throw new IronbridgeError("ERR_CLOSED", "the WebSocket is closed");
    }
    await exchange.message(data);
  }

  /**
   * The next message; `undefined` when the WebSocket was closed. Rejects with `ERR_PYTHON` if the application has raised,
   * with `ERR_CANCELLED` if its signal was aborted. Several may wait; each gets one.
   */
  receive(): Promise<string | Buffer | undefined> {
    return this.#face.receive();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string | Buffer, void, undefined> {
    try {
      for (let message = await this.receive(); message !== undefined; message = await this.receive()) {
        yield message;
      }
    } finally {
      this.close();
    }
  }

  /** Closes it; messages that were received and not taken yet can be taken still. Does nothing after the end. */
  close(code?: number, reason = ""): void {
    const allowed = code === undefined || code === NORMAL || (code >= 3000 && code <= 4999);
    if (!allowed) throw invalidInput(`a close code is ${NORMAL} or between 3000 and 4999: ${code}`);
    if (Buffer.byteLength(reason) > REASON_BYTES_MAX) {
      throw invalidInput(`a reason has at most ${REASON_BYTES_MAX} bytes`);
    }
    this.#face.leave(code ?? NONE, reason);
  }
}

interface Waiting {
  resolve(message: string | Buffer | undefined): void;
  reject(error: unknown): void;
}

class InProcess implements SocketFace {
  exchange: Exchange | undefined;
  ended: (() => void) | undefined;
  readonly closed: Promise<WebSocketClose>;
  #onClosed!: (close: WebSocketClose) => void;
  #accepted = false;
  #over = false;
  #error: unknown;
  #queue: { data: string | Buffer; bytes: number }[] = [];
  #waiting: Waiting[] = [];
  #refusal = { status: 0, headers: [] as string[], parts: [] as Buffer[], bytes: 0 };

  constructor(
    readonly resolve: (socket: AsgiWebSocket) => void,
    readonly reject: (error: unknown) => void,
  ) {
    this.closed = new Promise((onClosed) => {
      this.#onClosed = onClosed;
    });
  }

  accept(headers: string[]): void {
    this.#accepted = true;
    this.resolve(new AsgiWebSocket(this, headers));
  }

  message(data: string | Buffer, bytes: number): void {
    const first = this.#waiting.shift();
    if (first === undefined) return void this.#queue.push({ data, bytes });
    this.exchange?.take(bytes);
    first.resolve(data);
  }

  receive(): Promise<string | Buffer | undefined> {
    const next = this.#queue.shift();
    if (next !== undefined) {
      this.exchange?.take(next.bytes);
      return Promise.resolve(next.data);
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#over) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  leave(code: number, reason: string): void {
    this.exchange?.abandon(code, reason);
    this.#end({ code, reason });
  }

  close(code: number, reason: string): void {
    this.#end({ code, reason });
  }

  fail(error: unknown): void {
    if (!this.#accepted) {
      this.ended?.();
      return this.reject(error);
    }
    if (!this.#over) this.#error = error;
    this.#end({ code: FAILED, reason: "" });
  }

  #end(close: WebSocketClose): void {
    if (this.#over) return;
    this.#over = true;
    this.ended?.();
    this.#onClosed(close);
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (this.#error === undefined) resolve(undefined);
      else reject(this.#error);
    }
  }

  head(status: number, headers: string[], body: Buffer, last: boolean): void {
    Object.assign(this.#refusal, { status, headers });
    this.body(body, last);
  }

  body(body: Buffer, last: boolean): void {
    const refusal = this.#refusal;
    if (refusal.bytes < REFUSAL_BYTES_MAX) refusal.parts.push(body);
    refusal.bytes += body.length;
    this.exchange?.take(body.length);
    if (last) this.#refused();
  }

  #refused(): void {
    const { status, headers, parts } = this.#refusal;
    const body = Buffer.concat(parts).subarray(0, REFUSAL_BYTES_MAX);
    const message = `the application refused the WebSocket with status ${status}`;
    this.fail(new IronbridgeError("ERR_REFUSED", message, { status, headers: pairs(headers), body }));
  }

  file(path: string): void {
    readFile(path).then(
      (body) => this.body(body, true),
      (error: Error) => this.fail(new IronbridgeError("ERR_IO", error.message, {}, error)),
    );
  }

  trailers(): void {
    this.#refused();
  }

  hints(): void {}

  wanted(): void {}
}
