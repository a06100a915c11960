/** `handler.upgrade`: a WebSocket of a Node server. Its bytes go as they are; the host speaks the protocol. */

import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { IronbridgeError } from "../error.js";
import type { AsgiApp } from "./app.js";
import type { Exchange, Head, SocketFace, SocketLimits } from "./exchange.js";
import { Flag } from "./records.js";

/** Bytes that may come before the application has accepted. */
const EARLY_BYTES = 64 * 1024;
/** How long a client may take to close its side after ours, in milliseconds. */
const LINGER_MS = 10_000;

interface UpgradeOptions {
  limits: SocketLimits;
  onError(error: IronbridgeError): void;
}

export function upgrade(
  app: AsgiApp,
  head: Head,
  socket: Socket,
  first: Buffer,
  options: UpgradeOptions,
): void {
  const wire = new Wire(socket, first, options);
  try {
    wire.begin(app, { ...head, flags: Flag.Frames | (head.flags & Flag.Forwarded) });
  } catch (error) {
    wire.fail(error as IronbridgeError);
  }
}

class Wire implements SocketFace {
  #exchange: Exchange | undefined;
  /** What came before the application has accepted. */
  #early: Buffer[] = [];
  #accepted = false;
  #headed = false;
  #ended = false;
  /** Bytes that the socket has not taken. */
  #undrained = 0;

  constructor(
    readonly socket: Socket,
    first: Buffer,
    readonly options: UpgradeOptions,
  ) {
    if (first.length > 0) this.#early.push(first);
    socket.setTimeout?.(0);
    socket.setNoDelay?.(true);
    // Without a listener an error of the socket would end the program; `close` follows it.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#exchange?.abandon());
    socket.on("end", () => {
      this.#exchange?.abandon();
      socket.end();
    });
    socket.on("drain", () => this.#drained());
    socket.on("data", (bytes: Buffer) => this.#came(bytes));
  }

  begin(app: AsgiApp, head: Head): void {
    this.#exchange = app.connect(head, this.options.limits, this);
  }

  accept(headers: string[]): void {
    this.#accepted = true;
    this.#headed = true;
    this.socket.write(headText(101, headers), "latin1");
    for (const bytes of this.#early.splice(0)) this.#came(bytes);
    this.#flow();
  }

  #came(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === undefined || exchange.over) return;
    if (!this.#accepted) {
      const early = this.#early.push(bytes) && this.#early.reduce((sum, { length }) => sum + length, 0);
      if (early > EARLY_BYTES) this.socket.pause();
      return;
    }
    exchange.write(bytes, false).then(() => this.#flow());
    this.#flow();
  }

  /** Reads on where there is room for what comes, and for what is answered to it. */
  #flow(): void {
    const flows = this.#undrained === 0 && (this.#exchange?.hasRoom ?? true);
    if (flows) this.socket.resume();
    else this.socket.pause();
  }

  #drained(): void {
    const bytes = this.#undrained;
    this.#undrained = 0;
    this.#exchange?.take(bytes);
    this.#flow();
  }

  head(status: number, headers: string[], body: Buffer, last: boolean): void {
    this.#headed = true;
    const framed = headers.some((name, at) => at % 2 === 0 && /^content-length$/i.test(name));
    const length = last && !framed ? ["content-length", String(body.length)] : [];
    this.socket.write(headText(status, [...headers, ...length, "connection", "close"]), "latin1");
    this.body(body, last);
  }

  body(body: Buffer, last: boolean): void {
    if (last) return this.#end(body);
    const room = this.socket.write(body);
    if (room && this.#undrained === 0) return this.#exchange?.take(body.length);
    this.#undrained += body.length;
    this.#flow();
  }

  /** All is said: what the client still sends is let go by until it closes its side, too. */
  #end(body?: Buffer): void {
    if (this.#ended) return;
    this.#ended = true;
    const { socket } = this;
    if (body !== undefined && body.length > 0) socket.end(body);
    else socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
  }

  fail(error: IronbridgeError): void {
    this.options.onError(error);
    if (this.#headed) return this.#end();
    const busy = error.code === "ERR_BUSY" || error.code === "ERR_CLOSED";
    const [status, text] = busy ? [503, "Service Unavailable"] : [500, "Internal Server Error"];
    this.head(status, ["content-type", "text/plain; charset=utf-8"], Buffer.from(text), true);
  }

  file(): void {
    this.fail(new IronbridgeError("ERR_HTTP", "a WebSocket cannot be refused with a file"));
  }

  trailers(): void {
    this.#end();
  }

  hints(): void {}

  wanted(): void {}

  /** Of WebSockets without frames. */
  message(): void {}

  close(): void {}
}

function headText(status: number, headers: readonly string[]): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (let at = 0; at + 1 < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return `${text}\r\n`;
}
