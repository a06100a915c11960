/**
 * The thirteen functions of an earlier Copilot gateway's native layer, for programs that call it: six that compute, with a
 * plain JavaScript fallback, and seven that ask a running gateway. `docs/reference/compat.md` has each with its result and
 * what differs.
 */

export type { ValidationProblem } from "../dialects.js";
export { IronbridgeError } from "../error.js";
export * from "./copilot-api/gateway.js";
export {
  checkRateLimit,
  getRateLimitStats,
  type RateLimit,
  type RateLimitCheck,
  type RateLimitStats,
  resetRateLimit,
} from "./copilot-api/limits.js";
export { getPerformanceStats, type PerformanceStats } from "./copilot-api/performance.js";
export { getTokenCount, type TokenCount } from "./copilot-api/tokens.js";
export {
  type DetailedValidation,
  validatePayload,
  validatePayloadDetailed,
} from "./copilot-api/validation.js";
