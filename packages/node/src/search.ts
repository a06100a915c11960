/** Looking through a tree once. */

import type * as Types from "../types/tools.js";
import { tool } from "./engine.js";
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
