// The same random choices on every run.

/** Choices from a seed: numbers, items of lists, texts of pieces. */
export function choices(seed) {
  let state = seed >>> 0;
  const below = (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const of = (list) => list[below(list.length)];
  const several = (count, make) => Array.from({ length: below(count + 1) }, make);
  return { below, of, several, text: (pieces, count) => several(count, () => of(pieces)).join("") };
}
