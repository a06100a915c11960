/** Rate limits by key, in plain JavaScript: a crossing to Rust costs more than the check. */

import { Bucket } from "./bucket.js";
import { IronbridgeError, invalidInput } from "./error.js";

export interface LimiterOptions {
  /** What a full bucket holds: a whole number from 1 to 1,000,000,000. */
  capacity: number;
  /** What it gains: from 0.001 to 1,000,000,000. */
  refillPerSecond: number;
}

export interface LimitCheck {
  allowed: boolean;
  /** What is left afterwards, whole. */
  remaining: number;
  /** In whole milliseconds: 0 when allowed; `Infinity` when the cost is over the capacity. */
  retryAfterMs: number;
}

const CAPACITY_MAX = 1_000_000_000;
const REFILL_MIN = 0.001;
const REFILL_MAX = 1_000_000_000;
/** The most keys of one limiter. Full buckets are forgotten first: a new one would be the same. */
const KEYS_MAX = 100_000;

/** Token buckets by key: at most 100,000 that are not full. */
export class RateLimiter {
  readonly #capacity: number;
  readonly #refillPerSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor({ capacity, refillPerSecond }: LimiterOptions) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > CAPACITY_MAX)
      throw invalidInput(`capacity is a whole number from 1 to ${CAPACITY_MAX}, not ${capacity}`);
    if (!(refillPerSecond >= REFILL_MIN && refillPerSecond <= REFILL_MAX))
      throw invalidInput(`refillPerSecond is from ${REFILL_MIN} to ${REFILL_MAX}, not ${refillPerSecond}`);
    this.#capacity = capacity;
    this.#refillPerSecond = refillPerSecond;
  }

  /** Takes `cost` (a whole number under 2³²) if it is there. */
  check(key = "", cost = 1): LimitCheck {
    if (typeof key !== "string") throw invalidInput(`a key is a string, not ${typeof key}`);
    if (cost >>> 0 !== cost) throw invalidInput(`cost is no whole number under 2³²: ${cost}`);
    const now = Math.floor(performance.now());
    const bucket = this.#buckets.get(key) ?? this.#begin(key, now);
    const left = bucket.take(now, cost);
    if (left < 0) return { allowed: false, remaining: bucket.remaining, retryAfterMs: -left };
    return { allowed: true, remaining: left, retryAfterMs: 0 };
  }

  /** Fills the bucket of `key`; without a key, all. */
  reset(key?: string): void {
    if (key === undefined) this.#buckets.clear();
    else this.#buckets.delete(key);
  }

  #begin(key: string, now: number): Bucket {
    if (this.#buckets.size >= KEYS_MAX) this.#forgetFull(now);
    const bucket = new Bucket(this.#capacity, this.#refillPerSecond, now);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #forgetFull(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
    if (this.#buckets.size < KEYS_MAX) return;
    const message = `${KEYS_MAX} keys are limited at the moment; reset some`;
    throw new IronbridgeError("ERR_TOO_MANY_KEYS", message);
  }
}
