// Token buckets by key, as one writes them in JavaScript.
export class Buckets {
  #buckets = new Map();
  #capacity;
  #perMillisecond;

  constructor({ capacity, refillPerSecond }) {
    this.#capacity = capacity;
    this.#perMillisecond = refillPerSecond / 1000;
  }

  check(key, cost = 1) {
    const now = performance.now();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = { held: this.#capacity, at: now };
      this.#buckets.set(key, bucket);
    }
    bucket.held = Math.min(this.#capacity, bucket.held + (now - bucket.at) * this.#perMillisecond);
    bucket.at = now;
    const allowed = bucket.held >= cost;
    if (allowed) bucket.held -= cost;
    const retryAfterMs = allowed ? 0 : (cost - bucket.held) / this.#perMillisecond;
    return { allowed, remaining: bucket.held, retryAfterMs };
  }
}
