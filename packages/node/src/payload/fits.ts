/**
 * Whether a value fits what is expected, asked in plain JavaScript: to write a payload as JSON for Rust takes longer than to
 * look at it.
 *
 * A yes is certain: Rust would find no mistake. Anything else is a "perhaps not", to be asked of Rust, which alone words
 * mistakes. So what is rare may be left out here; what Rust has a rule for may not be called {@link anything}.
 *
 * Values are read as `JSON.stringify` does: `undefined` members are absent, and what it would write as something else (a
 * `Date`, a `NaN`, an object with a `toJSON`) does not fit.
 *
 * What is expected is written as the JavaScript that asks for it, and compiled with the first payload of its dialect: a
 * tree of closures would be the same few functions called from everywhere, which no engine can specialise. The text comes
 * from the tables of this folder alone, never from a payload.
 */

/**
 * The condition that the variable `value` fits; `depth` says how many arrays and objects it stands in, and `judged` names a
 * member that was looked at already.
 */
export type Fits = (value: string, depth: string, code: Code, judged?: string) => string;

/** Below Rust's own limit (`DEPTH_MAX` in `crates/wire/src/json.rs`), so that the last levels are Rust's to judge. */
const DEPTH_MAX = 90;

type Members = Record<string, unknown>;

/** The functions that a condition needs; one for each kind of object, list or choice, however often it is expected. */
export class Code {
  readonly #names = new Map<object, string>();
  #text = "";

  /** A call of the function made for `kind`, whose statements `body` gives. */
  call(kind: object, value: string, depth: string, body: () => string): string {
    let name = this.#names.get(kind);
    if (name === undefined) {
      name = `f${this.#names.size}`;
      this.#names.set(kind, name);
      const statements = body();
      this.#text += `function ${name}(value, depth) {${statements}\n}\n`;
    }
    return `${name}(${value}, ${depth})`;
  }

  /** Compiles `fits`; where a program may compile nothing, nothing is certain. */
  compiled(fits: Fits): (value: unknown) => boolean {
    const condition = fits("value", "0", this);
    const source = `"use strict";\n${this.#text}return (value) => ${condition};`;
    try {
      return new Function("isPlain", "isList", "isAnything", "areTexts", source)(
        isPlain,
        isList,
        isAnything,
        areTexts,
      );
    } catch (error) {
      // `--disallow-code-generation-from-strings`.
      if (error instanceof EvalError) return () => false;
      throw error;
    }
  }
}

function isPlain(value: unknown): value is Members {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype;
}

/** Without half a character. */
export const text: Fits = (value) => `(typeof ${value} === "string" && ${value}.isWellFormed())`;

export const boolean: Fits = (value) => `(typeof ${value} === "boolean")`;

/** A whole number from `least` to `most`, exact in a double. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER): Fits =>
  (value) =>
    `(Number.isSafeInteger(${value}) && ${value} >= ${least} && ${value} <= ${most})`;

export const within =
  (least: number, most: number): Fits =>
  (value) =>
    `(typeof ${value} === "number" && ${value} >= ${least} && ${value} <= ${most})`;

export const word =
  (...words: string[]): Fits =>
  (value) =>
    `(${words.map((one) => `${value} === ${JSON.stringify(one)}`).join(" || ")})`;

export const either =
  (one: Fits, other: Fits): Fits =>
  (value, depth, code, judged) =>
    `(${one(value, depth, code, judged)} || ${other(value, depth, code, judged)})`;

export function list(item: Fits): Fits {
  const body = (code: Code) => `
    if (!isList(value) || depth >= ${DEPTH_MAX}) return false;
    const inner = depth + 1;
    for (let index = 0; index < value.length; index++) {
      const one = value[index];
      if (!${item("one", "inner", code)}) return false;
    }
    return true;`;
  const fits: Fits = (value, depth, code) => code.call(fits, value, depth, () => body(code));
  return fits;
}

export const filled =
  (fits: Fits): Fits =>
  (value, depth, code) =>
    `(${value}.length > 0 && ${fits(value, depth, code)})`;

/** An object: members that must be there, members that may be, and any others; `null` is as good as absent. */
export function object(
  required: Record<string, Fits>,
  optional: Record<string, Fits> = {},
): Fits {
  const needed = Object.keys(required).length;
  const cases = (members: Record<string, Fits>, found: string, code: Code) =>
    Object.entries(members).map(
      ([name, fits]) => `
        case ${JSON.stringify(name)}:
          if (member === undefined || member === null) continue;
          if (!${fits("member", "inner", code)}) return false;
          ${found}continue;`,
    );
  const body = (code: Code, judged: string | undefined) => `
    if (!isPlain(value) || depth >= ${DEPTH_MAX}) return false;
    const inner = depth + 1;
    let found = 0;
    for (const name in value) {
      const member = value[name];
      switch (name) {${[...cases(required, "found++; ", code), ...cases(optional, "", code)].join("")}${
        judged === undefined ? "" : `\n        case ${JSON.stringify(judged)}: continue;`
      }
        default:
          if (!name.isWellFormed()) return false;
          if (member !== undefined && !isAnything(member, inner)) return false;
      }
    }
    return found === ${needed};`;
  // One that is chosen by a tag is another function than the same without.
  const kinds = new Map<string | undefined, object>();
  return (value, depth, code, judged) => {
    const kind = kinds.get(judged) ?? {};
    kinds.set(judged, kind);
    return code.call(kind, value, depth, () => body(code, judged));
  };
}

/** An object of the kind that its member `tag` names; `others` for kinds that are not listed. */
export function tagged(tag: string, kinds: Record<string, Fits>, others: Fits): Fits {
  const body = (code: Code) => `
    if (typeof value !== "object" || value === null) return false;
    switch (value[${JSON.stringify(tag)}]) {${Object.entries(kinds)
      .map(
        ([kind, fits]) => `
      case ${JSON.stringify(kind)}: return ${fits("value", "depth", code, tag)};`,
      )
      .join("")}
      default:
        return typeof value[${JSON.stringify(tag)}] === "string" && ${others("value", "depth", code)};
    }`;
  const fits: Fits = (value, depth, code) => code.call(fits, value, depth, () => body(code));
  return fits;
}

/** {@link tagged} without its tag. */
export const untagged =
  (tag: string, fits: Fits): Fits =>
  (value, depth, code) =>
    `(${fits(value, depth, code)} && ${value}[${JSON.stringify(tag)}] === undefined)`;

/** An object all of whose members are texts. */
export const labels: Fits = (value, depth) => `areTexts(${value}, ${depth})`;

function areTexts(value: unknown, depth: number): boolean {
  if (!isPlain(value) || depth >= DEPTH_MAX) return false;
  for (const key in value) if (!isText(key) || !isText(value[key])) return false;
  return true;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && (value as string & { isWellFormed(): boolean }).isWellFormed();
}

/** For Rust to judge. */
export const perhaps: Fits = () => "false";

/** Any JSON. */
export const anything: Fits = (value, depth) => `isAnything(${value}, ${depth})`;

/** Any object. */
export const anyObject: Fits = (value, depth) => `(isPlain(${value}) && isAnything(${value}, ${depth}))`;

function isAnything(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
      return isText(value);
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return true;
    case "object":
      return value === null || (depth < DEPTH_MAX && isTree(value, depth + 1));
    default:
      return false;
  }
}

/** An array or object with JSON in it; what stands in it has `inner` others around it. */
function isTree(value: object, inner: number): boolean {
  if (isList(value)) {
    for (let index = 0; index < value.length; index++)
      if (!isAnything(value[index], inner)) return false;
    return true;
  }
  if (!isPlain(value)) return false;
  for (const name in value) {
    const member = value[name];
    if (!isText(name) || (member !== undefined && !isAnything(member, inner))) return false;
  }
  return true;
}

/** Whether objects and lists are what they look like: nobody has given all of them members or a `toJSON`. */
export function areUntouched(): boolean {
  for (const _ in NOTHING) return false;
  return NOTHING.toJSON === undefined && (NO_ITEMS as unknown as Members).toJSON === undefined;
}

const NOTHING: Members = {};
const NO_ITEMS: unknown[] = [];
