/** Files: read, write, look at. Reading is JavaScript's own, which is the faster one here. */

import { readFileSync, statSync } from "node:fs";
import { ask } from "../../engine.js";
import { IronbridgeError, invalidInput } from "../../error.js";
import { cutLine, type Output } from "./output.js";

/** In whole seconds since 1970 and bytes; of what is not there all is 0 and false. */
export interface FileStat {
  exists: boolean;
  size: number;
  modified: number;
  is_file: boolean;
  is_dir: boolean;
}

const LINES = 2000;
/** The most bytes of lines that are given. */
const TEXT_BYTES_MAX = 50 * 1024;
/** The largest file that is read whole. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;
const HEAD_BYTES = 4096;
/** More control characters than this share of a file's head make it binary. */
const CONTROL_SHARE_MAX = 0.3;
const BINARY = new Set(
  (
    "zip tar gz exe dll so class jar war 7z doc docx xls xlsx ppt pptx odt ods odp bin dat obj o a lib wasm pyc pyo"
  ).split(" "),
);

/** A whole text file. */
export function readRawFFI(filepath: string): string {
  return decoded(filepath, bytesOf(filepath));
}

/** Lines of a text file with their numbers; `offset` is how many are left out before. */
export function readFFI(filepath: string, offset = 0, limit = LINES): Output {
  const bytes = bytesOf(filepath);
  if (isBinary(filepath, bytes)) throw invalidInput(`Cannot read binary file: ${filepath}`);
  const all = linesOf(decoded(filepath, bytes));
  const first = Math.max(0, offset);
  const given: string[] = [];
  let size = 0;
  let full = false;
  for (const line of all.slice(first, first + (limit < 0 ? LINES : limit))) {
    const cut = cutLine(line);
    size += Buffer.byteLength(cut) + (given.length === 0 ? 0 : 1);
    full = size > TEXT_BYTES_MAX;
    if (full) break;
    given.push(cut);
  }
  const last = first + given.length;
  const numbered = given.map((line, at) => `${String(first + at + 1).padStart(5, "0")}| ${line}`);
  const beyond = `Use 'offset' parameter to read beyond line ${last})`;
  let note = `(End of file - total ${all.length} lines)`;
  if (all.length > last) note = `(File has more lines. ${beyond}`;
  if (full) note = `(Output truncated at ${TEXT_BYTES_MAX} bytes. ${beyond}`;
  return {
    title: filepath,
    metadata: { count: given.length, truncated: full || all.length > last },
    output: `<file>\n${numbered.join("\n")}\n\n${note}\n</file>`,
  };
}

/** Writes a text file whole, with the folders on the way: a reader sees the old content or the new. */
export function writeRawFFI(filepath: string, content: string): boolean {
  const request = { input: { path: filepath, content: "", lineEnding: "asGiven" }, texts: [content] };
  ask("write", request, {});
  return true;
}

/** {@link writeRawFFI}, with a record. */
export function writeFFI(filepath: string, content: string): Output {
  writeRawFFI(filepath, content);
  return {
    title: filepath,
    metadata: { count: linesOf(content).length, truncated: false },
    output: `Successfully wrote ${Buffer.byteLength(content)} bytes to file`,
  };
}

export function fileExistsFFI(filepath: string): boolean {
  return statSync(filepath, { throwIfNoEntry: false }) !== undefined;
}

/** Through links. */
export function fileStatFFI(filepath: string): FileStat {
  const found = statSync(filepath, { throwIfNoEntry: false });
  if (found === undefined) return { exists: false, size: 0, modified: 0, is_file: false, is_dir: false };
  return {
    exists: true,
    size: found.size,
    modified: Math.floor(found.mtimeMs / 1000),
    is_file: found.isFile(),
    is_dir: found.isDirectory(),
  };
}

/** The bytes of a regular file: a pipe or device is never opened, as it may have no end. */
function bytesOf(filepath: string): Buffer {
  const found = statSync(filepath, { throwIfNoEntry: false });
  if (found === undefined) throw new IronbridgeError("ERR_NOT_FOUND", `File not found: ${filepath}`);
  if (!found.isFile()) throw invalidInput(`Not a regular file: ${filepath}`);
  if (found.size > FILE_BYTES_MAX)
    throw invalidInput(`${filepath}: ${found.size} bytes are over the limit of ${FILE_BYTES_MAX}`);
  return readFileSync(filepath);
}

function decoded(filepath: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalidInput(`${filepath}: not UTF-8`);
  }
}

/** Without their line endings; what follows the last is no line when it is empty. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

function isBinary(filepath: string, bytes: Buffer): boolean {
  const extension = /\.([^./\\]+)$/.exec(filepath)?.[1]?.toLowerCase();
  if (extension !== undefined && BINARY.has(extension)) return true;
  const head = bytes.subarray(0, HEAD_BYTES);
  if (head.includes(0)) return true;
  const controls = head.filter((byte) => byte < 9 || (byte > 13 && byte < 32)).length;
  return controls > CONTROL_SHARE_MAX * head.length;
}
