/**
 * The API of `@platformatic/python-node`, for programs that were written for it. `docs/reference/compat.md` says what
 * differs; new programs take `ironbridge/asgi`.
 */

export { IronbridgeError } from "../error.js";
export {
  type AnyCondition,
  ExistenceCondition,
  GroupCondition,
  HeaderCondition,
  MethodCondition,
  NonExistenceCondition,
  PathCondition,
} from "./python-node/conditions.js";
export { type HeaderMap, type HeaderMapValue, Headers } from "./python-node/headers.js";
export { Python, Python as PythonHandler, type PythonOptions } from "./python-node/python.js";
export { Request, type RequestOptions, type SocketInfo } from "./python-node/request.js";
export { Response, type ResponseOptions } from "./python-node/response.js";
export {
  type ConditionalRewriterConfig,
  type ConditionConfig,
  ConditionOperation,
  ConditionType,
  Rewriter,
  type RewriterConfig,
  RewriterType,
} from "./python-node/rewriter-config.js";
export {
  type AnyRewriter,
  ConditionalRewriter,
  HeaderRewriter,
  HrefRewriter,
  MethodRewriter,
  PathRewriter,
  SequenceRewriter,
} from "./python-node/rewriters.js";
