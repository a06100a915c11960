/** JSON that is looked at piece by piece: what lies deeper is asked for when it is opened. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Path = (string | number)[];

/** The members of an object or list that are given at once. */
export const MEMBERS_MAX = 100;

/** The characters of a text that are given at once. */
export const TEXT_MAX = 100_000;

/** The characters of a member's value that are shown beside its name. */
const PREVIEW_MAX = 120;

export interface Member {
  key: string | number;
  kind: "object" | "list" | "text" | "plain";
  /** Its members, or characters. */
  size: number;
  preview: string;
}

export interface Members {
  members: Member[];
  /** How many there are in all. */
  whole: number;
}

/** What stands at a path; undefined: nothing. */
export function at(value: Json, path: Path): Json | undefined {
  let found: Json | undefined = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = Array.isArray(found) ? found[Number(step)] : Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found;
}

/** Members of what stands at a path, from that one on. */
export function members(value: Json, path: Path, from: number): Members {
  const found = at(value, path);
  if (typeof found !== "object" || found === null) return { members: [], whole: 0 };
  if (Array.isArray(found)) {
    return { members: found.slice(from, from + MEMBERS_MAX).map((one, index) => member(from + index, one)), whole: found.length };
  }
  const names = Object.keys(found);
  return { members: names.slice(from, from + MEMBERS_MAX).map((name) => member(name, found[name] ?? null)), whole: names.length };
}

function member(key: string | number, value: Json): Member {
  if (Array.isArray(value)) return { key, kind: "list", size: value.length, preview: "" };
  if (typeof value === "object" && value !== null) return { key, kind: "object", size: Object.keys(value).length, preview: Object.keys(value).slice(0, 6).join(", ") };
  if (typeof value === "string") return { key, kind: "text", size: value.length, preview: cut(value, PREVIEW_MAX) };
  return { key, kind: "plain", size: 0, preview: String(value) };
}

/** So many characters of a text, and never half a one. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}

export function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that is a text. */
export function text(value: Json | undefined, name: string): string | undefined {
  const found = isObject(value) ? value[name] : undefined;
  return typeof found === "string" ? found : undefined;
}

/** A member that is a list; what is none is an empty one. */
export function list(value: Json | undefined, name: string): Json[] {
  const found = isObject(value) ? value[name] : undefined;
  return Array.isArray(found) ? found : [];
}
