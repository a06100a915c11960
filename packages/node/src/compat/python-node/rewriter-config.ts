/** `Rewriter`: rewriters and their conditions from plain objects. */

import { invalidInput } from "../../error.js";
import {
  type AnyCondition,
  ExistenceCondition,
  HeaderCondition,
  MethodCondition,
  NonExistenceCondition,
  PathCondition,
} from "./conditions.js";
import type { Request } from "./request.js";
import {
  type AnyRewriter,
  HeaderRewriter,
  HrefRewriter,
  MethodRewriter,
  PathRewriter,
  SequenceRewriter,
} from "./rewriters.js";

export const ConditionOperation = { And: "and", Or: "or" } as const;
export type ConditionOperation = (typeof ConditionOperation)[keyof typeof ConditionOperation];

export const ConditionType = {
  Path: "path",
  Header: "header",
  Method: "method",
  Exists: "exists",
  NotExists: "not_exists",
} as const;
export type ConditionType = (typeof ConditionType)[keyof typeof ConditionType];

export const RewriterType = { Path: "path", Header: "header", Method: "method", Href: "href" } as const;
export type RewriterType = (typeof RewriterType)[keyof typeof RewriterType];

export interface ConditionConfig {
  type: ConditionType;
  args?: string[];
}

export interface RewriterConfig {
  type: RewriterType;
  args?: string[];
}

export interface ConditionalRewriterConfig {
  /** Whether all conditions have to hold, or one of them. Default: `and`. */
  operation?: ConditionOperation;
  /** Without any the rewriters are applied always. */
  conditions?: ConditionConfig[];
  rewriters: RewriterConfig[];
}

/** How many arguments it takes (undefined: any), and what is made of them. */
type Kind<T> = [arguments: number | undefined, make: (...args: string[]) => T];

const CONDITIONS: Record<string, Kind<AnyCondition>> = {
  path: [1, (path) => new PathCondition(path as string)],
  header: [2, (name, value) => new HeaderCondition(name as string, value as string)],
  method: [1, (method) => new MethodCondition(method as string)],
  exists: [undefined, () => new ExistenceCondition()],
  not_exists: [undefined, () => new NonExistenceCondition()],
};

const REWRITERS: Record<string, Kind<AnyRewriter>> = {
  path: [2, (path, by) => new PathRewriter(path as string, by as string)],
  href: [2, (href, by) => new HrefRewriter(href as string, by as string)],
  header: [3, (name, value, by) => new HeaderRewriter(name as string, value as string, by as string)],
  method: [1, (method) => new MethodRewriter(method as string)],
};

/** One after the other, in their order. */
export class Rewriter {
  readonly #steps: SequenceRewriter;

  constructor(configs: ConditionalRewriterConfig[]) {
    if (configs.length === 0) throw invalidInput("At least one configuration is required");
    this.#steps = SequenceRewriter.of(configs.map(conditional));
  }

  rewrite(request: Request, docroot?: string | null): Request {
    return this.#steps.rewrite(request, docroot);
  }
}

function conditional(config: ConditionalRewriterConfig): AnyRewriter {
  const { operation = "and", conditions = [], rewriters } = config;
  if (!Array.isArray(rewriters)) throw invalidInput("Missing field `rewriters`");
  if (rewriters.length === 0) throw invalidInput("At least one rewriter is required");
  const either = { and: false, or: true }[operation.toLowerCase()];
  if (either === undefined) throw invalidInput(`there is no operation ${JSON.stringify(operation)}`);
  const steps = SequenceRewriter.of(rewriters.map((one) => made("rewriter", REWRITERS, one)));
  const [first, ...others] = conditions.map((one) => made("condition", CONDITIONS, one));
  if (first === undefined) return steps;
  const all = others.reduce((left, right) => (either ? left.or(right) : left.and(right)), first);
  return steps.when(all);
}

function made<T>(
  what: string,
  kinds: Record<string, Kind<T>>,
  { type, args = [] }: { type: string; args?: string[] },
): T {
  const name = String(type).toLowerCase();
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) throw invalidInput(`there is no ${what} ${JSON.stringify(type)}`);
  const [count, make] = kind;
  if (count !== undefined && args.length !== count) {
    throw invalidInput(`the ${name} ${what} takes ${count} arguments, not ${args.length}`);
  }
  return make(...args);
}
