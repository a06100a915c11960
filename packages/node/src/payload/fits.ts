/**
 * Whether a value fits what is expected, asked in plain JavaScript: to write a payload as JSON for Rust takes longer than to
 * look at it.
 *
 * A yes is certain: Rust would find no mistake. Anything else is a "perhaps not", to be asked of Rust, which alone words
 * mistakes. So what is rare may be left out here; what Rust has a rule for may not be called {@link anything}.
 *
 * Values are read as `JSON.stringify` does: `undefined` members are absent, and what it would write as something else (a
 * `Date`, a `NaN`, an object with a `toJSON`) does not fit.
 */

/** `depth`: how many arrays and objects the value stands in. */
export type Fits = (value: unknown, depth: number) => boolean;

/** Below Rust's own limit (`DEPTH_MAX` in `crates/wire/src/json.rs`), so that the last levels are Rust's to judge. */
const DEPTH_MAX = 90;

type Members = Record<string, unknown>;

function isPlain(value: unknown): value is Members {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype;
}

/** Without half a character. */
export const text: Fits = (value) =>
  typeof value === "string" && (value as string & { isWellFormed(): boolean }).isWellFormed();

export const boolean: Fits = (value) => typeof value === "boolean";

/** A whole number from `least` to `most`, exact in a double. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER): Fits =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

export const within =
  (least: number, most: number): Fits =>
  (value) =>
    typeof value === "number" && value >= least && value <= most;

export const word = (...words: string[]): Fits => {
  const known = new Set<unknown>(words);
  return (value) => known.has(value);
};

export const either =
  (one: Fits, other: Fits): Fits =>
  (value, depth) =>
    one(value, depth) || other(value, depth);

export const list =
  (item: Fits): Fits =>
  (value, depth) => {
    if (!isList(value) || depth >= DEPTH_MAX) return false;
    for (let index = 0; index < value.length; index++)
      if (!item(value[index], depth + 1)) return false;
    return true;
  };

export const filled =
  (fits: Fits): Fits =>
  (value, depth) =>
    (value as unknown[]).length > 0 && fits(value, depth);

/** What is asked of one member. */
interface Row {
  fits: Fits;
  needed: 0 | 1;
}
const UNKNOWN: Row = { fits: anything, needed: 0 };
/** Members whose order is remembered. */
const ORDER_MAX = 32;

/** An object: members that must be there, members that may be, and any others; `null` is as good as absent. */
export function object(
  required: Record<string, Fits>,
  optional: Record<string, Fits> = {},
): Fits {
  const rows = (members: Record<string, Fits>, needed: 0 | 1) =>
    Object.entries(members).map(([key, fits]) => [key, { fits, needed }] as const);
  const table = new Map<string, Row>([...rows(optional, 0), ...rows(required, 1)]);
  const needed = Object.keys(required).length;
  // Of the last one that was looked at: objects of a kind mostly have the same members in the same order, and to compare
  // two names is quicker than to look one up.
  const names: string[] = [];
  const known: Row[] = [];
  const look = (key: string, place: number): Row | undefined => {
    const row = table.get(key) ?? (text(key, 0) ? UNKNOWN : undefined);
    if (row !== undefined && place < ORDER_MAX) {
      names[place] = key;
      known[place] = row;
    }
    return row;
  };
  return (value, depth) => {
    if (!isPlain(value) || depth >= DEPTH_MAX) return false;
    let found = 0;
    let place = 0;
    for (const key in value) {
      const row = names[place] === key ? known[place] : look(key, place);
      if (row === undefined) return false;
      place += 1;
      const member = value[key];
      if (member === undefined || member === null) continue;
      if (!row.fits(member, depth + 1)) return false;
      found += row.needed;
    }
    return found === needed;
  };
}

/** An object of the kind that its member `tag` names; `others` for kinds that are not listed. */
export function tagged(tag: string, kinds: Record<string, Fits>, others: Fits): Fits {
  const table = new Map<unknown, Fits>(Object.entries(kinds));
  return (value, depth) => {
    if (typeof value !== "object" || value === null) return false;
    const kind = (value as Members)[tag];
    return typeof kind === "string" && (table.get(kind) ?? others)(value, depth);
  };
}

/** {@link tagged} without its tag. */
export const untagged =
  (tag: string, fits: Fits): Fits =>
  (value, depth) =>
    fits(value, depth) && (value as Members)[tag] === undefined;

/** An object all of whose members are texts. */
export const labels: Fits = (value, depth) => {
  if (!isPlain(value) || depth >= DEPTH_MAX) return false;
  for (const key in value) if (!text(key, 0) || !text(value[key], 0)) return false;
  return true;
};

/** For Rust to judge. */
export function perhaps(): boolean {
  return false;
}

/** Any JSON. */
export function anything(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
      return text(value, depth);
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return true;
    case "object":
      return value === null || (Array.isArray(value) ? anyList(value, depth) : anyObject(value, depth));
    default:
      return false;
  }
}

const anyList = list(anything);
export const anyObject = object({});

/** Whether objects and lists are what they look like: nobody has given all of them members or a `toJSON`. */
export function areUntouched(): boolean {
  const nothing: Members = {};
  for (const _ in nothing) return false;
  return nothing.toJSON === undefined && ([] as unknown as Members).toJSON === undefined;
}
