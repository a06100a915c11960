/** Rate limits by key: token buckets that are dropped when nobody has asked for an hour. */

import { Bucket } from "../../bucket.js";
import { IronbridgeError, invalidInput } from "../../error.js";
import { core, isWanted } from "./core.js";
import { measured } from "./performance.js";

export interface RateLimit {
  /** What a full bucket holds: a whole number from 1 to 1,000,000. */
  capacity: number;
  /** What it gains: from 0.000001 to 1,000,000. */
  refillPerSecond: number;
}

export interface RateLimitCheck {
  allowed: boolean;
  /** What is left afterwards, whole. */
  remaining: number;
  /** When to come again, in whole milliseconds; 0 when allowed. */
  retryAfterMs: number;
}

export interface RateLimitStats {
  /** Keys that were asked for within the last hour. */
  activeLimiters: number;
}

const IDLE_MS_MAX = 60 * 60 * 1000;
const KEYS_MAX = 100_000;
const CAPACITY_MAX = 1_000_000;
const REFILL_MIN = 0.000_001;
const REFILL_MAX = 1_000_000;
/** What the earlier native layer lets through at once where nobody says. */
const BURST = 5;
/** A key asked for again within this time keeps its place in the order: moving it costs as much as the check. */
const ORDER_MS = 1000;

/** @internal The clock of the limits, in whole milliseconds; a test puts another `now` in. */
export const clock = { now: () => Math.floor(performance.now()) };

interface Limiter {
  limit: RateLimit;
  native: boolean;
  bucket: { take(nowMs: number): number };
  touched: number;
}

/** In the order in which they were last asked for, the longest ago first. */
const limiters = new Map<string, Limiter>();

/**
 * Takes one from the bucket of `key`, which is made full when it is first asked for. Other numbers for the same key begin
 * another full bucket.
 */
export function checkRateLimit(key: string, limit: RateLimit): RateLimitCheck;
/** The earlier form: one more each `intervalSeconds`, at most `burst` at once. */
export function checkRateLimit(key: string, intervalSeconds: number, burst?: number): boolean;
export function checkRateLimit(
  key: string,
  limit: RateLimit | number,
  burst = BURST,
): RateLimitCheck | boolean {
  return measured("checkRateLimit", () =>
    typeof limit === "number"
      ? check(key, { capacity: burst, refillPerSecond: 1 / limit }).allowed
      : check(key, limit),
  );
}

/** How many limiters there are. */
export function getRateLimitStats(): RateLimitStats {
  return measured("getRateLimitStats", () => {
    dropIdle(clock.now());
    return { activeLimiters: limiters.size };
  });
}

/** Forgets what `key` has used; whether there was anything to forget. */
export function resetRateLimit(key: string): boolean {
  return measured("resetRateLimit", () => limiters.delete(key));
}

function check(key: string, limit: RateLimit): RateLimitCheck {
  if (typeof key !== "string") throw invalidInput("a key is a string");
  if (typeof limit !== "object" || limit === null)
    throw invalidInput("a limit is {capacity, refillPerSecond}, or a number of seconds");
  const now = clock.now();
  const taken = limiter(key, limit, now).bucket.take(now);
  if (taken < 0) return { allowed: false, remaining: 0, retryAfterMs: -taken };
  return { allowed: true, remaining: taken, retryAfterMs: 0 };
}

function limiter(key: string, limit: RateLimit, now: number): Limiter {
  const native = isWanted("USE_RUST_RATE_LIMIT") && core() !== null;
  const known = limiters.get(key);
  const fits = known?.native === native && isSame(known.limit, limit);
  if (known !== undefined && fits && now - known.touched < ORDER_MS) return known;
  dropIdle(now);
  const kept = fits ? limiters.get(key) : undefined;
  const made = kept ?? { limit: { ...limit }, native, bucket: bucket(limit, native, now), touched: now };
  made.touched = now;
  limiters.delete(key);
  if (limiters.size >= KEYS_MAX) {
    const message = `${KEYS_MAX} keys are limited at the moment; reset some`;
    throw new IronbridgeError("ERR_TOO_MANY_KEYS", message);
  }
  limiters.set(key, made);
  return made;
}

function isSame(one: RateLimit, other: RateLimit): boolean {
  return one.capacity === other.capacity && one.refillPerSecond === other.refillPerSecond;
}

function bucket(
  { capacity, refillPerSecond }: RateLimit,
  native: boolean,
  now: number,
): Limiter["bucket"] {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > CAPACITY_MAX)
    throw invalidInput(`capacity is a whole number from 1 to ${CAPACITY_MAX}, not ${capacity}`);
  if (!(refillPerSecond >= REFILL_MIN && refillPerSecond <= REFILL_MAX))
    throw invalidInput(`refillPerSecond is from ${REFILL_MIN} to ${REFILL_MAX}, not ${refillPerSecond}`);
  const Native = native ? core()?.NativeBucket : undefined;
  return Native ? new Native(capacity, refillPerSecond) : new Bucket(capacity, refillPerSecond, now);
}

function dropIdle(now: number): void {
  for (const [key, { touched }] of limiters) {
    if (now - touched <= IDLE_MS_MAX) return;
    limiters.delete(key);
  }
}
