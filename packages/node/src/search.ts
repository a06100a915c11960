/** Looking through a tree, and through lists. */

import type * as Types from "../types/tools.js";
import { parsed, start, tool } from "./engine.js";
import { type CallOptions, split } from "./options.js";

/** Files whose paths match a pattern, newest first. */
export function glob(
  pattern: string,
  options: Omit<Types.GlobInput, "pattern"> & CallOptions = {},
): Promise<Types.GlobOutput> {
  const [call, own] = split(options);
  return tool("glob", call, { ...own, pattern });
}

/** Lines that match a regular expression. */
export function grep(
  pattern: string,
  options: Omit<Types.GrepInput, "pattern"> & CallOptions = {},
): Promise<Types.GrepOutput> {
  const [call, own] = split(options);
  return tool("grep", call, { ...own, pattern });
}

/** The files under a folder, at any depth. */
export function listFiles(
  path?: string,
  options: Omit<Types.ListInput, "path"> & CallOptions = {},
): Promise<Types.ListOutput> {
  const [call, own] = split(options);
  return tool("list", call, { ...own, path });
}

/** A folder as a tree, a few levels deep. */
export function listTree(
  path?: string,
  options: Omit<Types.TreeInput, "path"> & CallOptions = {},
): Promise<Types.TreeOutput> {
  const [call, own] = split(options);
  return tool("tree", call, { ...own, path });
}

export interface FuzzyMatch {
  /** The item's place in the list. */
  index: number;
  item: string;
  /** 1000 is a match without gaps at the start of a word. */
  score: number;
  /** What matched, in UTF-16 units, `end` not included. */
  ranges: { start: number; end: number }[];
}

/**
 * The items that fit a query best, best first.
 *
 * Every call carries the whole list over to Rust. Whoever asks one list twice keeps it in a `FuzzyList`; whoever looks for
 * files takes `FileIndex`, which nobody has to fill.
 */
export async function fuzzySearch(
  query: string,
  items: readonly string[],
  options: { limit?: number } & CallOptions = {},
): Promise<FuzzyMatch[]> {
  const [call, own] = split(options);
  const found = parsed<FuzzyMatch[]>(
    await start("fuzzy-search", call, { input: { ...own, query, items } }),
  );
  for (const match of found) match.item = items[match.index] ?? "";
  return found;
}
