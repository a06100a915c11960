/** This JavaScript thread's line to Python: what is asked is sent in batches, what is told goes to whom it concerns. */

import { fromFailure } from "../error.js";
import { native } from "../native.js";
import { Ask, Flag, read, Tell, type Told, Writer } from "./records.js";

/** Bytes of a reply's body are said to be taken in portions of this size. */
const PORTION_BYTES = 16 * 1024;

/** Who is told what becomes of one connection, load or close. */
export interface Listener {
  told(told: Told): void;
}

interface NativeLine {
  ask(records: Uint8Array, length: number, beside?: Uint8Array[]): void;
  keepLoopAlive(alive: boolean): void;
}

class Line {
  readonly #native: NativeLine;
  readonly #writer = new Writer();
  readonly #listeners = new Map<number, Listener>();
  #last = 0;
  #scheduled = false;

  constructor() {
    this.#native = new native.PythonLine((records, beside) =>
      read(records, beside, (told) => this.#listeners.get(told.connection)?.told(told)),
    );
    this.#native.keepLoopAlive(false);
  }

  /** A number for a new connection; the event loop stays alive until it is forgotten. */
  open(listener: Listener): number {
    do this.#last = (this.#last + 1) >>> 0;
    while (this.#listeners.has(this.#last));
    if (this.#listeners.size === 0) this.#native.keepLoopAlive(true);
    this.#listeners.set(this.#last, listener);
    return this.#last;
  }

  /** How many connections are open. */
  get size(): number {
    return this.#listeners.size;
  }

  /** Nothing of that connection concerns anybody any more. */
  forget(connection: number): void {
    if (!this.#listeners.delete(connection)) return;
    if (this.#listeners.size === 0) this.#native.keepLoopAlive(false);
  }

  /** Sends a record, with all others of this turn. */
  ask(kind: number, flags: number, connection: number, number: number, text?: string, body?: Uint8Array): void {
    this.#writer.push(kind, flags, connection, number, text, body);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#scheduled = false;
    const { bytes, length, beside } = this.#writer;
    try {
      this.#native.ask(bytes, length, beside);
    } finally {
      this.#writer.clear();
    }
  };
}

let line: Line | undefined;

/** The line of this thread; Python has to be open. */
export function theLine(): Line {
  line ??= new Line();
  return line;
}

/** Sends one question and gives its one answer. */
export function question(kind: number, number: number, options: unknown): Promise<Told> {
  const own = theLine();
  return new Promise((resolve, reject) => {
    const connection = own.open({
      told(told) {
        own.forget(connection);
        if (told.kind === Tell.Failed) reject(fromFailure(told.body.toString("utf8")));
        else resolve(told);
      },
    });
    own.ask(kind, 0, connection, number, "", Buffer.from(JSON.stringify(options)));
  });
}

/** Counts what was taken of a reply's body, and says so from time to time: the application waits for it. */
export class Taken {
  #bytes = 0;

  add(connection: number, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < PORTION_BYTES) return;
    theLine().ask(Ask.Taken, 0, connection, this.#bytes);
    this.#bytes = 0;
  }
}

/** Whether a record is the last of its connection. */
export function isLast({ kind, flags }: Told): boolean {
  if (kind === Tell.Failed || kind === Tell.File || kind === Tell.Close) return true;
  const ends = kind === Tell.Head || kind === Tell.Body || kind === Tell.Trailers;
  return ends && (flags & Flag.More) === 0;
}
