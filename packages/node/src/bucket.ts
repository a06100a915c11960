/** A token bucket in plain JavaScript: to the millisecond what `NativeBucket` in `crates/node/src/bucket.rs` does. */

/** Of a token, in the unit of `#level`, so that all figures are whole: the finer where the bucket is small enough. */
const PARTS = { fine: 1_000_000_000, coarse: 1_000_000 };
/** Buckets up to this are counted finely: 10⁶ × 10⁹ is still whole in a double, and so is 10⁹ × 10⁶. */
const FINE_MAX = 1_000_000;

export class Bucket {
  /** A token in parts. */
  readonly #token: number;
  readonly #full: number;
  /** What `#level` gains in a millisecond. */
  readonly #rate: number;
  /** In parts; never over 10¹⁵. */
  #level: number;
  #updated: number;

  /** It holds `capacity` (whole, up to 10⁹) and gains `refillPerSecond`; it is full at `nowMs`, which is whole. */
  constructor(capacity: number, refillPerSecond: number, nowMs = 0) {
    this.#token = capacity <= FINE_MAX ? PARTS.fine : PARTS.coarse;
    this.#full = capacity * this.#token;
    this.#rate = Math.round((refillPerSecond * this.#token) / 1000);
    this.#level = this.#full;
    this.#updated = nowMs;
  }

  /**
   * Takes `cost` at the whole millisecond `nowMs`: how many are left, or minus the milliseconds until they would be there
   * (`-Infinity`: never).
   */
  take(nowMs: number, cost = 1): number {
    this.#refill(nowMs);
    const parts = cost * this.#token;
    if (parts > this.#level) {
      if (parts > this.#full) return -Infinity;
      return -Math.ceil((parts - this.#level) / this.#rate);
    }
    this.#level -= parts;
    return this.remaining;
  }

  /** Whole tokens, as of the last {@link take}. */
  get remaining(): number {
    return Math.floor(this.#level / this.#token);
  }

  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#level === this.#full;
  }

  #refill(nowMs: number): void {
    if (nowMs <= this.#updated) return;
    // Where the product is too large to be whole, it is more than the bucket holds.
    const gained = (nowMs - this.#updated) * this.#rate;
    this.#level = Math.min(this.#full, this.#level + gained);
    this.#updated = nowMs;
  }
}
