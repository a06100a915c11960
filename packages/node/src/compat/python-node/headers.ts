/** `Headers` of python-node: names without regard to case, each with its values in order. */

import { invalidInput } from "../../error.js";

export type HeaderMapValue = string | string[];
export type HeaderMap = Record<string, HeaderMapValue>;

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Tabs, and what Latin-1 has from the space on. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export class Headers {
  readonly #values = new Map<string, string[]>();

  constructor(options?: HeaderMap | null) {
    for (const [name, value] of Object.entries(options ?? {})) this.set(name, value);
  }

  /** The value that was set last. */
  get(key: string): string | null {
    return this.#values.get(key.toLowerCase())?.at(-1) ?? null;
  }

  getAll(key: string): string[] {
    return [...(this.#values.get(key.toLowerCase()) ?? [])];
  }

  /** All values in one, comma between them. */
  getLine(key: string): string | null {
    return this.#values.get(key.toLowerCase())?.join(",") ?? null;
  }

  has(key: string): boolean {
    return this.#values.has(key.toLowerCase());
  }

  /** Replaces all values; whether there were any. */
  set(key: string, value: HeaderMapValue): boolean {
    const name = checkedName(key);
    const values = (Array.isArray(value) ? value : [value]).map(checkedValue);
    const known = this.#values.delete(name);
    if (values.length > 0) this.#values.set(name, values);
    return known;
  }

  /** Puts a value behind those there are; whether there were any. */
  add(key: string, value: string): boolean {
    const name = checkedName(key);
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [checkedValue(value)]);
    else values.push(checkedValue(value));
    return values !== undefined;
  }

  delete(key: string): boolean {
    return this.#values.delete(key.toLowerCase());
  }

  clear(): void {
    this.#values.clear();
  }

  /** How many names there are. */
  get size(): number {
    return this.#values.size;
  }

  /** One for each value. */
  entries(): [string, string][] {
    return [...this.#values].flatMap(([name, values]) =>
      values.map((value): [string, string] => [name, value]),
    );
  }

  keys(): string[] {
    return [...this.#values.keys()];
  }

  values(): string[] {
    return [...this.#values.values()].flat();
  }

  forEach(callback: (value: string, name: string, headers: this) => void): void {
    for (const [name, value] of this.entries()) callback(value, name, this);
  }

  /** Names with their value, or with an array where they have several. */
  toJSON(): HeaderMap {
    const all = [...this.#values].map(([name, values]) => [
      name,
      values.length === 1 ? (values[0] as string) : [...values],
    ]);
    return Object.fromEntries(all);
  }
}

export function headersOf(headers: Headers | HeaderMap | undefined): Headers {
  return new Headers(headers instanceof Headers ? headers.toJSON() : headers);
}

export function collected(pairs: Iterable<readonly [string, string]>): Headers {
  const headers = new Headers();
  for (const [name, value] of pairs) headers.add(name, value);
  return headers;
}

function checkedName(name: string): string {
  if (!NAME.test(name)) throw invalidInput(`Invalid header name: ${JSON.stringify(name)}`);
  return name.toLowerCase();
}

function checkedValue(value: string): string {
  if (typeof value !== "string" || !VALUE.test(value)) {
    throw invalidInput(`Invalid header value: ${JSON.stringify(value)}`);
  }
  return value;
}
