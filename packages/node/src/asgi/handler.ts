/** `app.handler`: the application behind `node:http` and whatever calls handlers as it does. */

import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { pipeline } from "node:stream/promises";
import { IronbridgeError } from "../error.js";
import type { AsgiApp } from "./app.js";
import type { Exchange, Face, Head, SocketLimits } from "./exchange.js";
import { trustedProxies } from "./proxies.js";
import { Flag } from "./records.js";
import { pairs } from "./request.js";
import { tlsHeaders } from "./tls.js";
import { upgrade } from "./upgrade.js";

export interface HandlerOptions {
  /** Told of each request that failed, with what the application raised. Python's log has it in any case. */
  onError?: (error: IronbridgeError, request: IncomingMessage) => void;
  /** What clients of `upgrade` may do. */
  webSocket?: SocketLimits;
  /**
   * Proxies whose `x-forwarded-for` and `x-forwarded-proto` become `client` and `scheme`: addresses, networks as
   * `10.0.0.0/8`, `unix` for whoever comes by a Unix socket, `*` for everybody. Default: none, nobody is believed.
   */
  trustedProxies?: readonly string[];
}

/** What `http.createServer`, `app.use` of Express and others take. */
export interface AsgiHandler {
  (request: IncomingMessage, response: ServerResponse): void;
  /**
   * For the event `checkContinue` of a server: `100 Continue` is sent when the application asks for the body. Without it
   * Node sends it before it calls the handler.
   */
  checkContinue(request: IncomingMessage, response: ServerResponse): void;
  /** For the event `upgrade` of a server: WebSockets. Whatever else is asked for is refused with 426. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** What Express puts on a request of a router that is mounted below a path. */
interface Mounted {
  originalUrl?: string;
  baseUrl?: string;
}

export function handlerOf(app: AsgiApp, options: HandlerOptions = {}): AsgiHandler {
  const trusted = trustedProxies(options.trustedProxies);
  const handle = (request: IncomingMessage, response: ServerResponse, expects: boolean) => {
    const face = new Answer(request, response, options);
    try {
      const body = hasBody(request);
      const head = headOf(app, request, expects, trusted);
      const exchange = app.begin(head, undefined, body, face);
      face.exchange = exchange;
      response.once("close", () => {
        if (!response.writableFinished) exchange.abandon();
      });
      if (body) send(request, exchange).catch(() => exchange.abandon());
    } catch (error) {
      face.fail(error as IronbridgeError);
    }
  };
  const handler = (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response, false);
  const checkContinue = (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response, true);
  return Object.assign(handler, {
    checkContinue,
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      upgrade(app, headOf(app, request, false, trusted), socket as Socket, head, {
        limits: options.webSocket ?? {},
        onError: (error) => options.onError?.(error, request),
      }),
  });
}

function hasBody({ headers, httpVersionMajor, readableEnded, method }: IncomingMessage): boolean {
  const announced =
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] ?? "0") !== "0" ||
    (httpVersionMajor === 2 && method !== "GET" && method !== "HEAD");
  if (announced && readableEnded) {
    const message = "the request's body was read before this handler: put it before body parsers";
    throw new IronbridgeError("ERR_HTTP", message);
  }
  return announced;
}

function headOf(
  app: AsgiApp,
  request: IncomingMessage,
  expects: boolean,
  trusted: string | undefined,
): Head {
  const { originalUrl, baseUrl = "" } = request as Mounted;
  const socket = request.socket as TLSSocket;
  const { remoteAddress, remotePort = 0, localAddress, localPort = 0 } = socket;
  const modern = request.httpVersion !== "1.0";
  const front = trusted === undefined ? [] : [":trusted-proxies", trusted];
  if (socket.encrypted) front.push(...tlsHeaders(socket));
  const trailers = modern && /\btrailers\b/i.test(String(request.headers.te));
  return {
    method: request.method ?? "GET",
    target: app.rootPath + (originalUrl ?? request.url ?? "/"),
    scheme: socket.encrypted ? "https" : "http",
    httpVersion: request.httpVersionMajor === 2 ? "2" : request.httpVersion,
    rootPath: app.rootPath + baseUrl,
    client: remoteAddress === undefined ? undefined : [remoteAddress, remotePort],
    server: localAddress === undefined ? undefined : [localAddress, localPort],
    headers: front.length === 0 ? request.rawHeaders : [...front, ...request.rawHeaders],
    flags:
      (trusted === undefined ? 0 : Flag.Forwarded) |
      (expects ? Flag.Expects : 0) | (trailers ? Flag.Trailers : 0) | (modern ? Flag.Hints : 0),
  };
}

async function send(request: IncomingMessage, exchange: Exchange): Promise<void> {
  // Where the length is known, the last part says that it is.
  let left = Number(request.headers["content-length"] ?? Number.NaN);
  for await (const chunk of request) {
    // The reply is over: Node lets the rest go by.
    if (exchange.over) return;
    left -= (chunk as Buffer).length;
    await exchange.write(chunk as Buffer, left === 0);
  }
  if (left !== 0) await exchange.write(new Uint8Array(), true);
}

class Answer implements Face {
  exchange: Exchange | undefined;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly options: HandlerOptions,
  ) {}

  head(status: number, headers: string[], body: Buffer, last: boolean): void {
    const { response } = this;
    const bodiless = status === 204 || status === 304 || this.request.method === "HEAD";
    if (last && !bodiless && !headers.some((name, at) => at % 2 === 0 && isLength(name))) {
      headers.push("content-length", String(body.length));
    }
    try {
      response.writeHead(status, headers);
    } catch (error) {
      // What Node refuses is the application's mistake: a status or a header that HTTP does not have.
      this.exchange?.abandon();
      const { message } = error as Error;
      return this.fail(new IronbridgeError("ERR_HTTP", message, {}, error));
    }
    if (last) response.end(body);
    else if (body.length > 0) this.body(body, false);
    else response.flushHeaders();
  }

  body(body: Buffer, last: boolean): void {
    const { response } = this;
    if (last) return void response.end(body);
    const room = response.write(body);
    if (room && this.#undrained === 0) return this.exchange?.take(body.length);
    if (this.#undrained === 0) response.once("drain", () => this.#drained());
    this.#undrained += body.length;
  }

  /** Bytes that the socket has not taken. */
  #undrained = 0;

  #drained(): void {
    const bytes = this.#undrained;
    this.#undrained = 0;
    this.exchange?.take(bytes);
  }

  file(path: string): void {
    pipeline(createReadStream(path), this.response).catch((error: Error) =>
      this.fail(new IronbridgeError("ERR_IO", error.message, {}, error)),
    );
  }

  trailers(headers: string[]): void {
    this.response.addTrailers(pairs(headers));
    this.response.end();
  }

  hints(links: string[]): void {
    this.response.writeEarlyHints?.({ link: links });
  }

  wanted(): void {
    this.response.writeContinue();
  }

  fail(error: IronbridgeError): void {
    const { response } = this;
    this.options.onError?.(error, this.request);
    if (response.headersSent) return this.#breakOff();
    const [status, text] =
      error.code === "ERR_BUSY" || error.code === "ERR_CLOSED"
        ? [503, "Service Unavailable"]
        : [500, "Internal Server Error"];
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
  }

  /** What was sent arrives, and may not look whole: the connection ends without the end of the reply. */
  #breakOff(): void {
    const { response } = this;
    const { socket } = response;
    if (socket === null || this.request.httpVersionMajor === 2) response.destroy();
    // Without chunks or a length only an error tells that it is not the end.
    else if (this.request.httpVersion === "1.0") socket.resetAndDestroy();
    else socket.end(() => socket.destroy());
  }
}

function isLength(name: string): boolean {
  return name.length === 14 && name.toLowerCase() === "content-length";
}
