import { diffLines } from "diff";

export interface Line {
  sign: " " | "+" | "-";
  text: string;
}

/** The most characters of each side that are compared; what is longer is cut before. */
const COMPARED_MAX = 200_000;

/** Unchanged lines that stay round a change. */
const CONTEXT = 3;

/** What changed between two texts, line by line, with a few of those around it. */
export function lines(before: string, after: string): Line[] {
  const parts = diffLines(before.slice(0, COMPARED_MAX), after.slice(0, COMPARED_MAX));
  return parts.flatMap((part, index): Line[] => {
    const all = part.value.replace(/\n$/, "").split("\n");
    if (part.added || part.removed) return all.map((text) => ({ sign: part.added ? "+" : "-", text }));
    const [head, tail] = [index > 0 ? CONTEXT : 0, index < parts.length - 1 ? CONTEXT : 0];
    if (all.length <= head + tail + 1) return all.map((text) => ({ sign: " ", text }));
    const left = all.length - head - tail;
    return [...all.slice(0, head), `⋯ ${left} lines`, ...(tail > 0 ? all.slice(-tail) : [])].map((text) => ({ sign: " ", text }));
  });
}
