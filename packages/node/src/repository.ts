/** A git repository that is kept open. */

import type * as Types from "../types/tools.js";
import { parsed, start } from "./engine.js";
import { Handle } from "./handle.js";
import { type CallOptions, split } from "./options.js";

/**
 * A repository whose status is kept: where nothing was done since the last question, no git runs; where files were
 * changed, git is asked for those alone. What was done before the call is in the answer. Nothing runs between two
 * questions. On other systems than Linux, and where other repositories lie in this one, each is asked anew.
 */
export class GitRepository extends Handle {
  /** That of `path`, a file or folder in it. Default: that of the working folder. */
  static async open(path?: string, options: CallOptions = {}): Promise<GitRepository> {
    const [call] = split(options);
    return new GitRepository((await start("git-open", call, { input: { path } })).call);
  }

  /** Every changed file, as `gitStatus` gives them. */
  async status(
    options: Pick<CallOptions, "signal" | "timeoutMs"> = {},
  ): Promise<Types.GitStatusOutput> {
    const input = { handle: this.handle };
    return parsed(await start("git-kept-status", options, { input }));
  }
}
