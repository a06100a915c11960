/** Fuzzy search over a list. The earlier layer has five names for it; here there is one matcher behind all. */

import type { FuzzyMatch } from "../../find.js";
import { now } from "./now.js";

/** The items that fit the query, best first; all of them without a limit. An empty query gives the first. */
export function fuzzySearchFFI(query: string, items: string[], limit?: number): string[] {
  const most = limit === undefined || limit < 0 ? items.length : limit;
  if (query === "") return items.slice(0, most);
  return now<FuzzyMatch[]>("fuzzy-search", { query, items, limit: most }).map(({ item }) => item);
}

export {
  fuzzySearchFFI as fuzzySearchNucleo,
  fuzzySearchFFI as fuzzySearchNucleoFFI,
  fuzzySearchFFI as fuzzySearchRawFFI,
  fuzzySearchFFI as fuzzySearchSkim,
  fuzzySearchFFI as fuzzySearchSkimFFI,
  fuzzySearchFFI as fuzzySearchSublime,
  fuzzySearchFFI as fuzzySearchSublimeFFI,
};
