/**
 * One request and its reply, or one WebSocket, as they go over the line. The faces (`request`, `fetch`, `handler`,
 * `websocket`) are listeners of it.
 */

import { fromFailure, IronbridgeError, invalidInput } from "../error.js";
import { isLast, type Listener, Taken, theLine } from "./line.js";
import { Ask, Flag, Tell, type Told } from "./records.js";

/** Bytes of a request's body, or of a WebSocket's messages, that may be on their way to the application. */
const WINDOW_BYTES = 256 * 1024;
/** What a message counts beside its bytes, here and in the host: else empty ones would have no bound. */
const MESSAGE_BYTES = 24;
/** The close code of a WebSocket whose connection was lost. */
const LOST = 1006;
/** Exchanges that one JavaScript thread may have under way. */
const EXCHANGES_MAX = 65_536;

/** What an application is asked, as bytes on the wire would say it. */
export interface Head {
  method: string;
  /** Path and query, as they came: percent-encoded. */
  target: string;
  scheme: string;
  httpVersion: string;
  /** Percent-encoded. */
  rootPath: string;
  client: readonly [host: string, port: number] | undefined;
  server: readonly [host: string, port: number] | undefined;
  /** Names and values in turns, as `rawHeaders` of `node:http`. */
  headers: readonly string[];
  /** Of {@link Flag}. */
  flags: number;
}

/** What becomes of an exchange. Nothing is told after `fail`, or after what was told with `last`. */
export interface Face {
  /** Status, names and values in turns, the first part of the body. */
  head(status: number, headers: string[], body: Buffer, last: boolean): void;
  body(body: Buffer, last: boolean): void;
  /** The body is that file. It is the last that is told. */
  file(path: string): void;
  trailers(headers: string[]): void;
  hints(links: string[]): void;
  /** The application waits for the request's body. */
  wanted(): void;
  fail(error: IronbridgeError): void;
}

/** What becomes of a WebSocket, beside a refusal, which is a reply. Nothing is told after `fail` or `close`. */
export interface SocketFace extends Face {
  /** Names and values in turns of the reply 101. */
  accept(headers: string[]): void;
  /** In bytes as they are counted for {@link Exchange.take}. */
  message(data: string | Buffer, bytes: number): void;
  close(code: number, reason: string): void;
}

/** What a WebSocket may do. */
export interface SocketLimits {
  /** The longest message that is taken, in bytes; a longer one closes the WebSocket with 1009. Default: 16 MiB. */
  maxMessageBytes?: number;
  /** How long a client may be silent before it is pinged; 0: never. Default: 20,000. */
  pingMs?: number;
  /** How long it may be silent after that before it is closed with 1011. Default: 20,000. */
  pongMs?: number;
  /**
   * Compresses messages from 1 KiB on where the client offers it (permessage-deflate, RFC 7692), each by itself, so that an
   * open WebSocket keeps no memory for it. Costs time on both sides; mind that the length of what is compressed tells
   * something of secrets in it. Default: false. Not for `app.websocket`, which has no wire.
   */
  deflate?: boolean;
}

export class Exchange implements Listener {
  readonly #face: Face | SocketFace;
  readonly #connection: number;
  readonly #taken = new Taken();
  #over = false;
  /** Bytes of the request's body that the application has not taken. */
  #waiting = 0;
  #room: (() => void)[] = [];

  /** `kind`: {@link Ask.Request} or {@link Ask.Connect}. */
  constructor(
    kind: number,
    app: number,
    head: Head,
    body: Uint8Array | undefined,
    more: boolean,
    face: Face | SocketFace,
  ) {
    const line = theLine();
    if (line.size >= EXCHANGES_MAX) {
      throw new IronbridgeError("ERR_BUSY", `${EXCHANGES_MAX} requests are under way`);
    }
    this.#face = face;
    const text = textOf(head);
    this.#connection = line.open(this);
    if (kind === Ask.Request) this.#waiting = body?.length ?? 0;
    line.ask(kind, head.flags | (more ? Flag.More : 0), this.#connection, app, text, body);
  }

  /** Sends a part of the request's body, or bytes of a WebSocket's wire; waits until there is room for the next. */
  async write(part: Uint8Array, last: boolean): Promise<void> {
    if (this.#over) return;
    this.#waiting += part.length;
    theLine().ask(Ask.Body, last ? 0 : Flag.More, this.#connection, 0, "", part);
    if (!last) await this.room();
  }

  /** Sends a message of a WebSocket; waits until there is room for the next. */
  async message(data: string | Uint8Array): Promise<void> {
    const text = typeof data === "string";
    const body = text ? Buffer.from(data) : data;
    this.#waiting += body.length + MESSAGE_BYTES;
    theLine().ask(Ask.Message, text ? 0 : Flag.Binary, this.#connection, 0, "", body);
    await this.room();
  }

  /** Whether more may be sent than is on its way. */
  get hasRoom(): boolean {
    return this.#over || this.#waiting <= WINDOW_BYTES;
  }

  /** Waits until it may. */
  async room(): Promise<void> {
    while (!this.hasRoom) {
      await new Promise<void>((resolve) => {
        this.#room.push(resolve);
      });
    }
  }

  /** Whoever takes the reply has taken so much of it. */
  take(bytes: number): void {
    if (!this.#over) this.#taken.add(this.#connection, bytes);
  }

  /** Nobody waits for the reply any more, or the WebSocket is closed: the application gets a disconnect. */
  abandon(code: number = LOST, reason = ""): void {
    if (this.#over) return;
    this.#end();
    theLine().ask(Ask.Gone, 0, this.#connection, code, "", Buffer.from(reason));
  }

  get over(): boolean {
    return this.#over;
  }

  #end(): void {
    this.#over = true;
    theLine().forget(this.#connection);
    this.#makeRoom();
  }

  #makeRoom(): void {
    const waiting = this.#room;
    if (waiting.length > 0) this.#room = [];
    for (const go of waiting) go();
  }

  told(told: Told): void {
    const last = isLast(told);
    if (last) this.#end();
    const face = this.#face;
    switch (told.kind) {
      case Tell.Head:
        return face.head(told.number, parts(told.text), told.body, last);
      case Tell.Body:
        return face.body(told.body, last);
      case Tell.Trailers:
        return face.trailers(parts(told.text));
      case Tell.Hints:
        return face.hints(parts(told.text));
      case Tell.File:
        return face.file(told.body.toString("utf8"));
      case Tell.Wanted:
        return face.wanted();
      case Tell.Failed:
        return face.fail(fromFailure(told.body.toString("utf8")));
      case Tell.Accept:
        return (face as SocketFace).accept(parts(told.text));
      case Tell.Message: {
        const { body, flags } = told;
        const data = flags & Flag.Binary ? body : body.toString("utf8");
        return (face as SocketFace).message(data, body.length + MESSAGE_BYTES);
      }
      case Tell.Close:
        return (face as SocketFace).close(told.number, told.body.toString("utf8"));
      case Tell.Taken:
        this.#waiting -= told.number;
        if (this.#waiting <= WINDOW_BYTES) this.#makeRoom();
    }
  }
}

/** The limits, whole. */
export function checkedLimits(limits: SocketLimits): Required<SocketLimits> {
  const { maxMessageBytes = 16 * 1024 * 1024, pingMs = 20_000, pongMs = 20_000, deflate = false } = limits;
  const whole = { maxMessageBytes, pingMs, pongMs };
  for (const [name, value] of Object.entries(whole)) {
    if (!Number.isInteger(value) || value < 0 || value > 2 ** 31) {
      throw invalidInput(`${name} is a whole number from 0 to 2^31: ${value}`);
    }
  }
  if (typeof deflate !== "boolean") throw invalidInput(`deflate is true or false: ${deflate}`);
  return { ...whole, deflate };
}

/** As the host reads them. */
export function limitsOf(limits: SocketLimits): Uint8Array {
  const { maxMessageBytes, pingMs, pongMs, deflate } = checkedLimits(limits);
  const bytes = Buffer.alloc(16);
  for (const [at, value] of [maxMessageBytes, pingMs, pongMs, Number(deflate)].entries()) bytes.writeUInt32LE(value, at * 4);
  return bytes;
}

function parts(text: string): string[] {
  return text === "" ? [] : text.split("\0");
}

/** The text of a request's record. */
function textOf(head: Head): string {
  const { client, server } = head;
  let text = `${head.method}\0${head.target}\0${head.scheme}\0${head.httpVersion}\0${head.rootPath}`;
  text += client === undefined ? "\0\0" : `\0${client[0]}\0${client[1]}`;
  text += server === undefined ? "\0\0" : `\0${server[0]}\0${server[1]}`;
  const { headers } = head;
  const fixed = nuls(text);
  for (const part of headers) text += `\0${part}`;
  // A NUL of somebody's own would shift all that follows it; beyond Latin-1 there is no form on the wire.
  if (fixed !== 8 || nuls(text) !== 8 + headers.length || NOT_LATIN1.test(text)) {
    throw invalidInput("method, path and headers are Latin-1 without NUL; percent-encode the path");
  }
  return text;
}

const NOT_LATIN1 = /[^\0-\xff]/;

function nuls(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\0"); at !== -1; at = text.indexOf("\0", at + 1)) count += 1;
  return count;
}
