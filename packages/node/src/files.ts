/** Files: read, write, lines, edits, patches, archives. */

import type * as Types from "../types/tools.js";
import { parsed, start, tool } from "./engine.js";
import { invalidInput } from "./error.js";
import { type CallOptions, split } from "./options.js";

/** The options of a function: those of its tool that are not arguments, and those of every call. */
type Options<Input, Arguments extends keyof Input = never> = Omit<Input, Arguments | "path"> &
  CallOptions;

/** What `readFile` gives: an image or PDF has its bytes in `data`. */
export type ReadResult = Exclude<Types.ReadOutput, { kind: "media" }> | MediaResult;
export type MediaResult = Omit<Extract<Types.ReadOutput, { kind: "media" }>, "data"> & {
  data: Buffer;
};

/** Reads a text file in part or whole, an image or PDF whole, or a folder's names. */
export async function readFile(
  path: string,
  options: Options<Types.ReadInput> = {},
): Promise<ReadResult> {
  const [call, own] = split(options);
  const answer = await start("read", call, { input: { ...own, path } });
  const result = parsed<Types.ReadOutput>(answer);
  if (result.kind === "text") result.text = answer.text ?? "";
  return result.kind === "media" ? { ...result, data: answer.bytes ?? Buffer.alloc(0) } : result;
}

/** Writes a text file whole, keeping encoding, byte-order mark and line endings of the one that is there. */
export function writeFile(
  path: string,
  content: string,
  options: Options<Types.WriteInput, "content"> = {},
): Promise<Types.WriteOutput> {
  return withContent("write", options, { path }, content);
}

/** Creates a text file; one that exists is an error. */
export function createFile(
  path: string,
  content = "",
  options: Options<Types.CreateInput, "content"> = {},
): Promise<Types.CreateOutput> {
  return withContent("create", options, { path }, content);
}

/** Inserts lines before the line `line`. */
export function insertLines(
  path: string,
  line: number,
  content: string,
  options: Options<Types.InsertLinesInput, "line" | "content"> = {},
): Promise<Types.InsertLinesOutput> {
  return withContent("insert-lines", options, { path, line }, content);
}

/** Replaces the lines from `start` to `end`, both included. */
export function replaceLines(
  path: string,
  start: number,
  end: number,
  content: string,
  options: Options<Types.ReplaceLinesInput, "start" | "end" | "content"> = {},
): Promise<Types.ReplaceLinesOutput> {
  return withContent("replace-lines", options, { path, start, end }, content);
}

/** Deletes the lines from `start` to `end`, both included. */
export function deleteLines(
  path: string,
  start: number,
  end: number,
  options: Options<Types.DeleteLinesInput, "start" | "end"> = {},
): Promise<Types.DeleteLinesOutput> {
  const [call, own] = split(options);
  return tool("delete-lines", call, { ...own, path, start, end });
}

/** Replaces a text in a file that is remembered not quite exactly. */
export async function editFile(
  path: string,
  old: string,
  replacement: string,
  options: Options<Types.EditInput, "old" | "new"> = {},
): Promise<Types.EditOutput> {
  const [call, own] = split(options);
  const input = { ...own, path, old: "", new: "" };
  return parsed(await start("edit", call, { input, texts: [old, replacement] }));
}

/** Makes several edits, of one file (`path`) or of each edit's own: all or none. */
export async function multiEdit(
  edits: Types.MultiEditInput["edits"],
  options: Omit<Types.MultiEditInput, "edits"> & CallOptions = {},
): Promise<Types.MultiEditOutput> {
  const [call, own] = split(options);
  if (!Array.isArray(edits)) throw invalidInput("`edits` is no list");
  const input = { ...own, edits: edits.map((edit) => ({ ...edit, old: "", new: "" })) };
  const texts = edits.flatMap((edit) => [edit?.old, edit?.new]);
  return parsed(await start("multi-edit", call, { input, texts }));
}

/** Applies a patch in the format of `apply_patch`: all of it or nothing. */
export async function applyPatch(
  patch: string,
  options: Omit<Types.PatchInput, "patch"> & CallOptions = {},
): Promise<Types.PatchOutput> {
  const [call, own] = split(options);
  return parsed(await start("patch", call, { input: { ...own, patch: "" }, texts: [patch] }));
}

/** Packs files and folders into an archive. `from`: the folder whose name the entries do not bear. */
export function createArchive(
  path: string,
  sources: string[],
  options: Omit<Options<Types.ArchiveInput, "sources">, "root"> & {
    from?: string;
  } & CallOptions = {},
): Promise<Types.ArchiveOutput> {
  const [call, { from, ...own }] = split(options);
  return tool("archive", call, {
    ...own,
    path,
    sources,
    ...(from === undefined ? {} : { root: from }),
  });
}

/** Unpacks an archive into the folder `to`: all of it or nothing. */
export function extractArchive(
  path: string,
  to: string,
  options: Options<Types.ExtractInput, "to"> = {},
): Promise<Types.ExtractOutput> {
  const [call, own] = split(options);
  return tool("extract", call, { ...own, path, to });
}

async function withContent<T>(
  name: string,
  options: CallOptions,
  fields: object,
  content: string,
): Promise<T> {
  const [call, own] = split(options);
  const input = { ...own, ...fields, content: "" };
  return parsed(await start(name, call, { input, texts: [content] }));
}
