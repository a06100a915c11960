/** Which Python, and its library: found and opened once for the process. */

import { parsed, start } from "../engine.js";
import { hostLibrary } from "../native.js";

/** Which Python is opened. Without any: that of `VIRTUAL_ENV`, else `python3` in `PATH`. */
export interface PythonOptions {
  /** An interpreter, by its path. */
  python?: string;
  /** A virtual environment, by its folder. */
  venv?: string;
}

/** The Python of this process. */
export interface OpenedPython {
  /** `sys.executable`. */
  executable: string;
  /** As `3.11.7`. */
  version: string;
  /** The shared library that was opened. */
  library: string;
}

/**
 * Opens Python. A process has one: a second, other one is refused with `ERR_LOAD`, as is what cannot be found or opened.
 */
export async function openPython(options: PythonOptions = {}): Promise<OpenedPython> {
  const { python, venv } = options;
  const { VIRTUAL_ENV, PATH } = process.env;
  const input = { python, venv, virtualEnv: VIRTUAL_ENV || undefined, path: PATH, host: hostLibrary() };
  return parsed(await start("python-open", {}, { input }));
}

/** Waits until Python's thread has ended, if its last application is closed. */
export async function restPython(): Promise<void> {
  await start("python-rest", {}, {});
}
