/** `Response` of python-node. */

import { IronbridgeError } from "../../error.js";
import { type HeaderMap, Headers, headersOf } from "./headers.js";

export interface ResponseOptions {
  /** Default: 200. */
  status?: number;
  headers?: Headers | HeaderMap;
  body?: Buffer;
  log?: Buffer;
  exception?: string;
}

/** Gives the parts of a body that comes in several; null is its end. */
export type Pull = () => Promise<Buffer | null>;

export class Response {
  #status: number;
  #headers: Headers;
  readonly #body: Buffer | null;
  readonly #log: Buffer;
  readonly #exception: string | null;
  #pull: Pull;

  constructor(options: ResponseOptions | null = {}) {
    const { status = 200, headers, body, log, exception } = options ?? {};
    this.#status = checked(status);
    this.#headers = headersOf(headers);
    this.#body = body ?? null;
    this.#log = log ?? Buffer.alloc(0);
    this.#exception = exception ?? null;
    let left = this.#body;
    this.#pull = async () => {
      const part = left;
      left = null;
      return part;
    };
  }

  /** @internal */
  static streaming(status: number, headers: Headers, pull: Pull): Response {
    const response = new Response({ status, headers });
    response.#pull = pull;
    return response;
  }

  get status(): number {
    return this.#status;
  }

  set status(status: number) {
    this.#status = checked(status);
  }

  get headers(): Headers {
    return this.#headers;
  }

  set headers(headers: Headers) {
    this.#headers = headersOf(headers);
  }

  /** All of it, or null where it is streamed. */
  get body(): Buffer | null {
    return this.#body;
  }

  get log(): Buffer {
    return this.#log;
  }

  get exception(): string | null {
    return this.#exception;
  }

  toJSON(): object {
    const [body, log, exception] = [this.#body, this.#log, this.#exception];
    return {
      status: this.#status,
      headers: this.#headers.toJSON(),
      ...(body === null ? {} : { body }),
      ...(log.length === 0 ? {} : { log }),
      ...(exception === null ? {} : { exception }),
    };
  }

  /** The next part of the body, or the next message of a WebSocket; null at its end. */
  next(): Promise<Buffer | null> {
    return this.#pull();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    for (let part = await this.next(); part !== null; part = await this.next()) yield part;
  }
}

function checked(status: number): number {
  if (Number.isInteger(status) && status >= 100 && status <= 999) return status;
  throw new IronbridgeError("ERR_INVALID_INPUT", `Invalid status code: ${status}`);
}
