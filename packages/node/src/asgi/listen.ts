/** `app.listen`: a listener of the host's own, without JavaScript for its requests. */

import { readFile } from "node:fs/promises";
import { fromFailure, invalidInput } from "../error.js";
import { checkedLimits, type SocketLimits } from "./exchange.js";
import { theLine } from "./line.js";
import { trustedProxies } from "./proxies.js";
import { restPython } from "./python.js";
import { Ask, Tell, type Told } from "./records.js";

export interface ListenOptions {
  /** Name or address. Default: `127.0.0.1`. */
  host?: string;
  /** 0: any that is free; {@link AsgiServer.port} says which. Default: 0. */
  port?: number;
  /** A Unix socket instead of host and port. It is removed at the end. */
  path?: string;
  /** Certificate chain and private key, in PEM or as paths of such files. HTTP/2 is agreed on by ALPN. */
  tls?: { cert: string; key: string };
  /** The header `server` of replies that have none; "": none. Default: `ironbridge`. */
  serverHeader?: string;
  /** Connections that the system keeps until they are accepted. Default: 2,048. */
  backlog?: number;
  /** Connections at a time; further ones wait. Default: 16,384. */
  maxConnections?: number;
  /** The longest head of a request, in bytes; a longer one is answered 431. Default: 65,536. */
  maxHeadBytes?: number;
  /** The longest body of a request, in bytes; a longer one is answered 413. Default: none. */
  maxBodyBytes?: number;
  /** Streams of an HTTP/2 connection at a time. Default: 128. */
  maxStreams?: number;
  /** How long a client may take for the head of a request. Default: 30,000. */
  headMs?: number;
  /** How long a connection without a request may stay. Default: 5,000. */
  keepAliveMs?: number;
  /** What clients of WebSockets may do. */
  webSocket?: SocketLimits;
  /**
   * Proxies whose `x-forwarded-for` and `x-forwarded-proto` become `client` and `scheme`: addresses, networks as
   * `10.0.0.0/8`, `unix` for whoever comes by a Unix socket, `*` for everybody. Default: none, nobody is believed.
   */
  trustedProxies?: readonly string[];
}

/** The smallest that HTTP's parser works with. */
const HEAD_BYTES_MIN = 8192;

/** A listener. It keeps the program alive until it is closed. */
export class AsgiServer {
  readonly #connection: number;
  readonly #ended: Promise<void>;
  #closing: Promise<void> | undefined;
  /** The address it has; undefined for a Unix socket. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The Unix socket. */
  readonly path: string | undefined;

  /** @internal */
  constructor(connection: number, place: Told, ended: Promise<void>) {
    const { host, port, path } = JSON.parse(place.body.toString("utf8"));
    this.#connection = connection;
    this.#ended = ended;
    this.host = host;
    this.port = port;
    this.path = path;
  }

  /**
   * Takes no more connections, lets requests under way end for `drainMs` (default: 10,000), then breaks them off.
   * WebSockets are closed at once, with 1012. Fulfilled when all is closed and the thread has ended.
   */
  close({ drainMs = 10_000 }: { drainMs?: number } = {}): Promise<void> {
    whole({ drainMs }, 0, 86_400_000);
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    theLine().ask(Ask.Unlisten, 0, this.#connection, drainMs);
    await this.#ended;
    await restPython();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export async function listenOn(
  application: number,
  rootPath: string,
  options: ListenOptions,
): Promise<AsgiServer> {
  const told = await settingsOf(application, rootPath, options);
  const line = theLine();
  return new Promise((resolve, reject) => {
    let onEnd!: () => void;
    const ended = new Promise<void>((done) => {
      onEnd = done;
    });
    const connection = line.open({
      told(answer) {
        if (answer.kind === Tell.Listening) return resolve(new AsgiServer(connection, answer, ended));
        line.forget(connection);
        if (answer.kind === Tell.Failed) reject(fromFailure(answer.body.toString("utf8")));
        onEnd();
      },
    });
    line.ask(Ask.Listen, 0, connection, 0, "", Buffer.from(JSON.stringify(told)));
  });
}

async function settingsOf(application: number, rootPath: string, options: ListenOptions) {
  const { host = "127.0.0.1", port = 0, path, tls, serverHeader = "ironbridge" } = options;
  const { backlog = 2048, maxConnections = 16_384, maxHeadBytes = 65_536, maxBodyBytes } = options;
  const { maxStreams = 128, headMs = 30_000, keepAliveMs = 5_000, webSocket = {} } = options;
  whole({ port }, 0, 65_535);
  whole({ backlog, maxConnections, maxStreams }, 1, 2 ** 20);
  whole({ maxHeadBytes }, HEAD_BYTES_MIN, 2 ** 24);
  whole({ headMs, keepAliveMs }, 1, 86_400_000);
  if (maxBodyBytes !== undefined) whole({ maxBodyBytes }, 0, Number.MAX_SAFE_INTEGER);
  if (!/^[\x20-\x7e]*$/.test(serverHeader)) throw invalidInput("serverHeader is printable ASCII");
  const { maxMessageBytes, pingMs, pongMs, deflate } = checkedLimits(webSocket);
  return {
    application,
    host,
    port,
    path: path ?? null,
    root_path: rootPath,
    trusted_proxies: trustedProxies(options.trustedProxies) ?? null,
    certificates: tls === undefined ? null : await pem(tls.cert, "tls.cert"),
    key: tls === undefined ? null : await pem(tls.key, "tls.key"),
    server: serverHeader,
    backlog,
    connections_max: maxConnections,
    head_bytes_max: maxHeadBytes,
    body_bytes_max: maxBodyBytes ?? null,
    streams_max: maxStreams,
    head_seconds: headMs / 1000,
    keep_alive_seconds: keepAliveMs / 1000,
    message_bytes_max: maxMessageBytes,
    ping_ms: pingMs,
    pong_ms: pongMs,
    deflate,
  };
}

function whole(values: Record<string, number>, least: number, most: number): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw invalidInput(`${name} is a whole number from ${least} to ${most}: ${value}`);
    }
  }
}

async function pem(given: string, name: string): Promise<string> {
  if (given.includes("-----BEGIN ")) return given;
  try {
    return await readFile(given, "latin1");
  } catch (error) {
    throw invalidInput(`${name} is neither PEM nor a file that can be read: ${(error as Error).message}`);
  }
}
