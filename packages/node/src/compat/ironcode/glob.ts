/** Globs as the earlier layer has them: `*` stops at nothing, a pattern is that of a whole path. */

import { invalidInput } from "../../error.js";

/** Whether paths match `pattern`: `*`, `**`, `?`, `[a-z]`, `[!a]`, `{a,b}`; a backslash takes the next one literally. */
export function globbed(pattern: string): (path: string) => boolean {
  let source = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at);
    const [token = ""] = /^(\*\*\/|\/\*\*$|\*+|\[!?\]?[^\]]*\]|\\?[^])/u.exec(rest) ?? [];
    at += token.length - 1;
    if (token === "**/") source += "(?:.*/)?";
    else if (token === "/**") source += "/.*";
    else if (token.startsWith("*")) source += ".*";
    else if (token === "?") source += ".";
    else if (token.length > 2 && token.startsWith("[")) source += set(token);
    else if (token === "{") {
      source += "(?:";
      depth += 1;
    } else if (token === "}" && depth > 0) {
      source += ")";
      depth -= 1;
    } else if (token === "," && depth > 0) source += "|";
    else source += literal(token.length > 1 && token.startsWith("\\") ? token.slice(1) : token);
  }
  if (depth > 0) throw invalidInput(`${pattern}: a brace is open at its end`);
  const expression = new RegExp(`^${source}$`, "su");
  return (path) => expression.test(path);
}

function set(token: string): string {
  const negated = token[1] === "!";
  const inner = token.slice(negated ? 2 : 1, -1).replace(/[\\\]^[]/g, "\\$&");
  return `[${negated ? "^" : ""}${inner}]`;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
