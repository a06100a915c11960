/** A read/write lock by key, for the program's own things. Plain JavaScript: what it takes is less than a crossing costs. */

import { IronbridgeError, invalidInput } from "./error.js";

/** What is locked: strings, numbers, objects; equal as in a `Map`. */
export interface KeyedLockOptions {
  /** Ends the wait: the promise is rejected with `ERR_CANCELLED`. What is held already stays so. */
  signal?: AbortSignal | undefined;
}

/** A key that is held, until `release` or the end of a `using` block. */
export class KeyedLockHold {
  /** What is held, until it is let go. */
  #entry: Entry | undefined;
  readonly #writes: boolean;

  /** @internal */
  constructor(entry: Entry, writes: boolean) {
    this.#entry = entry;
    this.#writes = writes;
    entry.holders += writes ? -1 : 1;
  }

  /** Lets go. A second time does nothing. */
  release(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    entry.holders -= this.#writes ? -1 : 1;
    if (entry.holders === 0) entry.letIn();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** One who waits; a link of a queue. */
interface Waiter {
  grant(): void;
  before: Waiter | undefined;
  after: Waiter | undefined;
}

/** First come, first served; whoever gives up leaves from the middle at no cost. */
class Queue {
  first: Waiter | undefined;
  #last: Waiter | undefined;

  add(waiter: Waiter): void {
    waiter.before = this.#last;
    if (this.#last === undefined) this.first = waiter;
    else this.#last.after = waiter;
    this.#last = waiter;
  }

  remove(waiter: Waiter): void {
    if (waiter.before === undefined) this.first = waiter.after;
    else waiter.before.after = waiter.after;
    if (waiter.after === undefined) this.#last = waiter.before;
    else waiter.after.before = waiter.before;
  }
}

/** A key that is held or waited for. */
class Entry {
  /** How many hold it to read; -1: one holds it to write. */
  holders = 0;
  readonly writers = new Queue();
  readonly readers = new Queue();

  constructor(
    readonly entries: Map<unknown, Entry>,
    readonly key: unknown,
  ) {}

  /** Lets in who may go now; a key that nobody wants is forgotten. */
  letIn(): void {
    const writer = this.writers.first;
    if (writer !== undefined) {
      if (this.holders === 0) writer.grant();
      return;
    }
    if (this.holders < 0) return;
    while (this.readers.first !== undefined) this.readers.first.grant();
    if (this.holders === 0) this.entries.delete(this.key);
  }
}

/**
 * Many may hold a key to read, or one to write. Those who wait to write go first, in the order they came; readers wait
 * while anybody waits to write. Keys that nobody holds or waits for cost nothing, and no timer runs.
 *
 * A hold is not reentrant: who holds a key and waits for the same key to write waits for ever.
 */
export class KeyedLock<Key = string> {
  readonly #entries = new Map<Key, Entry>();

  /** The number of keys that are held or waited for. */
  get size(): number {
    return this.#entries.size;
  }

  /** How a key is held now. */
  state(key: Key): "free" | "read" | "write" {
    const holders = this.#entries.get(key)?.holders ?? 0;
    return holders === 0 ? "free" : holders < 0 ? "write" : "read";
  }

  /** Waits until nobody writes or waits to write, then holds the key to read. */
  read(key: Key, options?: KeyedLockOptions): Promise<KeyedLockHold> {
    return this.#take(key, false, options?.signal);
  }

  /** Waits until nobody else holds the key, then holds it alone. */
  write(key: Key, options?: KeyedLockOptions): Promise<KeyedLockHold> {
    return this.#take(key, true, options?.signal);
  }

  /** Holds the key to read if that needs no waiting. */
  tryRead(key: Key): KeyedLockHold | undefined {
    return this.#hold(key, false);
  }

  /** Holds the key alone if that needs no waiting. */
  tryWrite(key: Key): KeyedLockHold | undefined {
    return this.#hold(key, true);
  }

  /** Does `work` while the key is held to read, and gives what it gives. */
  async withRead<T>(
    key: Key,
    work: () => T | PromiseLike<T>,
    options?: KeyedLockOptions,
  ): Promise<T> {
    const hold = await this.read(key, options);
    try {
      return await work();
    } finally {
      hold.release();
    }
  }

  /** Does `work` while the key is held alone, and gives what it gives. */
  async withWrite<T>(
    key: Key,
    work: () => T | PromiseLike<T>,
    options?: KeyedLockOptions,
  ): Promise<T> {
    const hold = await this.write(key, options);
    try {
      return await work();
    } finally {
      hold.release();
    }
  }

  #take(key: Key, writes: boolean, signal: AbortSignal | undefined): Promise<KeyedLockHold> {
    if (signal !== undefined && !(signal instanceof AbortSignal))
      return Promise.reject(invalidInput("`signal` is no AbortSignal"));
    if (signal?.aborted) return Promise.reject(cancelled(signal));
    const hold = this.#hold(key, writes);
    return hold === undefined ? this.#wait(key, writes, signal) : Promise.resolve(hold);
  }

  /** Holds the key if nobody is in the way. */
  #hold(key: Key, writes: boolean): KeyedLockHold | undefined {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = new Entry(this.#entries, key);
      this.#entries.set(key, entry);
    } else if (writes || entry.holders < 0 || entry.writers.first !== undefined) {
      return undefined;
    }
    return new KeyedLockHold(entry, writes);
  }

  #wait(key: Key, writes: boolean, signal: AbortSignal | undefined): Promise<KeyedLockHold> {
    // It is there: somebody is in the way.
    const entry = this.#entries.get(key) as Entry;
    const queue = writes ? entry.writers : entry.readers;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        queue.remove(waiter);
        // Readers may have waited for this writer alone.
        entry.letIn();
        reject(cancelled(signal));
      };
      const waiter: Waiter = {
        grant: () => {
          queue.remove(waiter);
          signal?.removeEventListener("abort", onAbort);
          resolve(new KeyedLockHold(entry, writes));
        },
        before: undefined,
        after: undefined,
      };
      queue.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}

function cancelled(signal: AbortSignal | undefined): IronbridgeError {
  return new IronbridgeError("ERR_CANCELLED", "cancelled", {}, signal?.reason);
}
