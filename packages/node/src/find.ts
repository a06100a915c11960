/** Fuzzy search: in files by an index that stays, in lists. */

import type * as Types from "../types/tools.js";
import { ask, parsed, start } from "./engine.js";
import { Handle } from "./handle.js";
import { type CallOptions, split } from "./options.js";
import { type ListPathsOptions, pathsInput, pathsOf } from "./search.js";

/** UTF-16 units from 0, `end` not included. */
export interface MatchedRange {
  start: number;
  end: number;
}

export interface FileMatch {
  /** Relative to the root, with `/` between its parts. */
  path: string;
  folder: boolean;
  /** 1000 is a match without gaps at the start of a word, up to 1500 the more of the name it is. */
  score: number;
  ranges: MatchedRange[];
}

export interface FileIndexOptions extends CallOptions {
  /** Names that begin with a dot, too. Default: true. */
  hidden?: boolean;
  /** What rules of ignored files name is left out. Default: true. */
  respectIgnore?: boolean;
  /** Changes are followed. Default: true. */
  watch?: boolean;
}

export interface FileIndexFigures {
  entries: number;
  pathBytes: number;
  memoryBytes: number;
  /** Folders that could not be read. */
  unreadable: number;
  /** There are more than 4 GiB of paths; the rest is left out. */
  full: boolean;
  /** Why changes are not followed, or not all of them. */
  watchProblem: string | null;
}

/** What stops a call of something that is open. */
export type StopOptions = Pick<CallOptions, "signal" | "timeoutMs">;

/** What {@link FileIndex.list} takes; what is hidden or ignored was said when the index was opened. */
export type IndexListOptions = StopOptions &
  Pick<ListPathsOptions, "globs" | "depth" | "folders" | "order" | "limit"> & {
    /** The folder, from the index's root. Default: the root. */
    path?: string;
  };

/** What {@link FileIndex.grep} takes. */
export type IndexGrepOptions = StopOptions &
  Omit<Types.GrepInput, "pattern" | "hidden" | "respectIgnore" | "countIgnored">;

/** What {@link FileIndex.search} and lists take. */
export interface SearchOptions extends StopOptions {
  /** Default: 20. */
  limit?: number;
}

/** All paths of a tree, kept in Rust and current: only the query goes in, only the best matches come out. */
export class FileIndex extends Handle {
  /**
   * Opens the tree at `path`. Does not wait for the walk: what it has found so far can be asked. A folder that is ignored
   * itself (`dist`, `node_modules`) is held whole, as every walk of it finds all: whoever names it asks for what is in it.
   */
  static async open(path: string, options: FileIndexOptions = {}): Promise<FileIndex> {
    const [call, own] = split(options);
    const answer = await start("index-open", call, { input: { ...own, path } });
    return new FileIndex(answer.call);
  }

  /** Waits until the first walk is over. */
  async ready(options: StopOptions = {}): Promise<FileIndexFigures> {
    return parsed(await start("index-ready", options, { input: { handle: this.handle } }));
  }

  /** The best matches of what is in the index by now, best first; for an empty query the first. */
  async search(query: string, options: SearchOptions = {}): Promise<FileMatch[]> {
    const [call, { limit }] = split(options);
    const input = { handle: this.handle, query, limit };
    return parsed(await start("index-search", call, { input, placeless: true }));
  }

  /**
   * Somebody who types: each of his queries looks only at what the one before left over, whatever others ask. It answers
   * as {@link FileIndex.search} does, also when the index is closed before it.
   */
  async session(): Promise<FindSession> {
    return new FindSession((await start("index-session", {}, { input: { handle: this.handle } })).call);
  }

  /**
   * The files, as {@link listPaths} gives them, without a walk. What was done before the call is in the answer.
   */
  async list(options: IndexListOptions = {}): Promise<string[]> {
    const [call, own] = split(options);
    const input = { handle: this.handle, input: pathsInput(own) };
    return pathsOf(await start("index-list", call, { input, placeless: true }));
  }

  /** Lines that match, as {@link grep} gives them, without a walk; ignored files are not counted. */
  async grep(pattern: string, options: IndexGrepOptions = {}): Promise<Types.GrepOutput> {
    const [call, own] = split(options);
    const input = { handle: this.handle, input: { ...own, pattern } };
    return parsed(await start("index-grep", call, { input, placeless: true }));
  }
}

/** One caller's queries of a {@link FileIndex}. */
export class FindSession extends Handle {
  /** The best matches, best first; for an empty query the first. */
  async search(query: string, options: SearchOptions = {}): Promise<FileMatch[]> {
    const [call, { limit }] = split(options);
    const input = { handle: this.handle, query, limit };
    return parsed(await start("session-search", call, { input, placeless: true }));
  }
}

export interface FoundFiles {
  /** Best first; paths as other functions take them. */
  matches: FileMatch[];
  /** Files and folders that were looked at. */
  entries: number;
  /** All of the tree was seen; `false`: the time was up before. */
  complete: boolean;
}

/** Files and folders that fit a query best, by a walk. Whoever asks twice keeps a {@link FileIndex}. */
export async function findFiles(
  query: string,
  options: Omit<Types.FindInput, "query"> & CallOptions = {},
): Promise<FoundFiles> {
  const [call, own] = split(options);
  return parsed(await start("find", call, { input: { ...own, query } }));
}

export interface FuzzyMatch {
  /** The item's place in the list. */
  index: number;
  item: string;
  /** 1000 is a match without gaps at the start of a word. */
  score: number;
  ranges: MatchedRange[];
}

/**
 * The items that fit a query best, best first.
 *
 * Every call carries the whole list over to Rust. Whoever asks one list twice keeps it in a {@link FuzzyList}; whoever looks
 * for files takes {@link FileIndex}, which nobody has to fill.
 */
export async function fuzzySearch(
  query: string,
  items: readonly string[],
  options: SearchOptions = {},
): Promise<FuzzyMatch[]> {
  const [call, { limit }] = split(options);
  return parsed(await start("fuzzy-search", call, { input: { query, items, limit } }));
}

/** Lists up to this are searched on JavaScript's thread: there and back by another would take longer than the search. */
const AT_ONCE_MAX = 2000;

/** A list that is kept in Rust. Queries that continue one another look only at what the one before left over. */
export class FuzzyList extends Handle {
  #length = 0;

  static async of(items: readonly string[], options: CallOptions = {}): Promise<FuzzyList> {
    const [call] = split(options);
    const kept = await start("list-keep", call, { input: { items }, placeless: true });
    const list = new FuzzyList(kept.call);
    list.#length = items.length;
    return list;
  }

  /** As {@link fuzzySearch}. */
  async search(query: string, options: SearchOptions = {}): Promise<FuzzyMatch[]> {
    const input = { handle: this.handle, query, limit: options.limit };
    // An aborted signal is the engine's to tell.
    if (this.#length <= AT_ONCE_MAX && !options.signal?.aborted)
      return parsed(ask("list-search", { input }));
    return parsed(await start("list-search", options, { input, placeless: true }));
  }

  /** Takes other items for all there are. */
  async replace(items: readonly string[]): Promise<void> {
    const input = { handle: this.handle, items };
    // While it is on its way, either list may be the one that is asked.
    this.#length = Math.max(this.#length, items.length);
    await start("list-replace", {}, { input, placeless: true });
    this.#length = items.length;
  }
}
