/**
 * The functions of an earlier native tool layer, with its names and results, for programs that call it. All of them are
 * synchronous as they were there: JavaScript stands still until they are done. `docs/reference/compat.md` says what differs;
 * new programs take `ironbridge` itself, whose functions wait for nobody.
 */

export { IronbridgeError } from "../error.js";
export * from "./ironcode/edit.js";
export * from "./ironcode/files.js";
export * from "./ironcode/fuzzy.js";
export * from "./ironcode/git.js";
export * from "./ironcode/locks.js";
export type { Output } from "./ironcode/output.js";
export * from "./ironcode/search.js";
export * from "./ironcode/system.js";
export * from "./ironcode/terminals.js";
export * from "./ironcode/watchers.js";
