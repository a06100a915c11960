/** Programs in terminals: kept in Rust, what they print pushed as buffers. */

import { hold, letGo, unlisten } from "./engine.js";
import { IronbridgeError } from "./error.js";
import { Handle } from "./handle.js";
import { Listeners } from "./listeners.js";
import * as calls from "./pty-calls.js";
import type { PtyBufferInfo, PtyExit, PtyInfo, PtyLife } from "./pty-calls.js";
import { Attachment, type AttachOptions, type TerminalSocket } from "./pty-socket.js";

export type { PtyBufferInfo, PtyExit, PtyInfo } from "./pty-calls.js";

export interface PtyOptions extends calls.PtyOptions {
  /** Whether the program here stays alive while the one in the terminal runs. Default: true. */
  persistent?: boolean;
}

/** What one terminal tells of. */
export interface PtyEvents {
  /** It printed: the bytes, and how many were printed before them. */
  data: [bytes: Buffer, offset: number];
  /** Its program has ended, and all it printed was told. */
  exit: [exit: PtyExit];
  /** Its title or size was changed. */
  updated: [info: PtyInfo];
  /** It is gone. */
  deleted: [];
}

/** What all terminals of this JavaScript thread tell of. */
export interface AllPtyEvents {
  created: [info: PtyInfo];
  updated: [info: PtyInfo];
  exited: [info: PtyInfo];
  deleted: [id: number];
}

/** Those that run, or wait for their end, are kept; others may be forgotten, and are closed then. */
const kept = new Map<number, { pty: WeakRef<Pty>; busy: Pty | undefined }>();
/** What was told of a terminal whose opening was not over yet. */
const early = new Map<number, PtyInfo>();
const everyone = new Listeners<AllPtyEvents>();

/** Only `Pty` itself is told of its life: `lives` is handed out by its static block. */
let lives: (pty: Pty, life: PtyLife) => void;

calls.hearLives((life) => {
  const id = life.event === "deleted" ? life.id : life.info.id;
  const pty = kept.get(id)?.pty.deref();
  if (pty) lives(pty, life);
  else if (life.event !== "deleted") early.set(id, life.info);
  if (life.event === "deleted") {
    kept.delete(id);
    early.delete(id);
    everyone.tell("deleted", id);
  } else everyone.tell(life.event, life.info);
});

/**
 * A terminal and the program in it. Rust keeps the last 2 MiB of what it prints. When it is closed, or forgotten after
 * its end, it is gone with all that came from it.
 */
export class Pty extends Handle {
  readonly #terminal: calls.Terminal;
  readonly #listeners = new Listeners<PtyEvents>();
  #info: PtyInfo;
  /** Whether what is printed is pushed, and how much of it was told. */
  #flows = false;
  #told = 0;
  #holds = false;
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #deleted = false;
  #stopWatching = () => {};
  #onExited!: (exit: PtyExit) => void;

  /** Fulfilled when the program has ended and all it printed was told. */
  readonly exited: Promise<PtyExit> = new Promise((resolve) => {
    this.#onExited = resolve;
  });

  static {
    lives = (pty, life) => pty.#live(life);
  }

  /**
   * Starts a program in a new terminal; without one, `bash` or else `sh` as a login shell. An aborted `signal` closes
   * the terminal.
   */
  static async open(command?: string, args: string[] = [], options: PtyOptions = {}): Promise<Pty> {
    const { persistent = true, ...own } = options;
    const { signal } = own;
    const pty = new Pty(await calls.open(command, args, own), persistent);
    if (signal === undefined) return pty;
    const onAbort = () => void pty.close();
    if (signal.aborted) {
      await pty.close();
      throw new IronbridgeError("ERR_CANCELLED", "cancelled", {}, signal.reason);
    }
    signal.addEventListener("abort", onAbort, { once: true });
    pty.#stopWatching = () => signal.removeEventListener("abort", onAbort);
    return pty;
  }

  /** The same as `open`. */
  static spawn(command?: string, args?: string[], options?: PtyOptions): Promise<Pty> {
    return Pty.open(command, args, options);
  }

  /** All terminals of this JavaScript thread that are not gone, oldest first; those whose program has ended as well. */
  static async list(): Promise<PtyInfo[]> {
    return calls.listNow();
  }

  /** The one of that `id`, if it is not closed. */
  static get(id: number): Pty | undefined {
    return kept.get(id)?.pty.deref();
  }

  /** Closes those that printed nothing and were given nothing for so many seconds; their ids. */
  static async cleanupIdle(seconds: number): Promise<number[]> {
    const ids = calls.cleanupIdleNow(seconds);
    for (const id of ids) void Pty.get(id)?.close();
    return ids;
  }

  static on<Name extends keyof AllPtyEvents>(
    event: Name,
    listener: (...values: AllPtyEvents[Name]) => unknown,
  ): void {
    everyone.add(event, listener, false);
  }

  static off<Name extends keyof AllPtyEvents>(
    event: Name,
    listener: (...values: AllPtyEvents[Name]) => unknown,
  ): void {
    everyone.remove(event, listener);
  }

  private constructor({ terminal, info }: calls.Opened, persistent: boolean) {
    super(terminal);
    this.#terminal = terminal;
    this.#info = early.get(info.id) ?? info;
    early.delete(info.id);
    const running = this.#info.status === "running";
    kept.set(info.id, { pty: new WeakRef(this), busy: running ? this : undefined });
    if (!running) this.#onExited(exitOf(this.#info));
    else if (persistent) this.ref();
  }

  get id(): number {
    return this.#info.id;
  }

  /** The number of its program. */
  get pid(): number {
    return this.#info.pid;
  }

  get title(): string {
    return this.#info.title;
  }

  get cols(): number {
    return this.#info.cols;
  }

  get rows(): number {
    return this.#info.rows;
  }

  /** `exited` when its program has ended and all it printed was told. */
  get status(): "running" | "exited" {
    return this.#info.status;
  }

  /** What it exited with; `null` while it runs, and when a signal ended it. */
  get exitCode(): number | null {
    return this.#info.exitCode;
  }

  /** The signal that ended it, as `SIGHUP`. */
  get signal(): string | null {
    return this.#info.signal;
  }

  /** All of that, with its command, arguments and folder. */
  get info(): PtyInfo {
    return { ...this.#info, args: [...this.#info.args] };
  }

  /**
   * Tells `listener` what happens. The first listener of `data` is given what is kept of the output, then what comes.
   * The bytes that a promise it returns waits for count as not read: at 1 MiB of them the program waits as well.
   */
  on<Name extends keyof PtyEvents>(
    event: Name,
    listener: (...values: PtyEvents[Name]) => unknown,
  ): this {
    this.#listeners.add(event, listener, false);
    if (event === "data") this.#flow();
    return this;
  }

  /** The same for the next time only. */
  once<Name extends keyof PtyEvents>(
    event: Name,
    listener: (...values: PtyEvents[Name]) => unknown,
  ): this {
    this.#listeners.add(event, listener, true);
    if (event === "data") this.#flow();
    return this;
  }

  off<Name extends keyof PtyEvents>(
    event: Name,
    listener: (...values: PtyEvents[Name]) => unknown,
  ): this {
    this.#listeners.remove(event, listener);
    return this;
  }

  /**
   * Gives `data` to the program as if it were typed. Done when it is taken: while 1 MiB waits for the program to read
   * it, this waits, too. One call's data follows that of the call before.
   */
  write(data: string | Uint8Array, options: { signal?: AbortSignal } = {}): Promise<void> {
    const after = this.#writing;
    const writing = this.#write(data, options, after);
    if (after === undefined) return writing;
    return this.#queue(writing);
  }

  async #write(
    data: string | Uint8Array,
    options: { signal?: AbortSignal },
    after: Promise<void> | undefined,
  ): Promise<void> {
    options.signal?.throwIfAborted();
    const bytes = calls.bytesOf(data);
    if (after === undefined) {
      try {
        return calls.writeNow(this.handle, bytes);
      } catch (error) {
        if (!(error instanceof IronbridgeError) || error.code !== "ERR_INPUT_FULL") throw error;
      }
      return this.#queue(calls.writeAll(this.handle, Uint8Array.from(bytes), options));
    }
    const copy = Uint8Array.from(bytes);
    await after;
    await calls.writeAll(this.handle, copy, options);
  }

  /** Those that come later go after `writing`, whatever becomes of it. */
  #queue(writing: Promise<void>): Promise<void> {
    const done = writing.catch(() => {}).then(() => {
      if (this.#writing === done) this.#writing = undefined;
    });
    this.#writing = done;
    return writing;
  }

  /** What was printed since the last call, at most `max` bytes of it. */
  async read(max?: number): Promise<Buffer> {
    return calls.readNow(this.handle, max);
  }

  /** All that is kept of the output. */
  async peek(): Promise<Buffer> {
    return calls.peekNow(this.handle);
  }

  /** All that is kept of the output, which is forgotten. */
  async drain(): Promise<Buffer> {
    return calls.drainNow(this.handle);
  }

  /** Forgets what is kept of the output. */
  async clear(): Promise<void> {
    calls.clearNow(this.handle);
  }

  /** What is kept of the output, in figures. */
  async bufferInfo(): Promise<PtyBufferInfo> {
    return calls.bufferNow(this.handle);
  }

  /** Changes its size; the program gets `SIGWINCH`. */
  async resize(cols: number, rows: number): Promise<void> {
    calls.resizeNow(this.handle, cols, rows);
    this.#info = { ...this.#info, cols, rows };
  }

  async setTitle(title: string): Promise<void> {
    calls.titleNow(this.handle, title);
    this.#info = { ...this.#info, title };
  }

  /** Sends a signal, as `SIGTERM`, to the program and all that came from it. Default: `SIGHUP`, which ends a shell. */
  async kill(signal = "SIGHUP"): Promise<void> {
    calls.killNow(this.handle, signal);
  }

  /** The program here stays alive while the one in the terminal runs, as it does by default. */
  ref(): this {
    if (!this.#holds && this.status === "running" && !this.#deleted) {
      this.#holds = true;
      hold();
    }
    return this;
  }

  /** The program here may end while the one in the terminal runs, which is hung up on then. */
  unref(): this {
    if (this.#holds) {
      this.#holds = false;
      letGo();
    }
    return this;
  }

  /**
   * Shows the terminal through a WebSocket: first what is kept, in parts of 64 KiB, then what is printed; what comes is
   * typed. `docs/reference/terminal-socket.md` has the protocol.
   */
  attach(socket: TerminalSocket, options: AttachOptions = {}): Attachment {
    const flowed = this.#flows;
    this.#flow();
    const replay = flowed ? this.#kept() : { offset: this.#told, bytes: Buffer.alloc(0) };
    return new Attachment(this, socket, replay, options);
  }

  /** What is kept of that which was told already. */
  #kept(): calls.Piece {
    const { offset, bytes } = calls.keptNow(this.handle);
    return { offset, bytes: bytes.subarray(0, Math.max(0, this.#told - offset)) };
  }

  /** Hangs up on the program, and kills it and all that came from it after a second; done when it is gone. */
  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const terminal = this.leave();
    if (terminal === undefined || this.#deleted) return;
    hold();
    this.#keep(this);
    try {
      await new Promise<void>((resolve) => {
        this.#listeners.add("deleted", resolve, true);
        calls.closeNow(terminal);
      });
    } finally {
      letGo();
    }
  }

  #keep(busy: Pty | undefined): void {
    const row = kept.get(this.id);
    if (row) row.busy = busy;
  }

  #flow(): void {
    if (this.#flows) return;
    const terminal = this.handle;
    const before = calls.flowNow(terminal, (bytes) => this.#tell(bytes));
    this.#flows = true;
    this.#told = before.offset;
    // Not at once: who listens from now on is to be told first who it is that tells.
    if (before.bytes.length > 0) queueMicrotask(() => void this.#tell(before.bytes));
    if (this.status === "exited") unlisten(terminal);
  }

  #tell(bytes: Buffer): Promise<unknown> | undefined {
    const offset = this.#told;
    this.#told += bytes.length;
    return this.#listeners.tell("data", bytes, offset);
  }

  #live(life: PtyLife): void {
    if (life.event === "deleted") return this.#gone();
    this.#info = life.info;
    if (life.event === "updated") this.#listeners.tell("updated", this.info);
    if (life.event === "exited") this.#ended();
  }

  #ended(): void {
    if (this.#closing === undefined) this.#keep(undefined);
    // Nothing comes any more.
    unlisten(this.#terminal);
    this.unref();
    this.#stopWatching();
    const exit = exitOf(this.#info);
    this.#listeners.tell("exit", exit);
    this.#onExited(exit);
  }

  #gone(): void {
    this.#deleted = true;
    // Closed by `cleanupIdle`, or as the last act of its thread.
    const terminal = this.leave();
    if (terminal !== undefined) calls.closeNow(terminal);
    this.#listeners.tell("deleted");
  }
}

function exitOf({ exitCode, signal }: PtyInfo): PtyExit {
  return { exitCode, signal };
}
