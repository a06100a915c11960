/** Patterns and replacements as python-node takes them: those of Rust's `regex`, on JavaScript's expressions. */

import { invalidInput } from "../../error.js";

/** An expression; `(?P<name>…)` is another way to write `(?<name>…)`. */
export function pattern(text: string): RegExp {
  try {
    return new RegExp(text.replaceAll("(?P<", "(?<"), "u");
  } catch (error) {
    throw invalidInput(`regex parse error: ${(error as Error).message}`);
  }
}

/** `$1`, `$name`, `${name}` and `$$`. A name is as long as it can be, so that `$1x` is the group `1x`, which is empty. */
const REFERENCE = /\$(?:\$|\{([^}]*)\}|([0-9A-Za-z_]+))/g;

/** Replaces the first match. */
export function replaceFirst(text: string, expression: RegExp, replacement: string): string {
  const found = expression.exec(text);
  if (found === null) return text;
  const inserted = replacement.replace(REFERENCE, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    return (/^\d+$/.test(name) ? found[Number(name)] : found.groups?.[name]) ?? "";
  });
  return text.slice(0, found.index) + inserted + text.slice(found.index + found[0].length);
}
