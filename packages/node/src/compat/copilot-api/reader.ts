/** Looks at a JSON value member by member and notes what is wrong, as `crates/wire/src/fields.rs` does. */

import type { ValidationProblem } from "../../dialects.js";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Whole numbers that Rust reads as such: JSON writes larger ones as fractions. */
const WHOLE_MAX = 2 ** 64;
const SIGNED_MAX = 2 ** 63;

/** The JSON type, for messages. */
export function kind(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  const names: Record<string, string> = { object: "an object", boolean: "a boolean" };
  return names[typeof value] ?? `a ${typeof value}`;
}

/** An object being read. `null` counts as absent. */
export class Reader {
  constructor(
    private readonly members: { [key: string]: Json },
    readonly at: string,
    readonly problems: ValidationProblem[],
  ) {}

  /** Begins to read `value`; anything but an object is a problem. */
  static of(value: Json, at: string, problems: ValidationProblem[]): Reader | undefined {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return new Reader(value, at, problems);
    problems.push({ path: at, message: `expected an object, found ${kind(value)}` });
    return undefined;
  }

  path(key: string): string {
    return `${this.at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  }

  problem(key: string, message: string): void {
    this.problems.push({ path: this.path(key), message });
  }

  get(key: string): Json | undefined {
    return Object.hasOwn(this.members, key) ? (this.members[key] ?? undefined) : undefined;
  }

  /** The member if it is a text, without a word where it is not. */
  text(key: string): string | undefined {
    const value = this.get(key);
    return typeof value === "string" ? value : undefined;
  }

  require(key: string): void {
    if (this.get(key) === undefined) this.problem(key, "required, but missing");
  }

  #typed<T extends Json>(key: string, expected: string, fits: (value: Json) => boolean) {
    const value = this.get(key);
    if (value === undefined || fits(value)) return value as T | undefined;
    this.problem(key, `expected ${expected}, found ${kind(value)}`);
    return undefined;
  }

  string(key: string): string | undefined {
    return this.#typed<string>(key, "a string", (value) => typeof value === "string");
  }

  requiredString(key: string): string {
    this.require(key);
    return this.string(key) ?? "";
  }

  boolean(key: string): boolean | undefined {
    return this.#typed<boolean>(key, "true or false", (value) => typeof value === "boolean");
  }

  whole(key: string): number | undefined {
    const fits = (value: Json) => isWhole(value) && value >= 0 && value < WHOLE_MAX;
    return this.#typed<number>(key, "a whole number from 0", fits);
  }

  signed(key: string): number | undefined {
    const fits = (value: Json) => isWhole(value) && value >= -SIGNED_MAX && value < SIGNED_MAX;
    return this.#typed<number>(key, "a whole number", fits);
  }

  number(key: string): number | undefined {
    return this.#typed<number>(key, "a number", (value) => typeof value === "number");
  }

  /** A number within bounds; both say how they are told. */
  within(key: string, least: number, most: number, expected: string): void {
    const value = this.number(key);
    if (value !== undefined && !(value >= least && value <= most))
      this.problem(key, `expected ${expected}, found ${value}`);
  }

  array(key: string): Json[] | undefined {
    return this.#typed<Json[]>(key, "an array", Array.isArray);
  }

  isEmpty(key: string): boolean {
    const value = this.get(key);
    return Array.isArray(value) && value.length === 0;
  }

  /** Gives each object of an array to `read`, in order; what is none is a problem. */
  objects(key: string, read: (item: Reader) => void): void {
    this.array(key)?.forEach((item, index) => {
      const reader = Reader.of(item, `${this.path(key)}/${index}`, this.problems);
      if (reader !== undefined) read(reader);
    });
  }

  object(key: string): Reader | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : Reader.of(value, this.path(key), this.problems);
  }

  requiredObject(key: string): Reader | undefined {
    this.require(key);
    return this.object(key);
  }

  eachMember(look: (key: string, value: Json) => void): void {
    for (const [key, value] of Object.entries(this.members)) look(key, value);
  }

  /** A list of texts. */
  strings(key: string): void {
    for (const [index, item] of (this.array(key) ?? []).entries()) {
      if (typeof item === "string") continue;
      const path = `${this.path(key)}/${index}`;
      this.problems.push({ path, message: `expected a string, found ${kind(item)}` });
    }
  }

  /** A text, or an array of parts, each of which is given to `part`; `expected` says so in words. */
  content(key: string, expected: string, part: (part: Reader) => void): void {
    const value = this.get(key);
    if (value === undefined || typeof value === "string") return;
    if (Array.isArray(value)) this.objects(key, part);
    else this.problem(key, `expected ${expected}, found ${kind(value)}`);
  }
}

function isWhole(value: Json): value is number {
  return typeof value === "number" && Number.isInteger(value);
}
