/** Looking through a tree once. */

import type * as Types from "../types/tools.js";
import { start, tool } from "./engine.js";
import type { Answer } from "./native.js";
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

/** The files under a folder, at any depth. {@link listPaths} is quicker where only the paths are wanted. */
export function listFiles(
  path?: string,
  options: Omit<Types.ListInput, "path"> & CallOptions = {},
): Promise<Types.ListOutput> {
  const [call, own] = split(options);
  return tool("list", call, { ...own, path });
}

/** What {@link listPaths} takes. */
export interface ListPathsOptions
  extends Omit<Types.ListInput, "path" | "details" | "order">,
    CallOptions {
  /** `none` is as they come, and quickest. Default: `path`. */
  order?: "none" | "path" | "newest";
}

/** The paths under a folder, from there, at any depth: only the paths, which cross as one text. */
export async function listPaths(
  path?: string,
  options: ListPathsOptions = {},
): Promise<string[]> {
  const [call, own] = split(options);
  return pathsOf(await start("list-paths", call, { input: pathsInput({ ...own, path }) }));
}

/** @internal As `crates/node/src/paths.rs` takes it. */
export function pathsInput(options: ListPathsOptions & { path?: string | undefined }): unknown {
  const { order, ...list } = options;
  return { order, list };
}

/** @internal */
export function pathsOf({ text }: Answer): string[] {
  return text ? text.split("\0") : [];
}

/** A folder as a tree, a few levels deep. */
export function listTree(
  path?: string,
  options: Omit<Types.TreeInput, "path"> & CallOptions = {},
): Promise<Types.TreeOutput> {
  const [call, own] = split(options);
  return tool("tree", call, { ...own, path });
}
