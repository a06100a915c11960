/** `app.fetch`: WHATWG's Request and Response, streaming both ways. */

import { createReadStream } from "node:fs";
import { IronbridgeError } from "../error.js";
import type { AsgiApp } from "./app.js";
import type { Exchange, Face, Head } from "./exchange.js";
import { aborted, pairs } from "./request.js";

/** What `fetch` takes beside a request's own fields. */
export interface FetchInit extends RequestInit {
  client?: readonly [host: string, port: number];
  /** A body that is a stream needs `half`. */
  duplex?: "half";
}

/** What a path without a host stands below. */
const BASE = "http://localhost";

export async function fetchFrom(
  app: AsgiApp,
  input: string | URL | Request,
  init?: FetchInit,
): Promise<Response> {
  const whole = typeof input === "string" && input.startsWith("/") ? BASE + input : input;
  const request = whole instanceof Request && init === undefined ? whole : new Request(whole, init);
  const { signal } = request;
  if (signal.aborted) throw aborted(signal);
  return new Promise((resolve, reject) => {
    const face = new Streamed(resolve, reject);
    const more = request.body !== null;
    const exchange = app.begin(headOf(app, request, init?.client), undefined, more, face);
    face.exchange = exchange;
    const onAbort = () => {
      exchange.abandon();
      face.fail(aborted(signal));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    face.ended = () => signal.removeEventListener("abort", onAbort);
    if (request.body !== null) {
      send(request.body, exchange).catch((error: unknown) => {
        exchange.abandon();
        face.fail(error);
      });
    }
  });
}

async function send(body: ReadableStream<Uint8Array>, exchange: Exchange): Promise<void> {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return exchange.write(new Uint8Array(), true);
    // The reply is over: nobody reads the rest.
    if (exchange.over) return reader.cancel();
    await exchange.write(value, false);
  }
}

function headOf(app: AsgiApp, request: Request, client: FetchInit["client"]): Head {
  const url = new URL(request.url);
  const headers: string[] = [];
  if (!request.headers.has("host")) headers.push("host", url.host);
  request.headers.forEach((value, name) => headers.push(name, value));
  const scheme = url.protocol.slice(0, -1);
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  return {
    method: request.method,
    target: app.rootPath + url.pathname + url.search,
    scheme,
    httpVersion: "1.1",
    rootPath: app.rootPath,
    client,
    server: [url.hostname, port],
    headers,
    flags: 0,
  };
}

/** Statuses whose response may have no body, not even an empty one. */
const BODILESS = new Set([204, 205, 304]);

class Streamed implements Face {
  exchange: Exchange | undefined;
  ended: (() => void) | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #failed = false;

  constructor(
    readonly resolve: (response: Response) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  head(status: number, headers: string[], body: Buffer, last: boolean): void {
    const whole = last && body.length > 0 ? body : null;
    const streamed = last || BODILESS.has(status) ? whole : this.#stream();
    try {
      // What JavaScript's types know of as bodies differs between versions of them; a Buffer is one in all runtimes.
      const init = { status, headers: pairs(headers) };
      this.resolve(new Response(streamed as ReadableStream | null, init));
    } catch (error) {
      this.exchange?.abandon();
      const message = `no Response can have the status ${status} and these headers`;
      return this.fail(new IronbridgeError("ERR_HTTP", message, {}, error));
    }
    if (last) this.ended?.();
    else if (body.length > 0) this.body(body, false);
  }

  /** Bytes count as taken when they leave the stream's queue. */
  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#taken(),
        cancel: () => {
          this.ended?.();
          this.exchange?.abandon();
          // A file that is being read is let go of.
          this.#controller = undefined;
          this.#taken();
        },
      },
      { highWaterMark: 1 },
    );
  }

  /** Bytes in the stream's queue that the application was not told of as taken. */
  #queued = 0;

  #taken(): void {
    const bytes = this.#queued;
    this.#queued = 0;
    if (bytes > 0) this.exchange?.take(bytes);
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }

  body(body: Buffer, last: boolean): void {
    if (this.#failed) return;
    if (body.length > 0) {
      this.#queued += body.length;
      this.#controller?.enqueue(body);
      if ((this.#controller?.desiredSize ?? 0) > 0) this.#taken();
    }
    if (last) this.#close();
  }

  /** WHATWG's responses have no trailers. */
  trailers(): void {
    this.#close();
  }

  #close(): void {
    this.ended?.();
    this.#controller?.close();
  }

  /** Read on as the stream's reader takes it. */
  file(path: string): void {
    const pump = async () => {
      for await (const chunk of createReadStream(path)) {
        if (this.#controller === undefined) return;
        this.#controller.enqueue(chunk as Buffer);
        await this.#room();
      }
      this.#close();
    };
    pump().catch((error: Error) =>
      this.fail(new IronbridgeError("ERR_IO", error.message, {}, error)),
    );
  }

  /** Who waits for the stream's reader. */
  #waiting: (() => void) | undefined;

  #room(): Promise<void> | undefined {
    if ((this.#controller?.desiredSize ?? 1) > 0) return undefined;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  hints(): void {}

  wanted(): void {}

  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.ended?.();
    if (this.#controller === undefined) this.reject(error);
    else this.#controller.error(error);
  }
}
