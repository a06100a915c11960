/** The record that five of the functions give. */

export interface Output {
  title: string;
  metadata: { count: number; truncated: boolean };
  /** What a model is shown. */
  output: string;
}

/** What stands under a list that was cut. */
export const CUT = "(Results are truncated. Consider using a more specific path or pattern.)";
/** The most paths, or matching lines, that are given. */
export const RESULTS_MAX = 100;
/** The longest line that is given whole; in bytes. */
export const LINE_BYTES_MAX = 2000;

/** The beginning of a line that is too long, never cut inside a character. */
export function cutLine(line: string): string {
  const bytes = Buffer.from(line);
  if (bytes.length <= LINE_BYTES_MAX) return line;
  let end = LINE_BYTES_MAX;
  // 10xxxxxx: in the middle of a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString("utf8", 0, end)}...`;
}
