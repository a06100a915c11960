/** `Request` of python-node. */

import { IronbridgeError, invalidInput } from "../../error.js";
import { type HeaderMap, Headers, headersOf } from "./headers.js";

export interface SocketInfo {
  localAddress: string;
  localPort: number;
  localFamily: string;
  remoteAddress: string;
  remotePort: number;
  remoteFamily: string;
}

export interface RequestOptions {
  /** Default: `GET`. */
  method?: string;
  /** Whole, or path and query alone. */
  url: string;
  headers?: Headers | HeaderMap;
  body?: Buffer;
  socket?: SocketInfo;
  docroot?: string;
  /** A WebSocket: `write` sends its messages. */
  websocket?: boolean;
}

/** Bytes that may be written to a request before it is sent. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const URL_PARTS = /^(?:([a-z][a-z0-9+.-]*):\/\/([^/?#]+))?(\/[^?#]*)?(\?[^#]*)?(?:#.*)?$/i;

/** A URL as it came, in parts. */
export interface Target {
  scheme: string | undefined;
  authority: string | undefined;
  path: string;
  /** With its `?`, or empty. */
  query: string;
}

export function targetOf(url: string): Target {
  const parts = /^[\x21-\x7e]+$/.test(url) ? URL_PARTS.exec(url) : null;
  const [, scheme, authority, path, query = ""] = parts ?? [];
  if (parts === null || (path === undefined && authority === undefined)) {
    throw invalidInput(`Invalid URI: ${JSON.stringify(url)}; give it percent-encoded, whole or from its path on`);
  }
  return { scheme, authority, path: path ?? "/", query };
}

export function textOf({ scheme, authority, path, query }: Target): string {
  return `${scheme === undefined ? "" : `${scheme}://${authority}`}${path}${query}`;
}

/** Who takes the messages of a WebSocket that is open. */
export interface Sink {
  write(chunk: Buffer | string): Promise<void>;
  end(): Promise<void>;
}

export class Request {
  #method = "GET";
  #target!: Target;
  #headers: Headers;
  #docroot: string | null;
  /** @internal */
  readonly socket: SocketInfo | undefined;
  /** @internal */
  readonly websocket: boolean;
  #body: Buffer | null;
  #written: Buffer[] = [];
  #ended = false;
  #sent = false;
  #sink: Sink | undefined;

  constructor(options: RequestOptions) {
    if (typeof options?.url !== "string") throw invalidInput("Missing field `url`");
    this.url = options.url;
    this.method = options.method ?? "GET";
    this.#headers = headersOf(options.headers);
    this.#docroot = options.docroot ?? null;
    this.#body = options.body ?? null;
    this.socket = options.socket;
    this.websocket = options.websocket ?? false;
  }

  get method(): string {
    return this.#method;
  }

  set method(method: string) {
    if (!TOKEN.test(method)) throw invalidInput(`Invalid method: ${JSON.stringify(method)}`);
    this.#method = method;
  }

  get url(): string {
    return textOf(this.#target);
  }

  set url(url: string) {
    this.#target = targetOf(url);
  }

  get path(): string {
    return this.#target.path;
  }

  get headers(): Headers {
    return this.#headers;
  }

  set headers(headers: Headers) {
    this.#headers = headersOf(headers);
  }

  get docroot(): string | null {
    return this.#docroot;
  }

  set docroot(docroot: string) {
    this.#docroot = docroot;
  }

  /** What the constructor was given. */
  get body(): Buffer | null {
    return this.#body;
  }

  toJSON(): object {
    const { method, url, body } = this;
    return { method, url, headers: this.#headers.toJSON(), ...(body === null ? {} : { body }) };
  }

  /** A part of the body, before the request is sent; of a WebSocket a message: a string is text, a Buffer is binary. */
  async write(chunk: Buffer | string): Promise<void> {
    if (this.#sink !== undefined) return this.#sink.write(chunk);
    if (this.#ended || this.#sent) {
      throw new IronbridgeError("ERR_CLOSED", "broken pipe: the request was sent, or ended, before");
    }
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    const all = this.#written.reduce((sum, part) => sum + part.length, bytes.length);
    if (all > BODY_BYTES_MAX) {
      throw new IronbridgeError("ERR_TOO_LARGE", `more than ${BODY_BYTES_MAX} bytes were written`);
    }
    this.#written.push(bytes);
  }

  /** No more of the body follows; a WebSocket is closed. */
  async end(): Promise<void> {
    if (this.#sink !== undefined) return this.#sink.end();
    this.#ended = true;
  }

  /** @internal The whole body: what is written from now on would come too late. */
  take(): Buffer {
    this.#sent = true;
    const parts = this.#body === null ? this.#written : [this.#body, ...this.#written];
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  /** @internal What is written from now on goes there. */
  connect(sink: Sink): void {
    this.#sink = sink;
  }

  /** @internal */
  get target(): Target {
    return this.#target;
  }

  /** @internal */
  copy(): Request {
    const { method, url, headers, body, socket, websocket } = this;
    const copy = new Request({ method, url, headers, websocket });
    copy.#docroot = this.#docroot;
    copy.#body = body;
    copy.#written = [...this.#written];
    copy.#ended = this.#ended;
    return Object.assign(copy, { socket });
  }
}
