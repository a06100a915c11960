/** What is asked of terminals, at once: nothing here waits. `pty.ts` makes a class of it. */

import { ask, listen, parsed, start, wellFormed } from "./engine.js";
import { IronbridgeError } from "./error.js";
import { type CallOptions, split } from "./options.js";

/** How a terminal is opened. */
export interface PtyOptions extends Omit<CallOptions, "timeoutMs"> {
  /** The folder its program starts in, from `cwd` or `root`. Default: that one. */
  folder?: string;
  /** Variables of its environment; `null` takes one out. `TERM` is `xterm-256color` unless it is given here. */
  env?: Record<string, string | null | undefined>;
  /** Whether it inherits `process.env`. Default: true. */
  inheritEnv?: boolean;
  /** What it is called. Default: the program. */
  title?: string;
  /** Characters in a line. Default: 80. */
  cols?: number;
  /** Lines. Default: 24. */
  rows?: number;
  /** Whether output is never cut inside a UTF-8 character. Default: true. */
  text?: boolean;
}

/** How a program ended: with an exit code, or by a signal such as `SIGHUP`. */
export interface PtyExit {
  exitCode: number | null;
  signal: string | null;
}

/** A terminal as it is at one moment. */
export interface PtyInfo extends PtyExit {
  /** Counted up, never used again in this process's thread. */
  id: number;
  /** Of its program. */
  pid: number;
  command: string;
  args: string[];
  cwd: string;
  title: string;
  cols: number;
  rows: number;
  /** `exited`: it has ended, and all it printed was told. */
  status: "running" | "exited";
}

/** What Rust keeps of a terminal's output, the last 2 MiB, in figures. */
export interface PtyBufferInfo {
  /** Bytes it has. */
  bytes: number;
  /** Bytes it can have. */
  limit: number;
  /** The size of the parts it is replayed in, in bytes. */
  partBytes: number;
  /** How many such parts it has now, the last of them maybe smaller. */
  parts: number;
  /** How many bytes were printed before its first. */
  start: number;
  /** How many bytes were printed. */
  end: number;
}

/** What happens to terminals. */
export type PtyLife =
  | { event: "created" | "updated" | "exited"; info: PtyInfo }
  | { event: "deleted"; id: number };

/** A terminal, by the number under which Rust keeps it; not its `id`. */
export type Terminal = number;

export interface Opened {
  terminal: Terminal;
  info: PtyInfo;
}

/** As `PtyInfo` and `PtyEvent` of `crates/tools/src/pty/output.rs` have it. */
interface RawInfo extends Omit<PtyInfo, "status" | "cols" | "rows"> {
  size: { cols: number; rows: number };
  status: { state: "running" } | ({ state: "exited" } & PtyExit);
}
type RawLife =
  | { event: "created" | "updated" | "exited"; info: RawInfo }
  | { event: "deleted"; id: number };

/** All terminals of this thread: the number of their handle. */
let terminals: number | undefined;
let onLife: (life: PtyLife) => void = () => {};

/** Tells `listener`, the one there is, of the lives of all terminals. */
export function hearLives(listener: (life: PtyLife) => void): void {
  onLife = listener;
}

/** Their thread is started by the first that is opened; `limits` are the first one's. */
function all(options: CallOptions): number {
  if (terminals === undefined) {
    const { call } = ask("terminals-start", {}, options);
    terminals = call;
    const told = (answer: { json?: string }) => onLife(life(parsed(answer)));
    listen(call, told, false);
  }
  return terminals;
}

function life(raw: RawLife): PtyLife {
  return raw.event === "deleted" ? raw : { event: raw.event, info: flat(raw.info) };
}

function flat({ size, status, ...info }: RawInfo): PtyInfo {
  const exit =
    status.state === "exited"
      ? { exitCode: status.exitCode, signal: status.signal }
      : { exitCode: null, signal: null };
  return { ...info, ...size, status: status.state, ...exit };
}

function openInput(command: string | undefined, args: string[], options: PtyOptions) {
  const [call, own] = split<PtyOptions & CallOptions>(options);
  const { folder, env, inheritEnv = true, cols = 80, rows = 24, ...rest } = own;
  // By value: Bun's `process.env` and a worker's are not the environment that Rust would see.
  // Not what tells of the terminal that this process itself may have.
  const { TERM: _TERM, LINES: _LINES, COLUMNS: _COLUMNS, ...inherited } = process.env;
  const input = {
    terminals: all(call),
    options: {
      ...rest,
      command,
      args,
      cwd: folder,
      env: { ...(inheritEnv && inherited), ...env },
      inheritEnv: false,
      size: { cols, rows },
    },
  };
  return { call, input };
}

/** Starts a program in a new terminal, on Rust's threads. */
export async function open(
  command: string | undefined,
  args: string[],
  options: PtyOptions,
): Promise<Opened> {
  const { call, input } = openInput(command, args, options);
  const answer = await start("pty-open", call, { input });
  return { terminal: answer.call, info: flat(parsed(answer)) };
}

/** The same on this thread, which it takes a fraction of a millisecond of. */
export function openNow(
  command?: string,
  args: string[] = [],
  options: PtyOptions = {},
): Opened {
  const { call, input } = openInput(command, args, options);
  const answer = ask("pty-open", { input }, call);
  return { terminal: answer.call, info: flat(parsed(answer)) };
}

export function infoNow(terminal: Terminal): PtyInfo {
  return flat(parsed(ask("pty-info", { input: { handle: terminal } })));
}

/** `ERR_INPUT_FULL` when 1 MiB waits for the program to read it: nothing was taken then. */
export function writeNow(terminal: Terminal, data: string | Uint8Array): void {
  ask("pty-write", { input: { handle: terminal }, bytes: bytesOf(data) });
}

/** The same, and waits where `writeNow` refuses. */
export async function writeAll(
  terminal: Terminal,
  bytes: Uint8Array,
  options: CallOptions,
): Promise<void> {
  await start("pty-write-all", options, { input: { handle: terminal }, bytes });
}

export function bytesOf(data: string | Uint8Array): Uint8Array {
  if (typeof data !== "string") return data;
  wellFormed(data);
  return Buffer.from(data);
}

/** What was printed since the last call, at most `max` bytes. */
export function readNow(terminal: Terminal, max?: number): Buffer {
  return piece("pty-read", { handle: terminal, max }).bytes;
}

/** All that is kept. */
export function peekNow(terminal: Terminal): Buffer {
  return piece("pty-peek", { handle: terminal }).bytes;
}

/** All that is kept, which is forgotten. */
export function drainNow(terminal: Terminal): Buffer {
  return piece("pty-drain", { handle: terminal }).bytes;
}

/** Forgets what is kept. */
export function clearNow(terminal: Terminal): void {
  ask("pty-clear", { input: { handle: terminal } });
}

export function bufferNow(terminal: Terminal): PtyBufferInfo {
  return parsed(ask("pty-buffer", { input: { handle: terminal } }));
}

export function resizeNow(terminal: Terminal, cols: number, rows: number): void {
  ask("pty-resize", { input: { handle: terminal, size: { cols, rows } } });
}

export function titleNow(terminal: Terminal, title: string): void {
  ask("pty-title", { input: { handle: terminal, title } });
}

/** Sends a signal to the program and all that came from it. */
export function killNow(terminal: Terminal, signal: string): void {
  ask("pty-signal", { input: { handle: terminal, signal } });
}

/** Hangs up and lets go: the life `deleted` says when all is gone. */
export function closeNow(terminal: Terminal): void {
  ask("pty-close", { input: { handle: terminal } });
}

/** A piece of output and how many bytes were printed before it. */
export interface Piece {
  offset: number;
  bytes: Buffer;
}

/** What is kept, with its offset. */
export function keptNow(terminal: Terminal): Piece {
  return piece("pty-peek", { handle: terminal });
}

/** What came so far; from here on `onData` gets what is printed. */
export function flowNow(terminal: Terminal, onData: (bytes: Buffer) => Promise<unknown> | undefined) {
  const before = piece("pty-flow", { handle: terminal });
  listen(terminal, ({ bytes }) => bytes && onData(bytes), false);
  return before;
}

function piece(operation: string, input: unknown): Piece {
  const answer = ask(operation, { input });
  const { offset } = parsed<{ offset: number }>(answer);
  return { offset, bytes: answer.bytes ?? Buffer.alloc(0) };
}

/** All terminals of this thread that are not deleted yet, oldest first. */
export function listNow(): PtyInfo[] {
  if (terminals === undefined) return [];
  return parsed<RawInfo[]>(ask("terminals-list", { input: { handle: terminals } })).map(flat);
}

/** Closes those that printed nothing and were given nothing for so many seconds; their ids. */
export function cleanupIdleNow(seconds: number): number[] {
  if (!(seconds >= 0)) {
    throw new IronbridgeError("ERR_INVALID_INPUT", "seconds: give a number that is 0 or more");
  }
  if (terminals === undefined) return [];
  return parsed(ask("terminals-cleanup-idle", { input: { handle: terminals, seconds } }));
}
