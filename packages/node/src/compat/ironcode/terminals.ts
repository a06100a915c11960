/** Terminals by the caller's own ids, read when they are asked. */

import {
  bufferNow,
  clearNow,
  closeNow,
  drainNow,
  infoNow,
  openNow,
  peekNow,
  readNow,
  resizeNow,
  titleNow,
  writeNow,
} from "../../pty-calls.js";

export interface TerminalInfo {
  id: string;
  pid: number;
  cwd: string;
  status: "running" | "exited";
  title: string;
  command: string;
  args: string[];
}

export interface TerminalOutput {
  /** What was printed since the last call. */
  data: Uint8Array;
  /** What the ring holds, in bytes. */
  buffered_size: number;
}

export interface BufferInfo {
  size: number;
  limit: number;
  /** Parts of 64 KiB. */
  chunks: number;
}

interface Session {
  terminal: number;
  /** Whether the caller says that it has ended. */
  marked: boolean;
  /** When it was last read, by `performance.now()`. */
  readAt: number;
}

const sessions = new Map<string, Session>();

/** Starts the user's shell in a new terminal. */
export function terminalCreateFFI(
  id: string,
  cwd: string | null,
  rows: number,
  cols: number,
): TerminalInfo {
  if (sessions.has(id)) throw new Error(`Session ${id} already exists`);
  const title = `Terminal ${id.slice(-4)}`;
  const options = { rows, cols, title, text: false, ...(cwd === null ? {} : { cwd }) };
  const { terminal } = openNow(process.env.SHELL || undefined, [], options);
  sessions.set(id, { terminal, marked: false, readAt: performance.now() });
  return terminalGetInfoFFI(id);
}

/** Whether the program gets it: `false` where there is none, or too much waits already. */
export function terminalWriteFFI(id: string, data: string): boolean {
  return succeeds(id, ({ terminal }) => writeNow(terminal, data));
}

export function terminalReadFFI(id: string): TerminalOutput {
  const session = found(id);
  const { terminal } = session;
  session.readAt = performance.now();
  return { data: bytes(readNow(terminal)), buffered_size: bufferNow(terminal).bytes };
}

export function terminalResizeFFI(id: string, rows: number, cols: number): boolean {
  return succeeds(id, ({ terminal }) => resizeNow(terminal, cols, rows));
}

/** Hangs up; the program and all that came from it end. */
export function terminalCloseFFI(id: string): boolean {
  return succeeds(id, ({ terminal }) => {
    sessions.delete(id);
    closeNow(terminal);
  });
}

export function terminalGetInfoFFI(id: string): TerminalInfo {
  const { terminal, marked } = found(id);
  const { pid, cwd, status, title, command, args } = infoNow(terminal);
  return { id, pid, cwd, status: marked ? "exited" : status, title, command, args };
}

export function terminalUpdateTitleFFI(id: string, title: string): boolean {
  return succeeds(id, ({ terminal }) => titleNow(terminal, title));
}

export function terminalCheckStatusFFI(id: string): "running" | "exited" {
  return terminalGetInfoFFI(id).status;
}

/** Whether the program has ended is known without it. */
export function terminalMarkExitedFFI(id: string): boolean {
  return succeeds(id, (session) => {
    session.marked = true;
  });
}

/** What the ring holds; it keeps it. */
export function terminalGetBufferFFI(id: string): Uint8Array {
  return bytes(peekNow(found(id).terminal));
}

/** What the ring holds; it is empty then. */
export function terminalDrainBufferFFI(id: string): Uint8Array {
  return bytes(drainNow(found(id).terminal));
}

export function terminalClearBufferFFI(id: string): boolean {
  return succeeds(id, ({ terminal }) => clearNow(terminal));
}

export function terminalGetBufferInfoFFI(id: string): BufferInfo {
  const { bytes: size, limit, parts: chunks } = bufferNow(found(id).terminal);
  return { size, limit, chunks };
}

export function terminalListFFI(): TerminalInfo[] {
  return [...sessions.keys()].map(terminalGetInfoFFI);
}

/** Closes those whose program has ended and that nobody has read for so long; gives their ids. */
export function terminalCleanupIdleFFI(timeoutSecs: number): string[] {
  const before = performance.now() - timeoutSecs * 1000;
  const isIdle = (id: string) =>
    terminalCheckStatusFFI(id) === "exited" && found(id).readAt <= before;
  return [...sessions.keys()].filter((id) => isIdle(id) && terminalCloseFFI(id));
}

function found(id: string): Session {
  const session = sessions.get(id);
  if (session === undefined) throw new Error(`Session ${id} not found`);
  return session;
}

function succeeds(id: string, work: (session: Session) => void): boolean {
  const session = sessions.get(id);
  if (session === undefined) return false;
  try {
    work(session);
    return true;
  } catch {
    return false;
  }
}

/** A plain array, as the earlier layer gives it. */
function bytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
