/** A reply that is read part by part, as far as the reader wants. */

import { readFile } from "node:fs/promises";
import type { AsgiApp } from "../../asgi/app.js";
import type { Exchange, Face, Head } from "../../asgi/exchange.js";
import { aborted, pairs } from "../../asgi/request.js";
import { IronbridgeError } from "../../error.js";
import { theirs } from "./errors.js";
import { collected } from "./headers.js";
import { Response } from "./response.js";

export function streamed(
  app: AsgiApp,
  head: Head,
  body: Buffer,
  signal: AbortSignal | undefined,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    const face = new Pulled(resolve, reject);
    const exchange = app.begin(head, body, false, face);
    face.exchange = exchange;
    const onAbort = () => {
      exchange.abandon();
      if (signal !== undefined) face.fail(aborted(signal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    face.ended = () => signal?.removeEventListener("abort", onAbort);
  });
}

/** Parts wait until they are asked for: the application, once so many of them do (64 KiB). */
class Pulled implements Face {
  exchange: Exchange | undefined;
  ended: (() => void) | undefined;
  readonly #parts: Buffer[] = [];
  #last = false;
  #error: unknown;
  #begun = false;
  /** Somebody waits for the next part. */
  #wake: (() => void) | undefined;

  constructor(
    readonly resolve: (response: Response) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  head(status: number, headers: string[], body: Buffer, last: boolean): void {
    this.#begun = true;
    this.body(body, last);
    this.resolve(Response.streaming(status, collected(pairs(headers)), () => this.#next()));
  }

  async #next(): Promise<Buffer | null> {
    while (this.#parts.length === 0 && !this.#last && this.#error === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const part = this.#parts.shift();
    if (part !== undefined) {
      this.exchange?.take(part.length);
      return part;
    }
    if (this.#error !== undefined) throw this.#error;
    return null;
  }

  body(body: Buffer, last: boolean): void {
    if (body.length > 0) this.#parts.push(body);
    if (last) this.#end();
    this.#woken();
  }

  #end(): void {
    this.#last = true;
    this.ended?.();
  }

  #woken(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  trailers(): void {
    this.#end();
    this.#woken();
  }

  file(path: string): void {
    readFile(path).then(
      (body) => this.body(body, true),
      (error: Error) => this.fail(new IronbridgeError("ERR_IO", error.message, {}, error)),
    );
  }

  hints(): void {}

  wanted(): void {}

  fail(error: unknown): void {
    this.ended?.();
    this.#error = theirs(error);
    if (!this.#begun) this.reject(error);
    this.#woken();
  }
}
