/** Replacing a text, and reading a shell command. */

import type { ParseShellOutput } from "../../../types/tools.js";
import { IronbridgeError } from "../../error.js";
import { editText, parseShell } from "../../text.js";

const MESSAGES: Record<string, string | undefined> = {
  ERR_IDENTICAL: "oldString and newString must be different",
  ERR_NO_MATCH: "oldString not found in content",
  ERR_SEVERAL_MATCHES:
    "Found multiple matches for oldString. Provide more surrounding lines in oldString to identify the correct match.",
};

/** `content` with `oldString` replaced, by the nine strategies; throws where it fits no place, or several. */
export function editReplaceFFI(
  content: string,
  oldString: string,
  newString: string,
  replaceAll = false,
): string {
  try {
    return editText(content, oldString, newString, { replaceAll, allowOmission: true }).content;
  } catch (error) {
    const message = error instanceof IronbridgeError ? MESSAGES[error.code] : undefined;
    if (message === undefined) throw error;
    throw new IronbridgeError((error as IronbridgeError).code, message, {}, error);
  }
}

export interface BashParseResult {
  /** What commands that deal with files are given, as written. */
  directories: string[];
  /** The commands with their redirects, all but `cd`. */
  patterns: string[];
  /** For each of those, the rule that allows its like. */
  always: string[];
}

/** Commands whose arguments are paths. */
const ON_FILES = new Set("cd rm cp mv mkdir touch chmod chown cat".split(" "));

/** The commands of a shell command, those in substitutions among them. */
export function parseBashCommandFFI(command: string, cwd: string): BashParseResult {
  const { commands } = parseShell(command, { cwd });
  const named = commands.filter(({ name }) => name !== "");
  const others = named.filter(({ name }) => name !== "cd");
  return {
    directories: named.filter(({ name }) => ON_FILES.has(name)).flatMap(pathsOf),
    patterns: others.map(({ text }) => text),
    always: others.map(({ prefix }) => `${prefix} *`),
  };
}

function pathsOf({ name, words }: ParseShellOutput["commands"][number]): string[] {
  const after = words.slice(1).map(({ text }) => text);
  const end = after.indexOf("--");
  const isOption = (text: string, at: number) =>
    (end === -1 || at <= end) && (text.startsWith("-") || (name === "chmod" && text.startsWith("+")));
  return after.filter((text, at) => !isOption(text, at));
}
