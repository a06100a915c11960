/** `app.request`: a request without ceremony, its reply in one piece. */

import { readFile } from "node:fs/promises";
import { IronbridgeError } from "../error.js";
import type { AsgiApp } from "./app.js";
import type { Exchange, Face, Head } from "./exchange.js";
import { Flag } from "./records.js";

/** The most bytes of a reply's body that `request` collects, where the caller names no limit. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

export interface LeanRequest {
  /** Default: `GET`. */
  method?: string;
  /** Path and query, percent-encoded. */
  path: string;
  /** Pairs, or an object; a value that is an array is a header for each of its elements. */
  headers?: readonly (readonly [string, string])[] | Record<string, string | readonly string[]>;
  body?: Uint8Array | string;
  /** Default: `http`. */
  scheme?: string;
  client?: readonly [host: string, port: number];
  server?: readonly [host: string, port: number];
  /** Gives the request up: the application gets `http.disconnect`. */
  signal?: AbortSignal;
  /** A longer reply is an error `ERR_TOO_LARGE`. Default: 64 MiB. */
  maxBytes?: number;
}

export interface LeanResponse {
  status: number;
  /** In the order the application sent them, repeated ones too. */
  headers: [name: string, value: string][];
  body: Buffer;
  trailers: [name: string, value: string][];
}

export function requestOf(app: AsgiApp, request: LeanRequest): Promise<LeanResponse> {
  return wholeReply(app, () => headOf(app, request), request);
}

/** Asks, and collects the reply. */
export function wholeReply(
  app: AsgiApp,
  head: () => Head,
  { signal, body, maxBytes = BODY_BYTES_MAX }: Pick<LeanRequest, "signal" | "body" | "maxBytes">,
): Promise<LeanResponse> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    const face = new Whole(maxBytes, resolve, reject);
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const exchange = app.begin(head(), bytes, false, face);
    face.exchange = exchange;
    if (signal !== undefined) {
      const onAbort = () => {
        exchange.abandon();
        face.fail(aborted(signal));
      };
      signal.addEventListener("abort", onAbort, { once: true });
      face.ended = () => signal.removeEventListener("abort", onAbort);
    }
  });
}

export function aborted(signal: AbortSignal): IronbridgeError {
  return new IronbridgeError("ERR_CANCELLED", "cancelled", {}, signal.reason);
}

function headOf(app: AsgiApp, request: LeanRequest): Head {
  const { method = "GET", path, scheme = "http", client, server } = request;
  return {
    method,
    target: app.rootPath + path,
    scheme,
    httpVersion: "1.1",
    rootPath: app.rootPath,
    client,
    server,
    headers: flat(request.headers ?? []),
    flags: Flag.Trailers,
  };
}

export function flat(headers: NonNullable<LeanRequest["headers"]>): string[] {
  if (Array.isArray(headers)) return headers.flat();
  const all: string[] = [];
  for (const [name, value] of Object.entries(headers as Record<string, string | string[]>)) {
    for (const one of Array.isArray(value) ? value : [value]) all.push(name, one);
  }
  return all;
}

export function pairs(headers: readonly string[]): [string, string][] {
  const all: [string, string][] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    all.push([headers[at] as string, headers[at + 1] as string]);
  }
  return all;
}

/** Collects a reply. */
class Whole implements Face {
  exchange: Exchange | undefined;
  ended: (() => void) | undefined;
  #status = 0;
  #headers: string[] = [];
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(
    readonly maxBytes: number,
    readonly resolve: (response: LeanResponse) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  head(status: number, headers: string[], body: Buffer, last: boolean): void {
    this.#status = status;
    this.#headers = headers;
    this.body(body, last);
  }

  body(body: Buffer, last: boolean): void {
    this.#bytes += body.length;
    if (this.#bytes > this.maxBytes) {
      this.exchange?.abandon();
      const message = `the reply has more than ${this.maxBytes} bytes; take \`fetch\`, or raise maxBytes`;
      return this.fail(new IronbridgeError("ERR_TOO_LARGE", message));
    }
    if (body.length > 0) this.#parts.push(body);
    this.exchange?.take(body.length);
    if (last) this.#end([]);
  }

  trailers(headers: string[]): void {
    this.#end(headers);
  }

  #end(trailers: string[]): void {
    this.ended?.();
    const parts = this.#parts;
    this.resolve({
      status: this.#status,
      headers: pairs(this.#headers),
      body: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts),
      trailers: pairs(trailers),
    });
  }

  file(path: string): void {
    readFile(path).then(
      (body) => this.body(body, true),
      (error: Error) => this.fail(new IronbridgeError("ERR_IO", error.message, {}, error)),
    );
  }

  hints(): void {}

  wanted(): void {}

  fail(error: IronbridgeError): void {
    this.ended?.();
    this.reject(error);
  }
}
