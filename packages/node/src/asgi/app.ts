/** An application of Python's, loaded into this process. */

import { resolve } from "node:path";
import { IronbridgeError, invalidInput } from "../error.js";
import { Exchange, type Face, type Head, limitsOf, type SocketFace, type SocketLimits } from "./exchange.js";
import { type FetchInit, fetchFrom } from "./fetch.js";
import { type AsgiHandler, type HandlerOptions, handlerOf } from "./handler.js";
import { question } from "./line.js";
import { type AsgiServer, type ListenOptions, listenOn } from "./listen.js";
import { openPython, type PythonOptions, restPython } from "./python.js";
import { Ask } from "./records.js";
import { type LeanRequest, type LeanResponse, requestOf } from "./request.js";
import { type AsgiWebSocket, type WebSocketRequest, websocketOf } from "./websocket.js";

export interface LoadOptions extends PythonOptions {
  /** Folders that modules are looked for in before all others. Default: the current one. */
  path?: string | readonly string[];
  /**
   * Whether the application's lifespan is run: `on` wants it, `off` leaves it, `auto` goes on without where the application
   * does not know it. Default: `auto`.
   */
  lifespan?: "auto" | "on" | "off";
  /** The attribute gives the application when it is called. Default: false. */
  factory?: boolean;
  /** Percent-encoded path below which the application stands: `root_path`, and the start of every `path`. Default: "". */
  rootPath?: string;
  /** How long `lifespan.startup` may take. Default: 60,000. */
  startupMs?: number;
  /** How long a request whose client has gone may go on before it is cancelled. Default: 5,000. */
  graceMs?: number;
  /** @internal The module's file, where it is to be that one whatever else has its name. */
  file?: string;
}

export interface CloseOptions {
  /** How long requests under way may take until they are cancelled. Default: 10,000. */
  drainMs?: number;
  /** How long `lifespan.shutdown` may take. Default: 30,000. */
  shutdownMs?: number;
}

/** An ASGI 3 application (or one of ASGI 2) on Python's event loop, in this process. */
export class AsgiApp {
  readonly #number: number;
  readonly #rootPath: string;
  readonly #servers: AsgiServer[] = [];
  #closed: Promise<void> | undefined;

  private constructor(number: number, rootPath: string) {
    this.#number = number;
    this.#rootPath = rootPath;
    open.add(this);
  }

  /**
   * Loads `module:attribute` and runs its startup. Whoever loads the same with the same options, in this or another thread
   * of the process, gets the same application; it is shut down when the last has closed it.
   *
   * Rejects with `ERR_LOAD` (Python, module or attribute not found), `ERR_PYTHON` (the module raised; with `type` and
   * `traceback`) or `ERR_LIFESPAN` (startup failed).
   */
  static async load(target: string, options: LoadOptions = {}): Promise<AsgiApp> {
    const { path = ".", lifespan = "auto", factory = false, rootPath = "" } = options;
    const { startupMs = 60_000, graceMs = 5_000 } = options;
    if (!["auto", "on", "off"].includes(lifespan)) {
      throw invalidInput(`lifespan is "auto", "on" or "off", not ${JSON.stringify(lifespan)}`);
    }
    if (rootPath !== "" && !/^\/.*[^/]$/.test(rootPath)) {
      throw invalidInput(`rootPath begins with "/" and does not end with it: ${rootPath}`);
    }
    await openPython(options);
    const folders = typeof path === "string" ? [path] : path;
    const loaded = await question(Ask.Load, 0, {
      target,
      path: folders.map((folder) => resolve(folder)),
      lifespan,
      factory,
      file: options.file,
      startupSeconds: seconds(startupMs, "startupMs"),
      graceSeconds: seconds(graceMs, "graceMs"),
    });
    return new AsgiApp(loaded.number, rootPath);
  }

  /** A request without ceremony: all of the reply in one piece. */
  request(request: LeanRequest): Promise<LeanResponse> {
    return requestOf(this, request);
  }

  /** As the global `fetch`, answered by the application. Both bodies are streams; the promise is fulfilled with the head. */
  fetch(input: string | URL | Request, init?: FetchInit): Promise<Response> {
    return fetchFrom(this, input, init);
  }

  /**
   * A WebSocket to the application, without a socket: messages go both ways as they are. Fulfilled when the application
   * accepts it; rejects with `ERR_REFUSED` (with the `status`, `headers` and `body` of its refusal) when it does not.
   */
  websocket(request: WebSocketRequest): Promise<AsgiWebSocket> {
    return websocketOf(this, request);
  }

  /** A function for `node:http`, `node:https`, Express, Connect and whatever calls handlers as they do. */
  handler(options?: HandlerOptions): AsgiHandler {
    return handlerOf(this, options);
  }

  /**
   * Serves the application on a socket of its own: HTTP/1.1, HTTP/2 and WebSockets, without JavaScript for a request.
   * Rejects with `ERR_ADDRESS_IN_USE`, `ERR_IO` (another reason why it cannot listen there) or `ERR_TLS`.
   */
  async listen(options: ListenOptions = {}): Promise<AsgiServer> {
    this.#mustBeOpen();
    const server = await listenOn(this.#number, this.#rootPath, options);
    this.#servers.push(server);
    return server;
  }

  /** @internal */
  begin(head: Head, body: Uint8Array | undefined, more: boolean, face: Face): Exchange {
    this.#mustBeOpen();
    return new Exchange(Ask.Request, this.#number, head, body, more, face);
  }

  /** @internal */
  connect(head: Head, limits: SocketLimits, face: SocketFace): Exchange {
    this.#mustBeOpen();
    return new Exchange(Ask.Connect, this.#number, head, limitsOf(limits), false, face);
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) {
      throw new IronbridgeError("ERR_CLOSED", "the application is closed");
    }
  }

  /** @internal */
  get rootPath(): string {
    return this.#rootPath;
  }

  /**
   * Closes its listeners, takes no more requests, lets those under way end or cancels them, has the application shut down, and waits for all of
   * it. With the last application Python's thread ends. A second time it waits for the first.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options);
    return this.#closed;
  }

  async #close({ drainMs = 10_000, shutdownMs = 30_000 }: CloseOptions): Promise<void> {
    open.delete(this);
    await Promise.all(this.#servers.map((server) => server.close({ drainMs })));
    const told = await question(Ask.Close, this.#number, {
      drainSeconds: seconds(drainMs, "drainMs"),
      shutdownSeconds: seconds(shutdownMs, "shutdownMs"),
    });
    await restPython();
    const problem = told.body.toString("utf8");
    if (problem !== "") throw new IronbridgeError("ERR_LIFESPAN", problem);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function seconds(ms: number, name: string): number {
  if (!(ms >= 0 && ms <= 86_400_000)) throw invalidInput(`${name} is between 0 and a day: ${ms}`);
  return ms / 1000;
}

/** Applications that nobody closed: a program that has nothing more to do lets them shut down. */
const open = new Set<AsgiApp>();
process.on("beforeExit", () => {
  for (const app of open) app.close().catch((error: Error) => process.emitWarning(error));
});
