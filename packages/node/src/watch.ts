/** Changes in a tree, told as they happen. */

import type { Change } from "../types/tools.js";
import { listen, parsed, start, unlisten } from "./engine.js";
import { Handle } from "./handle.js";
import { type CallOptions, split } from "./options.js";

export interface WatchOptions extends CallOptions {
  /** Names that begin with a dot, too. Default: true. */
  hidden?: boolean;
  /** What rules of ignored files name is left out. Default: true. */
  respectIgnore?: boolean;
  /** With more folders than may be watched: as many as may be, told by a change of kind `limit`. Default: an error. */
  partial?: boolean;
  /** Whether the program stays alive while it watches. Default: true. */
  persistent?: boolean;
}

/** Something that watches until it is closed. */
export class Watcher extends Handle {
  readonly #call: number;

  /** @internal */
  constructor(call: number) {
    super(call);
    this.#call = call;
  }

  override async close(): Promise<void> {
    unlisten(this.#call);
    await super.close();
  }
}

/** Watches a folder or file. When the promise is fulfilled, every change from now on is told. */
export async function watch(
  path: string,
  onChanges: (changes: Change[]) => void,
  options: WatchOptions = {},
): Promise<Watcher> {
  const { persistent = true, ...rest } = options;
  const [call, own] = split(rest);
  const answer = await start("watch-start", call, {
    input: { ...own, path },
    onReady: (number) => listen(number, (event) => onChanges(parsed(event)), persistent),
  });
  return new Watcher(answer.call);
}
