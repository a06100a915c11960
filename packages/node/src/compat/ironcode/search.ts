/** Looking through a tree: glob, grep, ls, file list. */

import { type Dirent, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type * as Types from "../../../types/tools.js";
import { globbed } from "./glob.js";
import { now } from "./now.js";
import { CUT, cutLine, type Output, RESULTS_MAX } from "./output.js";

/** The most files of a tree that are looked at. */
const FILES_MAX = 1_000_000;

/** Files whose absolute or relative path matches, newest first; hidden and ignored ones are left out. */
export function globFFI(pattern: string, search = "."): Output {
  const root = resolve(search);
  const matches = globbed(pattern);
  const input = { path: root, hidden: false, details: true, order: "newest", limit: FILES_MAX };
  const { files } = now<Types.ListOutput>("list", input, { cwd: root });
  const places = files.map((file) => ({ absolute: join(root, file.path), path: file.path }));
  const found = places.filter(({ absolute, path }) => matches(path) || matches(absolute));
  const truncated = found.length > RESULTS_MAX;
  const shown = found.slice(0, RESULTS_MAX).map(({ absolute }) => absolute);
  const count = shown.length;
  if (truncated) shown.push("", CUT);
  const output = count === 0 ? "No files found" : shown.join("\n");
  return { title: search, metadata: { count, truncated }, output };
}

/** Lines that match a regular expression, in the last changed files first; ignored and hidden ones too. */
export function grepFFI(pattern: string, searchPath = ".", includeGlob?: string): Output {
  const root = resolve(searchPath);
  const include = includeGlob === undefined ? [] : [includeGlob];
  const everything = { hidden: true, respectIgnore: false, countIgnored: false };
  const input = { pattern, path: root, include, ...everything, limit: RESULTS_MAX };
  const limitPerFile = RESULTS_MAX;
  const found = now<Types.GrepOutput>("grep", { ...input, limitPerFile }, { cwd: root });
  const files = found.files.filter(({ lines }) => lines.length > 0);
  const count = files.reduce((sum, { lines }) => sum + lines.length, 0);
  const metadata = { count, truncated: found.truncated };
  if (count === 0) return { title: pattern, metadata, output: "No files found" };
  const blocks = files.map(({ path, lines }) =>
    [`${join(root, path)}:`, ...lines.map((line) => `  Line ${line.line}: ${lineText(line)}`)].join("\n"),
  );
  const output = [`Found ${count} matches`, blocks.join("\n\n"), ...(found.truncated ? ["", CUT] : [])];
  return { title: pattern, metadata, output: output.join("\n") };
}

function lineText(line: Types.GrepLine): string {
  const whole = !line.omittedBefore && !line.omittedAfter;
  return whole ? cutLine(line.text) : `${cutLine(line.text).replace(/\.\.\.$/, "")}...`;
}

/** The first 100 files of a folder as a tree, folders first; without those in folders of these names. */
export function lsFFI(searchPath: string, ignorePatterns: string[] = []): Output {
  const ignored = ignorePatterns.map((pattern) => pattern.replace(/\/+$/, ""));
  const left = { files: RESULTS_MAX };
  const tree = treeOf(searchPath, "", ignored, left);
  const count = RESULTS_MAX - left.files;
  const output = `${searchPath}/\n${tree.map((line) => `  ${line}\n`).join("")}`;
  return { title: searchPath, metadata: { count, truncated: left.files === 0 }, output };
}

/** The lines of a folder; those without a file in them are left out. */
function treeOf(root: string, folder: string, ignored: string[], left: { files: number }): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const byName = (one: Dirent, other: Dirent) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name));
  const lines: string[] = [];
  const files: string[] = [];
  for (const entry of entries.sort(byName)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (left.files === 0 || ignored.some((one) => isWithin(path, one))) continue;
    if (entry.isDirectory()) {
      const inner = treeOf(root, path, ignored, left);
      if (inner.length > 0) lines.push(`${entry.name}/`, ...inner.map((line) => `  ${line}`));
    } else if (entry.isFile()) {
      files.push(entry.name);
      left.files -= 1;
    }
  }
  return [...lines, ...files];
}

/** Whether a path is that name, or lies in a folder of it, at any depth. */
function isWithin(path: string, name: string): boolean {
  return path === name || `/${path}/`.includes(`/${name}/`);
}

/** The files of a tree, relative; one of the globs must match, and none of those with `!` before them. */
export function fileListFFI(
  cwd: string,
  globs: string[] = [],
  hidden = false,
  follow = false,
  maxDepth?: number,
): string[] {
  const depth = maxDepth === undefined || maxDepth < 0 ? {} : { depth: maxDepth };
  const input = { path: resolve(cwd), hidden, followLinks: follow, limit: FILES_MAX, ...depth };
  const matches = (glob: string) => globbed(glob);
  const wanted = globs.filter((glob) => !glob.startsWith("!")).map(matches);
  const unwanted = globs.filter((glob) => glob.startsWith("!")).map((glob) => matches(glob.slice(1)));
  const { files } = now<Types.ListOutput>("list", input, { cwd: resolve(cwd) });
  const fits = (path: string) =>
    (wanted.length === 0 || wanted.some((glob) => glob(path))) && !unwanted.some((glob) => glob(path));
  return files.map(({ path }) => path).filter(fits);
}
