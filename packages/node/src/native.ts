/** Finds and loads the native file. */

import { dirname, join } from "node:path";
import { platformName } from "./platform.js";

/** What one JavaScript thread has in Rust: `crates/node/src/engine.rs`. */
export interface NativeEngine {
  start(
    call: number,
    operation: string,
    input: string,
    place: string,
    timeoutMs?: number,
    texts?: string[],
    bytes?: Uint8Array,
  ): void;
  ask(
    call: number,
    operation: string,
    input: string,
    place?: string,
    texts?: string[],
    bytes?: Uint8Array,
  ): Answer;
  cancel(call: number): void;
  end(): void;
  taken(call: number, bytes: number): void;
  keepLoopAlive(alive: boolean): void;
}

export interface Answer {
  json?: string;
  text?: string;
  bytes?: Buffer;
}

export type Push = (
  call: number,
  kind: number,
  json: string | undefined | null,
  text: string | undefined | null,
  bytes: Buffer | undefined | null,
) => void;

export interface Native {
  Engine: new (push: Push) => NativeEngine;
  NativeStream: new (
    from: string,
    to: string,
    request?: string,
  ) => {
    push(bytes: Uint8Array): Buffer;
    end(): Buffer;
    changes(): string;
  };
  NativeBucket: new (
    capacity: number,
    refillPerSecond: number,
  ) => { take(nowMs: number): number };
  PythonLine: new (
    push: (records: Buffer, beside: Buffer[]) => void,
  ) => {
    ask(records: Uint8Array, length: number, beside?: Uint8Array[]): void;
    keepLoopAlive(alive: boolean): void;
  };
  compute(
    operation: string,
    input: string,
    place?: string,
    texts?: string[],
    bytes?: Uint8Array,
  ): Answer;
  countText(text: string, model?: string, encoding?: string): number;
  validatePayload(payload: string, dialect: string): string | null;
  describeTools(): string;
}

/** The file of the native library that was loaded. */
let loaded = "";

/** The library that runs Python: it lies beside the native file, under the same name but for its end. */
export function hostLibrary(): string {
  const end = process.platform === "darwin" ? "dylib" : "so";
  const name = `ironbridge-python.${platformName()}.${end}`;
  return join(dirname(loaded), name);
}

function load(): Native {
  const platform = platformName();
  const own = join(__dirname, "..", "native", `ironbridge.${platform}.node`);
  const bought = `@ironbridge/${platform}`;
  const failures: string[] = [];
  for (const place of [own, bought]) {
    try {
      const native = require(place) as Native;
      loaded = require.resolve(place);
      return native;
    } catch (error) {
      failures.push(`${place}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    }
  }
  const error = new Error(
    `ironbridge has no native file for ${platform}:\n  ${failures.join("\n  ")}\n` +
      `Install the package ${bought}, or build one from source with \`npm run build:native\`.`,
  );
  throw Object.assign(error, { code: "ERR_NO_NATIVE_FILE" });
}

export const native: Native = load();
