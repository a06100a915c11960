// What a row of the table is made of: cases with their figures, and what they were to reach.

const names = {
  p50_us: "",
  p95_us: " at p95",
  cpu_us: "’s processor time",
  memory_bytes: "’s memory",
};

/** At least so many times as good as a peer: its figure divided by ours. */
export function atLeast(times, peer, figure = "p50_us", wanted = undefined) {
  return ({ contenders }) => {
    const theirs = contenders[peer]?.[figure];
    if (theirs === undefined) return undefined;
    const reached = theirs / contenders.ironbridge[figure];
    const shown = wanted ?? `≥ ${times} × ${peer}${names[figure]}`;
    return { wanted: shown, reached: `${rounded(reached)} ×`, met: reached >= times };
  };
}

/** No more than so many times what a peer takes. */
export function atMost(times, peer, figure = "p50_us") {
  return ({ contenders }) => {
    const theirs = contenders[peer]?.[figure];
    if (theirs === undefined) return undefined;
    const reached = contenders.ironbridge[figure] / theirs;
    const wanted = `≤ ${times} × ${peer}${names[figure]}`;
    return { wanted, reached: `${rounded(reached)} ×`, met: reached <= times };
  };
}

/** No longer than so many milliseconds: also the earlier project's absolute targets. */
export function within(milliseconds, whose = "") {
  return ({ contenders }) => {
    const reached = contenders.ironbridge.p50_us / 1000;
    const wanted = `≤ ${milliseconds} ms${whose && ` (${whose})`}`;
    return { wanted, reached: `${rounded(reached)} ms`, met: reached <= milliseconds };
  };
}

export const earlier = (milliseconds) => within(milliseconds, "earlier project");

export function perSecond(times) {
  return ({ contenders }) => {
    const reached = 1e6 / contenders.ironbridge.p50_us;
    const wanted = `≥ ${times.toLocaleString("en")}/s`;
    return {
      wanted,
      reached: `${Math.round(reached).toLocaleString("en")}/s`,
      met: reached >= times,
    };
  };
}

/** Something that holds or not. */
export function holds(wanted, met, reached = met ? "yes" : "no") {
  return () => ({ wanted, reached, met });
}

/** A number with three digits that mean something. */
export function rounded(value) {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}

/** The cases of one row, as they come. */
export class Row {
  cases = [];

  /**
   * @param name what is done
   * @param contenders by name, ours is `ironbridge`
   * @param today whom a JavaScript program uses now, for the mean; none: the case does not count
   * @param reach functions of this module
   * @param rust the bench of `crates/tools` that does the same without crossing
   */
  add(name, contenders, { today, reach = [], rust, note } = {}) {
    const found = { name, contenders, today, rust, note };
    found.reaches = reach.map((judge) => judge(found)).filter((judged) => judged !== undefined);
    this.cases.push(found);
  }
}
