/** Options that all functions share. */

import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import { IronbridgeError, invalidInput } from "./error.js";

/** Where a call works and until when. */
export interface CallOptions {
  /** The folder relative paths start from. Default: `process.cwd()`. */
  cwd?: string;
  /** The folder that may not be left, from `cwd`; relative paths then start here. Default: a path may lead anywhere. */
  root?: string;
  /** Stops the call. The promise is rejected with `ERR_CANCELLED` once nothing of it happens any more. */
  signal?: AbortSignal;
  /** How long the call may take, in milliseconds; then `ERR_DEADLINE`, or what there is so far where the function says so. */
  timeoutMs?: number;
  /** Where snapshots, whole outputs of commands and the like are kept. Default: the platform's data folder. */
  state?: string;
  /** Other bounds than those of `docs/reference/tools.md`: `{read: {lines: 100}}`. */
  limits?: Record<string, Record<string, number>>;
  /** `"always"`: every command runs in a sandbox that writes only below `root` (or `cwd`) and reaches no network, whatever
   * its own options say. Default: `"asAsked"`, where `runShell` is given `sandbox`. */
  confine?: "asAsked" | "always";
  /** Whether what the call changes is copied for the newest {@link Snapshot} first. Default: once the project has one. */
  snapshots?: boolean;
}

const OWN = [
  "cwd",
  "root",
  "signal",
  "timeoutMs",
  "state",
  "limits",
  "confine",
  "snapshots",
] as const satisfies readonly (keyof CallOptions)[];

/** The options of the call, and those of the tool. */
export function split<T extends CallOptions>(
  options: T | undefined,
): [CallOptions, Omit<T, keyof CallOptions>] {
  const call: Record<string, unknown> = {};
  const rest: Record<string, unknown> = { ...options };
  for (const name of OWN) {
    if (rest[name] !== undefined) call[name] = rest[name];
    delete rest[name];
  }
  return [call as CallOptions, rest as Omit<T, keyof CallOptions>];
}

/** The last place, and its text: a program mostly works in one. */
let last = { cwd: "", root: "" as string | undefined, state: "", text: "" };

/** The place of a call as JSON text: `crates/node/src/place.rs`. */
export function placeOf(options: CallOptions): string {
  const { root, limits, confine, snapshots } = options;
  const cwd = absolute(options.cwd);
  const state = options.state ?? stateFolder();
  if (limits !== undefined || confine !== undefined || snapshots !== undefined)
    return JSON.stringify({ cwd, root, state, limits, confine, snapshots });
  if (last.cwd !== cwd || last.root !== root || last.state !== state)
    last = { cwd, root, state, text: JSON.stringify({ cwd, root, state }) };
  return last.text;
}

function absolute(cwd = "."): string {
  if (typeof cwd !== "string") throw invalidInput(`\`cwd\` is no string but ${typeof cwd}`);
  try {
    // Asked for, since Bun's `resolve` does without a folder that is gone.
    return isAbsolute(cwd) ? resolve(cwd) : resolve(process.cwd(), cwd);
  } catch (error) {
    // Somebody has deleted it, and no path leads back.
    const message = "the current folder is gone; give `cwd`, or go to another with process.chdir";
    throw new IronbridgeError("ERR_NO_CURRENT_FOLDER", message, {}, error);
  }
}

/** Not the system's folder for temporary files: it is shared with others and swept. */
function stateFolder(): string {
  const { env, platform } = process;
  if (env.IRONBRIDGE_HOME) return below(env.IRONBRIDGE_HOME, "tools");
  if (platform === "win32")
    return below(env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "ironbridge/tools");
  if (platform === "darwin")
    return below(homedir(), "Library/Application Support/ironbridge/tools");
  const { XDG_DATA_HOME } = env;
  if (XDG_DATA_HOME) return below(XDG_DATA_HOME, "ironbridge/tools");
  return below(homedir(), ".local/share/ironbridge/tools");
}

let joined = { base: "", names: "", path: "" };

/** Joined, once: it is the same one from call to call. */
function below(base: string, names: string): string {
  if (joined.base !== base || joined.names !== names)
    joined = { base, names, path: join(base, names) };
  return joined.path;
}
