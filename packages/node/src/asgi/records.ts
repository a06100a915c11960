/** What goes over the line: the other end of `crates/asgi/src/record.rs`, which has the table of their layout. */

/** What is asked of the host. */
export const Ask = {
  Load: 1,
  Close: 2,
  Request: 3,
  Connect: 4,
  Body: 5,
  Gone: 6,
  Taken: 7,
  Message: 8,
  Listen: 9,
  Unlisten: 10,
} as const;

/** What the host tells. */
export const Tell = {
  Loaded: 1,
  Closed: 2,
  Head: 3,
  Body: 4,
  Trailers: 5,
  Hints: 6,
  File: 7,
  Failed: 8,
  Taken: 9,
  Wanted: 10,
  Accept: 11,
  Message: 12,
  Close: 13,
  Listening: 14,
} as const;

export const Flag = {
  More: 1,
  Beside: 2,
  Expects: 4,
  Trailers: 8,
  Hints: 16,
  Binary: 32,
  Frames: 64,
  Forwarded: 128,
} as const;

/** Bytes of a record before its text. */
const HEAD_BYTES = 24;
/** From this size on a body lies beside the records. */
const BESIDE_BYTES = 16 * 1024;
const FIRST_BYTES = 16 * 1024;
/** A buffer that grew beyond this is not kept for the next batch. */
const KEPT_BYTES = 1024 * 1024;

/** Records on their way out, one after the other in a buffer that is used again. */
export class Writer {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #words = wordsOf(this.#buffer);
  length = 0;
  beside: Uint8Array[] = [];

  get bytes(): Uint8Array {
    return this.#buffer;
  }

  push(kind: number, flags: number, connection: number, number: number, text = "", body?: Uint8Array): void {
    const beside = body !== undefined && body.length >= BESIDE_BYTES;
    const bodyBytes = body === undefined || beside ? 0 : body.length;
    const end = this.length + HEAD_BYTES + text.length + bodyBytes;
    const next = (end + 3) & ~3;
    if (next > this.#buffer.length) this.#grow(next);
    const word = this.length >>> 2;
    const words = this.#words;
    words[word] = next - this.length;
    words[word + 1] = kind | ((beside ? flags | Flag.Beside : flags) << 8);
    words[word + 2] = connection;
    words[word + 3] = number;
    words[word + 4] = text.length;
    words[word + 5] = bodyBytes;
    const start = this.length + HEAD_BYTES;
    if (text.length > 0) this.#buffer.write(text, start, "latin1");
    if (bodyBytes > 0) this.#buffer.set(body as Uint8Array, start + text.length);
    if (beside) this.beside.push(body);
    this.length = next;
  }

  /** Begins anew; what was written must have been copied. */
  clear(): void {
    this.length = 0;
    if (this.beside.length > 0) this.beside = [];
    if (this.#buffer.length > KEPT_BYTES) this.#replace(FIRST_BYTES);
  }

  #grow(needed: number): void {
    const old = this.#buffer;
    this.#replace(Math.max(needed, old.length * 2) + 3 & ~3);
    old.copy(this.#buffer, 0, 0, this.length);
  }

  #replace(bytes: number): void {
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
    this.#words = wordsOf(this.#buffer);
  }
}

/** All platforms that have a native file are little-endian, as the records are. */
function wordsOf(buffer: Buffer): Uint32Array {
  return new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length >>> 2);
}

/** What a record told. `body` is a view that may be kept. */
export interface Told {
  kind: number;
  flags: number;
  connection: number;
  number: number;
  /** Latin-1, parts parted by NUL. */
  text: string;
  body: Buffer;
}

const EMPTY = Buffer.alloc(0);

/** Calls `each` with every record of a batch. */
export function read(records: Buffer, beside: Buffer[], each: (told: Told) => void): void {
  let at = 0;
  let taken = 0;
  while (at + HEAD_BYTES <= records.length) {
    const kind = records[at + 4] as number;
    const flags = records[at + 5] as number;
    const textEnd = at + HEAD_BYTES + records.readUInt32LE(at + 16);
    const bodyEnd = textEnd + records.readUInt32LE(at + 20);
    const text = records.toString("latin1", at + HEAD_BYTES, textEnd);
    const inside = bodyEnd > textEnd ? records.subarray(textEnd, bodyEnd) : EMPTY;
    const body = flags & Flag.Beside ? (beside[taken++] ?? EMPTY) : inside;
    const connection = records.readUInt32LE(at + 8);
    const number = records.readUInt32LE(at + 12);
    at += records.readUInt32LE(at);
    each({ kind, flags, connection, number, text, body });
  }
}
