/** How long the calls of this entry take, while `PERF_MONITOR=true`. */

/** In microseconds. `p50` and `p95` are of the last 1,024 calls, the rest of all. */
export interface PerformanceStats {
  count: number;
  mean: number;
  p50: number;
  p95: number;
  max: number;
}

const CALLS_KEPT = 1024;

class Durations {
  #count = 0;
  #sum = 0;
  #max = 0;
  readonly #last = new Float64Array(CALLS_KEPT);

  add(microseconds: number): void {
    this.#last[this.#count % CALLS_KEPT] = microseconds;
    this.#count += 1;
    this.#sum += microseconds;
    this.#max = Math.max(this.#max, microseconds);
  }

  stats(): PerformanceStats {
    const sorted = this.#last.slice(0, Math.min(this.#count, CALLS_KEPT)).sort();
    // The nearest rank: the smallest figure that so many calls did not exceed.
    const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return {
      count: this.#count,
      mean: this.#sum / this.#count,
      p50: rank(0.5),
      p95: rank(0.95),
      max: this.#max,
    };
  }
}

/** One row for each function of this entry, so there are never many. */
const durations = new Map<string, Durations>();

/** Does `work`; takes down how long it took if that is wanted, of a promise until it is settled. */
export function measured<T>(name: string, work: () => T): T {
  if (process.env.PERF_MONITOR !== "true") return work();
  const began = performance.now();
  const note = () => {
    let row = durations.get(name);
    if (row === undefined) durations.set(name, (row = new Durations()));
    row.add((performance.now() - began) * 1000);
  };
  let result: T;
  try {
    result = work();
  } catch (error) {
    note();
    throw error;
  }
  if (result instanceof Promise) return result.finally(note) as T;
  note();
  return result;
}

/** What was measured so far, by the function's name; failed calls are in it. */
export function getPerformanceStats(): Record<string, PerformanceStats> {
  return Object.fromEntries([...durations].map(([name, row]) => [name, row.stats()]));
}
