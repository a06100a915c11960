/** What stays in Rust between calls. */

import { release } from "./engine.js";
import { IronbridgeError } from "./error.js";

/** Something in Rust that is kept until it is closed, or forgotten. */
export abstract class Handle {
  #call: number | undefined;

  /** @internal */
  constructor(call: number) {
    this.#call = call;
    forgotten.register(this, call, this);
  }

  /** The number under which Rust keeps it. */
  protected get handle(): number {
    if (this.#call === undefined) throw new IronbridgeError("ERR_CLOSED", "it is closed already");
    return this.#call;
  }

  /** Lets go of it; done when its threads and files are gone. A second time does nothing. */
  async close(): Promise<void> {
    const call = this.leave();
    if (call !== undefined) await release(call);
  }

  /** Makes it a closed one; the number under which Rust keeps it still, unless it was closed before. */
  protected leave(): number | undefined {
    const call = this.#call;
    this.#call = undefined;
    forgotten.unregister(this);
    return call;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What nobody can close any more is closed when it is collected. */
const forgotten = new FinalizationRegistry<number>((call) => void release(call).catch(() => {}));
