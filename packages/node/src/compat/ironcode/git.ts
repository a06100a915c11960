/** Git, through the `git` program. */

import type * as Types from "../../../types/tools.js";
import { IronbridgeError } from "../../error.js";
import { now } from "./now.js";

/** Counts that are 0 are left out. */
export interface VcsInfo {
  /** Of a commit without a branch, the first 7 characters of its hash. */
  branch: string;
  added?: number;
  modified?: number;
  deleted?: number;
}

export interface GitFileStatus {
  path: string;
  status: "added" | "modified" | "deleted" | "untracked";
  staged: boolean;
}

export interface GitStatus {
  branch: string;
  files: GitFileStatus[];
}

export interface GitBranchInfo {
  name: string;
  is_head: boolean;
}

export interface GitCommitResult {
  success: boolean;
  commit?: string;
}

/** `null`: there is no repository. An untracked folder counts once. */
export function getVcsInfoFFI(cwd = "."): VcsInfo | null {
  const found = statusOf(cwd, "folders");
  if (found === null) return null;
  const { counts } = found;
  const added = counts.added + counts.untracked;
  return {
    branch: branchOf(found),
    ...(added > 0 ? { added } : {}),
    ...(counts.modified > 0 ? { modified: counts.modified } : {}),
    ...(counts.deleted > 0 ? { deleted: counts.deleted } : {}),
  };
}

/** A file that is staged and changed again has two rows. `null`: there is no repository. */
export function gitStatusDetailedFFI(cwd = "."): GitStatus | null {
  const found = statusOf(cwd, "all");
  if (found === null) return null;
  return { branch: branchOf(found), files: found.files.flatMap(rowsOf) };
}

/** Stages these files; without any, all changes. */
export function gitStageFilesFFI(cwd: string, paths: string[] = []): void {
  now("git-stage", paths.length > 0 ? { files: paths } : { all: true }, { cwd });
}

/** Takes these files out of the index again; without any, all. */
export function gitUnstageFilesFFI(cwd: string, paths: string[] = []): void {
  now("git-unstage", paths.length > 0 ? { files: paths } : { all: true }, { cwd });
}

/** Commits what is staged; the project's hooks run. */
export function gitCommitFFI(cwd: string, message: string): GitCommitResult {
  const { commit } = now<Types.GitCommitOutput>("git-commit", { message }, { cwd });
  return { success: true, commit };
}

/** The local branches; none where there is no repository. */
export function gitListBranchesFFI(cwd = "."): GitBranchInfo[] {
  const found = orNone(() => now<Types.GitBranchesOutput>("git-branches", {}, { cwd }));
  const local = found?.branches.filter(({ remote }) => !remote) ?? [];
  return local.map(({ name, current }) => ({ name, is_head: current }));
}

/** Changes to a branch; where changes would be lost, it does not. */
export function gitCheckoutBranchFFI(cwd: string, branchName: string): void {
  now("git-branches", { switch: branchName }, { cwd });
}

/** The difference of a file as a patch; empty where there is none. */
export function gitFileDiffFFI(cwd: string, filePath: string, staged = false): string {
  const input = { file: filePath, staged };
  return orNone(() => now<Types.GitDiffOutput>("git-diff", input, { cwd }))?.text ?? "";
}

function statusOf(cwd: string, untracked: Types.Untracked): Types.GitStatusOutput | null {
  return orNone(() => now<Types.GitStatusOutput>("git-status", { untracked }, { cwd }));
}

/** `null` where there is no repository; all else that goes wrong is told. */
function orNone<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof IronbridgeError && error.code === "ERR_NO_REPOSITORY") return null;
    throw error;
  }
}

function branchOf({ branch, short }: Types.GitStatusOutput): string {
  return branch ?? short ?? "";
}

function rowsOf(file: Types.FileStatus): GitFileStatus[] {
  const { path } = file;
  if (file.untracked) return [{ path, status: "untracked", staged: false }];
  const row = (change: Types.GitStatusChange | null | undefined, staged: boolean) =>
    change ? [{ path, status: statusWord(change), staged }] : [];
  const rows = [...row(file.index, true), ...row(file.worktree, false)];
  return rows.length > 0 ? rows : [{ path, status: "modified", staged: false }];
}

function statusWord(change: Types.GitStatusChange): GitFileStatus["status"] {
  if (change === "added" || change === "copied") return "added";
  return change === "deleted" ? "deleted" : "modified";
}
