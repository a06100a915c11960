/** Keyed locks by ticket, many readers or one writer: polled, as the earlier layer has them. `KeyedLock` is not. */

export interface LockAcquireResult {
  ticket: number;
  /** Whether it is held; else the ticket waits. */
  acquired: boolean;
}

export interface LockStats {
  total_locks: number;
  active_readers: number;
  active_writers: number;
  waiting_readers: number;
  waiting_writers: number;
}

interface Lock {
  readers: number;
  writer: boolean;
  waitingReaders: number[];
  waitingWriters: number[];
  nextTicket: number;
}

type Kind = "read" | "write";

/** Those that somebody holds or waits for. */
const locks = new Map<string, Lock>();

export function lockAcquireReadFFI(key: string): LockAcquireResult {
  return acquire(key, "read");
}

/** Readers that come after a waiting writer wait, too. */
export function lockAcquireWriteFFI(key: string): LockAcquireResult {
  return acquire(key, "write");
}

/** Whether the ticket's turn has come, or is over. */
export function lockCheckReadFFI(key: string, ticket: number): boolean {
  return isTurn(key, "read", ticket);
}

export function lockCheckWriteFFI(key: string, ticket: number): boolean {
  return isTurn(key, "write", ticket);
}

/** Takes the lock for a ticket whose turn has come. */
export function lockFinalizeReadFFI(key: string, ticket: number): void {
  finalize(key, "read", ticket);
}

export function lockFinalizeWriteFFI(key: string, ticket: number): void {
  finalize(key, "write", ticket);
}

export function lockReleaseReadFFI(key: string): void {
  release(key, (lock) => {
    lock.readers = Math.max(0, lock.readers - 1);
  });
}

export function lockReleaseWriteFFI(key: string): void {
  release(key, (lock) => {
    lock.writer = false;
  });
}

export function lockGetStatsFFI(): LockStats {
  const all = [...locks.values()];
  const sum = (count: (lock: Lock) => number) => all.reduce((total, lock) => total + count(lock), 0);
  return {
    total_locks: all.length,
    active_readers: sum((lock) => lock.readers),
    active_writers: sum((lock) => Number(lock.writer)),
    waiting_readers: sum((lock) => lock.waitingReaders.length),
    waiting_writers: sum((lock) => lock.waitingWriters.length),
  };
}

function acquire(key: string, kind: Kind): LockAcquireResult {
  const fresh = { readers: 0, writer: false, waitingReaders: [], waitingWriters: [], nextTicket: 0 };
  const lock: Lock = locks.get(key) ?? fresh;
  locks.set(key, lock);
  const ticket = lock.nextTicket++;
  const acquired = isFree(lock, kind);
  if (acquired) hold(lock, kind);
  else waiting(lock, kind).push(ticket);
  return { ticket, acquired };
}

function waiting(lock: Lock, kind: Kind): number[] {
  return kind === "read" ? lock.waitingReaders : lock.waitingWriters;
}

function isFree(lock: Lock, kind: Kind): boolean {
  if (lock.writer) return false;
  return kind === "read" ? lock.waitingWriters.length === 0 : lock.readers === 0;
}

function hold(lock: Lock, kind: Kind): void {
  if (kind === "read") lock.readers += 1;
  else lock.writer = true;
}

function isTurn(key: string, kind: Kind, ticket: number): boolean {
  const lock = locks.get(key);
  if (lock === undefined) return false;
  const queue = waiting(lock, kind);
  return !queue.includes(ticket) || (queue[0] === ticket && isFree(lock, kind));
}

function finalize(key: string, kind: Kind, ticket: number): void {
  const lock = locks.get(key);
  const place = lock === undefined ? -1 : waiting(lock, kind).indexOf(ticket);
  // Not in the queue: it has the lock already.
  if (lock === undefined || place === -1) return;
  if (!isTurn(key, kind, ticket)) throw new Error(`lock ${key}: it is not the turn of ticket ${ticket}`);
  waiting(lock, kind).splice(place, 1);
  hold(lock, kind);
}

function release(key: string, change: (lock: Lock) => void): void {
  const lock = locks.get(key);
  if (lock === undefined) return;
  change(lock);
  const { readers, writer, waitingReaders, waitingWriters } = lock;
  if (readers === 0 && !writer && waitingReaders.length === 0 && waitingWriters.length === 0)
    locks.delete(key);
}
