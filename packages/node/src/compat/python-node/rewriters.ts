/** Rewriters: each gives a request anew, and leaves the one it was given as it is. */

import { invalidInput } from "../../error.js";
import type { AnyCondition } from "./conditions.js";
import { pattern, replaceFirst } from "./pattern.js";
import { type Request, targetOf, textOf } from "./request.js";

/** What all rewriters can do. */
abstract class Step {
  /** @internal Changes the request in place. */
  abstract change(request: Request): void;

  /** The request as it becomes; `docroot` is what conditions look for files in. */
  rewrite(request: Request, docroot?: string | null): Request {
    const copy = request.copy();
    if (docroot != null) copy.docroot = docroot;
    this.change(copy);
    return copy;
  }

  /** This one, then the other. */
  then(other: AnyRewriter): SequenceRewriter {
    return SequenceRewriter.of([this, other]);
  }

  /** This one where the condition holds. */
  when(condition: AnyCondition): ConditionalRewriter {
    return ConditionalRewriter.of(condition, this);
  }
}

export type AnyRewriter = Step;

/** Made by `then`. */
export class SequenceRewriter extends Step {
  readonly #steps: readonly AnyRewriter[];

  private constructor(steps: readonly AnyRewriter[]) {
    super();
    this.#steps = steps;
  }

  /** @internal */
  static of(steps: readonly AnyRewriter[]): SequenceRewriter {
    return new SequenceRewriter(steps);
  }

  /** @internal */
  change(request: Request): void {
    for (const step of this.#steps) step.change(request);
  }
}

/** Made by `when`. */
export class ConditionalRewriter extends Step {
  readonly #condition: AnyCondition;
  readonly #step: AnyRewriter;

  private constructor(condition: AnyCondition, step: AnyRewriter) {
    super();
    this.#condition = condition;
    this.#step = step;
  }

  /** @internal */
  static of(condition: AnyCondition, step: AnyRewriter): ConditionalRewriter {
    return new ConditionalRewriter(condition, step);
  }

  /** @internal */
  change(request: Request): void {
    if (this.#condition.matches(request)) this.#step.change(request);
  }
}

/** Replaces in the path; the query stays behind it. */
export class PathRewriter extends Step {
  readonly #pattern: RegExp;
  readonly #replacement: string;

  constructor(path: string, replacement: string) {
    super();
    this.#pattern = pattern(path);
    this.#replacement = replacement;
  }

  /** @internal */
  change(request: Request): void {
    const { target } = request;
    const path = replaceFirst(target.path, this.#pattern, this.#replacement) || "/";
    if (!path.startsWith("/")) throw invalidInput(`Invalid URI after path rewrite: ${path}`);
    request.url = textOf({ ...target, path });
  }
}

/** Replaces in path and query; what becomes of it may be a whole URL. */
export class HrefRewriter extends Step {
  readonly #pattern: RegExp;
  readonly #replacement: string;

  constructor(href: string, replacement: string) {
    super();
    this.#pattern = pattern(href);
    this.#replacement = replacement;
  }

  /** @internal */
  change(request: Request): void {
    const { scheme, authority, path, query } = request.target;
    const href = replaceFirst(path + query, this.#pattern, this.#replacement);
    try {
      const target = targetOf(href);
      request.url = textOf(target.scheme === undefined ? { ...target, scheme, authority } : target);
    } catch {
      throw invalidInput(`Invalid URI after href rewrite: ${href}`);
    }
  }
}

/** Replaces in the first value of a header, which is its only one then. */
export class HeaderRewriter extends Step {
  readonly #header: string;
  readonly #pattern: RegExp;
  readonly #replacement: string;

  constructor(header: string, value: string, replacement: string) {
    super();
    this.#header = header;
    this.#pattern = pattern(value);
    this.#replacement = replacement;
  }

  /** @internal */
  change(request: Request): void {
    const [value] = request.headers.getAll(this.#header);
    if (value === undefined || !this.#pattern.test(value)) return;
    request.headers.set(this.#header, replaceFirst(value, this.#pattern, this.#replacement));
  }
}

export class MethodRewriter extends Step {
  readonly #method: string;

  constructor(method: string) {
    super();
    if (typeof method !== "string") throw invalidInput("the method is a string");
    this.#method = method;
  }

  /** @internal */
  change(request: Request): void {
    request.method = this.#method;
  }
}

