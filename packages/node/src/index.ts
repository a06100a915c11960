/**
 * Ironbridge for JavaScript: the tools of a coding agent, token counting, validation, translation and rate limits, native.
 *
 * Functions that return promises work on Rust's threads and take {@link CallOptions}; the others compute at once. Lines are
 * 1-based and inclusive; ranges in strings are UTF-16 units, in files bytes.
 */

export type * as Tools from "../types/tools.js";
export * from "./dialects.js";
export { IronbridgeError } from "./error.js";
export * from "./files.js";
export * from "./find.js";
export * from "./keyed-lock.js";
export type { CallOptions } from "./options.js";
export * from "./pty.js";
export type { Attachment, AttachOptions, TerminalSocket } from "./pty-socket.js";
export * from "./rate-limiter.js";
export * from "./repository.js";
export {
  type ListPathsOptions,
  glob,
  grep,
  listFiles,
  listPaths,
  listTree,
} from "./search.js";
export * from "./snapshot.js";
export * from "./system.js";
export * from "./text.js";
export * from "./watch.js";
