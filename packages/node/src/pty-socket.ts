/** A terminal through a WebSocket: `docs/reference/terminal-socket.md` has the protocol. */

import { IronbridgeError } from "./error.js";
import type { Piece, PtyExit, PtyInfo } from "./pty-calls.js";
import type { Pty } from "./pty.js";

/** The largest binary message that is sent, in bytes. */
const PART_BYTES = 64 * 1024;
/** While more than this waits in the socket, nothing more is given to it. In bytes. */
const SOCKET_BYTES = 256 * 1024;
/** Input that waits for the program: from here on a socket that can pause is paused. In bytes. */
const INPUT_PAUSE_BYTES = 256 * 1024;
/** And from here on one that cannot is closed. In bytes. */
const INPUT_BYTES_MAX = 4 * 1024 * 1024;
/** The longest control message that is read, in UTF-16 units. */
const CONTROL_UNITS_MAX = 4096;
/** How often a full socket is asked whether it has room again: WebSockets have no event for it. */
const ROOM_INTERVAL_MS = 5;
/** How long a socket may stay full without taking a byte; then it is closed: it stops no program for ever. */
const STALL_MS = 30_000;
/** Sockets on one terminal: each may hold a copy of what is kept of the output. */
const SOCKETS_MAX = 64;

/** Close codes: the program has ended; the socket is too slow, or typed more than the program reads. */
const ENDED = 1000;
const TOO_SLOW = 1013;

const CONNECTING = 0;
const OPEN = 1;

type Received = string | ArrayBuffer | ArrayBufferView | readonly ArrayBufferView[];

/** What is asked of a WebSocket: `ws` (npm), Bun's server sockets and those of browsers have it. */
export interface TerminalSocket {
  readonly readyState: number;
  send(data: string | Uint8Array): unknown;
  close(code?: number, reason?: string): void;
  /** Bun's server sockets have `getBufferedAmount` instead. */
  readonly bufferedAmount?: number;
  getBufferedAmount?(): number;
  binaryType?: string;
  /** Bun's server sockets have none: their messages are handed to {@link Attachment.receive}. */
  addEventListener?(event: string, listener: (event: { data?: unknown }) => void): void;
  removeEventListener?(event: string, listener: (event: { data?: unknown }) => void): void;
  /** Of `ws`. */
  pause?(): void;
  resume?(): void;
}

export interface AttachOptions {
  /** The replay begins here, for a client that comes again: how many bytes it has. Default: with all that is kept. */
  from?: number;
  /** What comes through the socket is neither typed nor changes the size. Default: false. */
  readOnly?: boolean;
}

/** How many there are on each terminal. */
const counts = new WeakMap<Pty, number>();

/** A socket on a terminal. When the socket closes it ends; when the program ends the socket is closed. */
export class Attachment {
  readonly #pty: Pty;
  readonly #socket: TerminalSocket;
  readonly #readOnly: boolean;
  /** What the socket has not been given yet. */
  readonly #queue: (string | Uint8Array)[] = [];
  /** Of the next byte for the queue. */
  #next: number;
  #room: ReturnType<typeof setTimeout> | undefined;
  #stalled = { amount: 0, since: 0 };
  #emptied: (() => void)[] = [];
  #inputBytes = 0;
  #attached = true;
  #onClosed!: () => void;

  /** Fulfilled when the socket and the terminal have nothing to do with each other any more. */
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#onClosed = resolve;
  });

  /** @internal */
  constructor(pty: Pty, socket: TerminalSocket, replay: Piece, options: AttachOptions) {
    const count = counts.get(pty) ?? 0;
    if (count >= SOCKETS_MAX) {
      const message = `${SOCKETS_MAX} sockets show this terminal, and not more may; detach one`;
      throw new IronbridgeError("ERR_TOO_MANY_SOCKETS", message);
    }
    counts.set(pty, count + 1);
    this.#pty = pty;
    this.#socket = socket;
    this.#readOnly = options.readOnly ?? false;
    this.#next = Math.max(options.from ?? 0, replay.offset);
    const { id, title, cols, rows } = pty;
    this.#control({ type: "attached", id, title, cols, rows, offset: this.#next });
    this.#bytes(replay.bytes, replay.offset);
    this.#control({ type: "live" });
    pty.on("data", this.#onData).on("updated", this.#onUpdated);
    pty.on("exit", this.#onExit);
    socket.addEventListener?.("open", this.#pump);
    socket.addEventListener?.("message", this.#onMessage);
    socket.addEventListener?.("close", this.detach);
    if ("binaryType" in socket && socket.addEventListener) socket.binaryType = "arraybuffer";
    if (pty.status === "exited") this.#onExit(pty);
    else this.#pump();
  }

  /** Takes a message of the socket: for Bun's server sockets, which tell their server of messages and nobody else. */
  receive(message: Received): void {
    if (!this.#attached) return;
    if (typeof message === "string") this.#command(message);
    else if (!this.#readOnly) this.#type(bytesOf(message));
  }

  /** Ends it; the socket stays open. Bun's server sockets need it when they close. */
  readonly detach = (): void => {
    if (!this.#attached) return;
    this.#attached = false;
    counts.set(this.#pty, (counts.get(this.#pty) ?? 1) - 1);
    clearTimeout(this.#room);
    this.#queue.length = 0;
    this.#pty.off("data", this.#onData).off("updated", this.#onUpdated);
    this.#pty.off("exit", this.#onExit);
    this.#socket.removeEventListener?.("open", this.#pump);
    this.#socket.removeEventListener?.("message", this.#onMessage);
    this.#socket.removeEventListener?.("close", this.detach);
    this.#settle();
    this.#onClosed();
  };

  readonly #onData = (bytes: Buffer, offset: number): Promise<void> | undefined => {
    this.#bytes(bytes, offset);
    this.#pump();
    // A full socket holds the bytes against the terminal's window: at its end the program waits.
    if (this.#queue.length === 0) return undefined;
    return new Promise((resolve) => this.#emptied.push(resolve));
  };

  readonly #onUpdated = ({ title, cols, rows }: PtyInfo): void => {
    this.#control({ type: "updated", title, cols, rows });
    this.#pump();
  };

  /** All output was told before; what is not sent yet goes first. */
  readonly #onExit = ({ exitCode, signal }: PtyExit): void => {
    this.#control({ type: "exit", exitCode, signal });
    this.#pump();
    if (this.#queue.length === 0) return this.#end(ENDED, "the program has ended");
    this.#emptied.push(() => this.#end(ENDED, "the program has ended"));
  };

  readonly #onMessage = ({ data }: { data?: unknown }): void => this.receive(data as Received);

  #control(message: object): void {
    this.#queue.push(JSON.stringify(message));
  }

  #bytes(bytes: Uint8Array, offset: number): void {
    const end = offset + bytes.length;
    let rest = bytes.subarray(Math.max(0, this.#next - offset));
    this.#next = Math.max(this.#next, end);
    for (; rest.length > 0; rest = rest.subarray(PART_BYTES)) {
      this.#queue.push(rest.subarray(0, PART_BYTES));
    }
  }

  /** Gives the socket what it has room for. */
  readonly #pump = (): void => {
    if (!this.#attached || this.#room !== undefined) return;
    const socket = this.#socket;
    if (socket.readyState === CONNECTING) return;
    if (socket.readyState !== OPEN) return this.detach();
    while (this.#queue.length > 0) {
      if (buffered(socket) > SOCKET_BYTES) return this.#awaitRoom();
      // Bun says 0 for what it has dropped, which happens to a connection that is broken.
      const sent = socket.send(this.#queue[0] as string | Uint8Array);
      if (sent === 0 && this.#queue[0]?.length !== 0) return this.detach();
      this.#queue.shift();
    }
    this.#settle();
  };

  #awaitRoom(): void {
    const [amount, now] = [buffered(this.#socket), Date.now()];
    if (amount !== this.#stalled.amount || this.#stalled.since === 0) {
      this.#stalled = { amount, since: now };
    } else if (now - this.#stalled.since > STALL_MS) {
      return this.#end(TOO_SLOW, "nothing was read for too long");
    }
    this.#room = setTimeout(() => {
      this.#room = undefined;
      this.#pump();
    }, ROOM_INTERVAL_MS);
  }

  #settle(): void {
    this.#stalled.since = 0;
    const waiting = this.#emptied;
    this.#emptied = [];
    for (const go of waiting) go();
  }

  #end(code: number, reason: string): void {
    if (!this.#attached) return;
    this.#queue.length = 0;
    this.detach();
    this.#socket.close(code, reason);
  }

  #type(bytes: Uint8Array): void {
    this.#inputBytes += bytes.length;
    const { pause, resume } = this.#socket;
    if (this.#inputBytes > INPUT_BYTES_MAX) {
      return this.#end(TOO_SLOW, "the program does not read what is typed");
    }
    if (this.#inputBytes > INPUT_PAUSE_BYTES) pause?.call(this.#socket);
    this.#pty
      .write(bytes)
      .catch((error: unknown) => this.#refuse(error))
      .finally(() => {
        this.#inputBytes -= bytes.length;
        if (this.#inputBytes <= INPUT_PAUSE_BYTES) resume?.call(this.#socket);
      });
  }

  #command(text: string): void {
    const command = text.length <= CONTROL_UNITS_MAX ? record(text) : undefined;
    if (command?.type !== "resize") {
      const known = '{"type":"resize","cols":80,"rows":24}';
      const what = `a text message is ${known}; what is typed comes as binary ones`;
      return this.#refuse(new IronbridgeError("ERR_INVALID_INPUT", what));
    }
    if (this.#readOnly) return;
    const { cols, rows } = command;
    this.#pty.resize(cols as number, rows as number).catch((error) => this.#refuse(error));
  }

  /** Tells the other side, who goes on. */
  #refuse(error: unknown): void {
    if (!this.#attached) return;
    const { code, message } = error as IronbridgeError;
    this.#control({ type: "error", code, message });
    this.#pump();
  }
}

function buffered(socket: TerminalSocket): number {
  return socket.getBufferedAmount?.() ?? socket.bufferedAmount ?? 0;
}

function bytesOf(message: Exclude<Received, string>): Uint8Array {
  if (Array.isArray(message)) return Buffer.concat(message.map(bytesOf));
  if (!ArrayBuffer.isView(message)) return new Uint8Array(message as ArrayBuffer);
  return new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
}

function record(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
