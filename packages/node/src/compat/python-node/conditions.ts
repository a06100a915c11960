/** Conditions on a request, for rewriters. */

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { pattern } from "./pattern.js";
import type { Request } from "./request.js";

/** What all conditions can do. */
abstract class Condition {
  abstract matches(request: Request): boolean;

  and(other: AnyCondition): GroupCondition {
    return GroupCondition.of((request) => this.matches(request) && other.matches(request));
  }

  or(other: AnyCondition): GroupCondition {
    return GroupCondition.of((request) => this.matches(request) || other.matches(request));
  }
}

export type AnyCondition = Condition;

/** Made by `and` and `or`. */
export class GroupCondition extends Condition {
  readonly #holds: (request: Request) => boolean;

  private constructor(holds: (request: Request) => boolean) {
    super();
    this.#holds = holds;
  }

  /** @internal */
  static of(holds: (request: Request) => boolean): GroupCondition {
    return new GroupCondition(holds);
  }

  matches(request: Request): boolean {
    return this.#holds(request);
  }
}

export class PathCondition extends Condition {
  readonly #pattern: RegExp;

  constructor(path: string) {
    super();
    this.#pattern = pattern(path);
  }

  matches(request: Request): boolean {
    return this.#pattern.test(request.path);
  }
}

export class MethodCondition extends Condition {
  readonly #pattern: RegExp;

  constructor(method: string) {
    super();
    this.#pattern = pattern(method);
  }

  matches(request: Request): boolean {
    return this.#pattern.test(request.method);
  }
}

/** Of a header that has several values the first counts. */
export class HeaderCondition extends Condition {
  readonly #header: string;
  readonly #pattern: RegExp;

  constructor(header: string, value: string) {
    super();
    this.#header = header;
    this.#pattern = pattern(value);
  }

  matches(request: Request): boolean {
    const [value] = request.headers.getAll(this.#header);
    return value !== undefined && this.#pattern.test(value);
  }
}

/** The path is that of a file or folder below the request's `docroot`; without one it does not hold. */
export class ExistenceCondition extends Condition {
  matches(request: Request): boolean {
    return existsBelow(request) ?? false;
  }
}

/** It is none; without a `docroot` this does not hold either. */
export class NonExistenceCondition extends Condition {
  matches(request: Request): boolean {
    return existsBelow(request) === false;
  }
}

function existsBelow({ docroot, path }: Request): boolean | undefined {
  if (docroot === null) return undefined;
  const file = join(docroot, path);
  // What lies beside the folder is none of the request's business.
  return !relative(docroot, file).startsWith("..") && existsSync(file);
}
