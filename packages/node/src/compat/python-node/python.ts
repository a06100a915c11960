/** `Python` of python-node: an application, asked one request after the other. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { AsgiApp } from "../../asgi/app.js";
import type { Head } from "../../asgi/exchange.js";
import { wholeReply } from "../../asgi/request.js";
import { IronbridgeError, invalidInput } from "../../error.js";
import { asTheirs } from "./errors.js";
import { collected } from "./headers.js";
import { loaded, type Place } from "./place.js";
import { Request } from "./request.js";
import { Response } from "./response.js";
import { streamed } from "./streamed.js";
import { replyAtOnce } from "./sync.js";
import { messages } from "./websocket.js";

export interface PythonOptions {
  /** The folder of the application's modules, and its `root_path`. Default: the current one. */
  docroot?: string;
  /** `module:attribute`. Default: `main:app`. */
  appTarget?: string | { file: string; function: string };
}

export class Python {
  readonly #docroot: string;
  readonly #place: Place;

  /** Throws `ERR_LOAD` where there is no such file; what it holds is known with the first request. */
  constructor(options: PythonOptions | null = {}) {
    const { docroot = ".", appTarget = "main:app" } = options ?? {};
    const target =
      typeof appTarget === "string" ? appTarget : `${appTarget.file}:${appTarget.function}`;
    const [, module] = /^([^:]+):[^:]+$/.exec(target) ?? [];
    if (module === undefined) throw invalidInput('Invalid format, expected "module:function"');
    this.#docroot = options?.docroot ?? process.cwd();
    const file = resolve(docroot, `${module}.py`);
    const dotted = module.includes(".");
    if (!dotted && !existsSync(file)) {
      throw new IronbridgeError("ERR_LOAD", `Entry point not found: there is no file ${file}`);
    }
    this.#place = { folder: resolve(docroot), root: this.#docroot, target, file: dotted ? undefined : file };
  }

  get docroot(): string {
    return this.#docroot;
  }

  /** The reply in one piece. */
  async handleRequest(request: Request, signal?: AbortSignal | null): Promise<Response> {
    const app = await loaded(this.#place);
    return asTheirs(() => ask(app, this.#place.root, checked(request), signal));
  }

  /** As soon as its head is there; its body comes by `next`, or by iterating; of a WebSocket its messages do. */
  async handleStream(request: Request, signal?: AbortSignal | null): Promise<Response> {
    const app = await loaded(this.#place);
    const head = headOf(this.#place.root, checked(request));
    return asTheirs(() =>
      request.websocket
        ? messages(app, head, request, signal ?? undefined)
        : streamed(app, head, request.take(), signal ?? undefined),
    );
  }

  /** The reply, while this thread stands still: another one asks. After 30 s it is an error `ERR_DEADLINE`. */
  handleRequestSync(request: Request): Response {
    const head = headOf(this.#place.root, checked(request));
    const { status, headers, body } = replyAtOnce({ place: this.#place, head, body: request.take() });
    return new Response({ status, headers: collected(headers), body: Buffer.from(body) });
  }
}

function checked(request: Request): Request {
  if (!(request instanceof Request)) throw invalidInput("Expected Request");
  return request;
}

async function ask(
  app: AsgiApp,
  root: string,
  request: Request,
  signal?: AbortSignal | null,
): Promise<Response> {
  const head = headOf(root, request);
  const body = request.take();
  const reply = await wholeReply(app, () => head, signal ? { body, signal } : { body });
  return new Response({ status: reply.status, headers: collected(reply.headers), body: reply.body });
}

function headOf(root: string, request: Request): Head {
  const { scheme = "http", authority, path, query } = request.target;
  const headers = request.headers.entries().flat();
  if (authority !== undefined && !request.headers.has("host")) headers.unshift("host", authority);
  const { socket } = request;
  return {
    method: request.method,
    target: path + query,
    scheme: scheme.toLowerCase(),
    httpVersion: "1.1",
    rootPath: encodeURI(root),
    client: socket && [socket.remoteAddress, socket.remotePort],
    server: socket && [socket.localAddress, socket.localPort],
    headers,
    flags: 0,
  };
}
