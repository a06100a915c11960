/** Commands, git, the machine, locks between processes. */

import type * as Types from "../types/tools.js";
import { parsed, start, tool } from "./engine.js";
import { Handle } from "./handle.js";
import { type CallOptions, split } from "./options.js";

/** What a command printed, as it comes: never cut inside a character. */
export interface ShellChunk {
  stream: "stdout" | "stderr";
  text: string;
}

export interface RunShellOptions
  extends Omit<Types.ShellInput, "command" | "timeoutMs">,
    CallOptions {
  /** Called for each chunk; while JavaScript is behind by more than 1 MiB, the command waits. What it throws ends the
   * command and rejects the promise. */
  onChunk?: (chunk: ShellChunk) => void;
}

/** Runs a command. A time-out or an abort while it runs is a result, not an error: `ended` says so, its output is kept. */
export async function runShell(
  command: string,
  options: RunShellOptions = {},
): Promise<Types.ShellOutput> {
  const { onChunk, timeoutMs, ...rest } = options;
  const [call, own] = split(rest);
  const onEvent =
    onChunk &&
    ((chunk: { json?: string; text?: string }) =>
      onChunk({ stream: parsed(chunk), text: chunk.text ?? "" }));
  const input = {
    ...own,
    command,
    ...(timeoutMs === undefined ? {} : { timeoutMs: Math.ceil(timeoutMs) }),
  };
  return parsed(await start("shell", call, onEvent ? { input, onEvent } : { input }));
}

/** Branch, commit, upstream, counts of changed files. */
export function gitInfo(
  options: Types.GitInfoInput & CallOptions = {},
): Promise<Types.GitInfoOutput> {
  return git("git-info", options);
}

/** Every changed file. */
export function gitStatus(
  options: Types.GitStatusInput & CallOptions = {},
): Promise<Types.GitStatusOutput> {
  return git("git-status", options);
}

/** Differences as text and by file. */
export function gitDiff(
  options: Types.GitDiffInput & CallOptions = {},
): Promise<Types.GitDiffOutput> {
  return git("git-diff", options);
}

/** Stages files, or all changes. */
export function gitStage(
  options: Types.GitStageInput & CallOptions,
): Promise<Types.GitStageOutput> {
  return git("git-stage", options);
}

/** Takes files out of the index again. */
export function gitUnstage(
  options: Types.GitUnstageInput & CallOptions,
): Promise<Types.GitUnstageOutput> {
  return git("git-unstage", options);
}

/** Commits what is staged; the project's hooks run. */
export function gitCommit(
  message: string,
  options: Omit<Types.GitCommitInput, "message"> & CallOptions = {},
): Promise<Types.GitCommitOutput> {
  return git("git-commit", { ...options, message });
}

/** Lists branches; creates and switches. */
export function gitBranches(
  options: Types.GitBranchesInput & CallOptions = {},
): Promise<Types.GitBranchesOutput> {
  return git("git-branches", options);
}

/** Commits, newest first. */
export function gitLog(options: Types.GitLogInput & CallOptions = {}): Promise<Types.GitLogOutput> {
  return git("git-log", options);
}

/** The worktrees of the repository, the main one first. */
export function gitWorktrees(
  options: Types.GitWorktreesInput & CallOptions = {},
): Promise<Types.GitWorktreesOutput> {
  return git("git-worktrees", options);
}

/** Checks a branch out in a folder of its own; gives all worktrees. */
export function gitAddWorktree(
  folder: string,
  options: Omit<Types.GitAddWorktreeInput, "folder"> & CallOptions = {},
): Promise<Types.GitAddWorktreeOutput> {
  return git("git-add-worktree", { ...options, folder });
}

/** Removes a worktree and its folder; gives those that are left. */
export function gitRemoveWorktree(
  folder: string,
  options: Omit<Types.GitRemoveWorktreeInput, "folder"> & CallOptions = {},
): Promise<Types.GitRemoveWorktreeOutput> {
  return git("git-remove-worktree", { ...options, folder });
}

/** This process and the machine in figures. */
export function systemStats(
  options: Types.StatsInput & CallOptions = {},
): Promise<Types.StatsOutput> {
  return git("stats", options);
}

function git<T>(name: string, options: object): Promise<T> {
  const [call, own] = split(options);
  return tool(name, call, own);
}

export interface LockOptions extends CallOptions {
  /** Wait while somebody else holds it, until `signal` or `timeoutMs`. Default: true; else `ERR_LOCKED` at once. */
  wait?: boolean;
}

/** A lock that is held until it is closed, or the end of the process. */
export class FileLock extends Handle {
  /** Whose lock was taken over, because that process has died. */
  readonly takenOver: unknown;

  /** @internal */
  constructor(call: number, takenOver: unknown) {
    super(call);
    this.takenOver = takenOver;
  }

  /** The same as `close`. */
  release(): Promise<void> {
    return this.close();
  }
}

/** Locks a path between processes, waiting while somebody else holds it. */
export async function lockFile(path: string, options: LockOptions = {}): Promise<FileLock> {
  const [call, own] = split(options);
  const answer = await start("lock-file", call, { input: { ...own, path } });
  return new FileLock(answer.call, parsed<{ takenOver: unknown }>(answer).takenOver);
}
