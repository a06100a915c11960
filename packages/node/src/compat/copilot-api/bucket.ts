/** A token bucket in plain JavaScript: to the millisecond what `NativeBucket` in `crates/node/src/limiter.rs` does. */

/** A token in the unit of `#level`, and the milliseconds that the rate is counted for: all figures are whole. */
const TOKEN = 1_000_000_000;

export class Bucket {
  readonly #full: number;
  /** Tokens in `TOKEN` milliseconds: what `#level` gains in one. */
  readonly #rate: number;
  /** Never over 10¹⁵, so that it stays whole. */
  #level: number;
  #updated: number | undefined;

  constructor(capacity: number, refillPerSecond: number) {
    this.#full = capacity * TOKEN;
    this.#rate = Math.round((refillPerSecond * TOKEN) / 1000);
    this.#level = this.#full;
  }

  /** Takes one at `nowMs`: how many are left, or minus the whole milliseconds until there is one. */
  take(nowMs: number): number {
    this.#updated ??= nowMs;
    if (nowMs > this.#updated) {
      // Where the product is too large to be whole, it is more than the bucket holds.
      const gained = (nowMs - this.#updated) * this.#rate;
      this.#level = Math.min(this.#full, this.#level + gained);
      this.#updated = nowMs;
    }
    if (this.#level < TOKEN) return -Math.ceil((TOKEN - this.#level) / this.#rate);
    this.#level -= TOKEN;
    return Math.floor(this.#level / TOKEN);
  }
}
