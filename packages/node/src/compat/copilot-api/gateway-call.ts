/** One request to a running gateway. */

import { IronbridgeError, invalidInput } from "../../error.js";

export interface GatewayOptions {
  /** Where it listens. Default: `IRONBRIDGE_URL`, else `http://127.0.0.1:4141`. */
  url?: string;
  /** A client key of the gateway, where it wants one. Default: `IRONBRIDGE_API_KEY`. */
  apiKey?: string;
  /** For `getCopilotToken` and `refreshToken`, and `getCopilotUsage` from another machine. Default: `IRONBRIDGE_ADMIN_TOKEN`. */
  adminToken?: string;
  signal?: AbortSignal;
  /** How long until the whole answer is there, of a stream until it begins. Default: ten minutes. */
  timeoutMs?: number;
}

/** An event of a stream; the last one's data is `[DONE]`. */
export interface StreamEvent {
  event?: string;
  data: string;
}

const USUAL_URL = "http://127.0.0.1:4141";
const TIMEOUT_MS = 10 * 60 * 1000;
/** The most of an answer, or of one event, that is kept; in characters. */
const ANSWER_MAX = 64 * 1024 * 1024;
/** What only the operator may ask: with the admin token instead of a client key. */
const OPERATORS = ["/token", "/usage"];

export class GatewayCall {
  readonly #url: string;
  readonly #request: RequestInit;
  readonly #signal: AbortSignal | undefined;
  readonly #stop = new AbortController();
  readonly #onAbort = () => this.#stop.abort();
  readonly #timer: NodeJS.Timeout;
  #late = false;
  #began = false;

  /** Begins nothing yet but the time it may take. */
  constructor(method: string, path: string, options: GatewayOptions, payload?: object) {
    const { env } = process;
    const { url = env.IRONBRIDGE_URL || USUAL_URL, apiKey = env.IRONBRIDGE_API_KEY } = options;
    const { adminToken = env.IRONBRIDGE_ADMIN_TOKEN, timeoutMs = TIMEOUT_MS, signal } = options;
    this.#url = url.replace(/\/+$/, "") + path;
    if (!URL.canParse(this.#url)) throw invalidInput(`${url}: not the URL of a gateway`);
    const key = OPERATORS.includes(path) ? adminToken : apiKey;
    const headers: Record<string, string> = { accept: "application/json, text/event-stream" };
    if (key) headers.authorization = `Bearer ${key}`;
    if (payload !== undefined) headers["content-type"] = "application/json";
    const body = payload === undefined ? null : jsonOf(payload);
    this.#request = { method, headers, body, signal: this.#stop.signal };
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted) this.#stop.abort();
    this.#timer = setTimeout(() => {
      this.#late = true;
      this.#stop.abort();
    }, timeoutMs);
  }

  /** The whole answer, which is JSON. */
  async json<T>(): Promise<T> {
    try {
      const text = await this.#text(await this.#answer());
      return JSON.parse(text) as T;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw this.#strange("the answer is no JSON, so not a gateway's", error);
    } finally {
      this.#end();
    }
  }

  /** The events of a stream: waits until it begins. */
  async events(): Promise<AsyncIterable<StreamEvent>> {
    try {
      const answer = await this.#answer();
      clearTimeout(this.#timer);
      return this.#events(answer);
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    // What is not read by now nobody reads.
    this.#stop.abort();
  }

  async #answer(): Promise<Response> {
    const answer = await this.#told(() => fetch(this.#url, this.#request));
    this.#began = true;
    if (answer.ok) return answer;
    const body = await this.#text(answer);
    const details = { status: answer.status, requestId: answer.headers.get("x-request-id"), body };
    const message = `${this.#url}: ${answer.status}: ${messageOf(body)}`;
    throw new IronbridgeError("ERR_GATEWAY_REFUSED", message, details);
  }

  async #text(answer: Response): Promise<string> {
    let text = "";
    for await (const part of this.#parts(answer)) text = this.#bounded(text + part);
    return text;
  }

  async *#events(answer: Response): AsyncGenerator<StreamEvent> {
    let waiting = "";
    try {
      for await (const part of this.#parts(answer)) {
        const blocks = (waiting + part).split(/\r?\n\r?\n/);
        waiting = this.#bounded(blocks.pop() ?? "");
        for (const block of blocks) {
          const event = eventOf(block);
          if (event !== undefined) yield event;
        }
      }
    } finally {
      // Also where the reader stops: that ends the request.
      this.#end();
    }
  }

  /** The body as text, never cut inside a character. */
  async *#parts(answer: Response): AsyncGenerator<string> {
    const reader = answer.body?.getReader();
    const decoder = new TextDecoder();
    while (reader !== undefined) {
      const { done, value } = await this.#told(() => reader.read());
      if (done) return;
      yield decoder.decode(value as Uint8Array, { stream: true });
    }
  }

  /** Does what waits for the gateway; says why it failed. */
  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#signal?.aborted)
        throw new IronbridgeError("ERR_CANCELLED", "cancelled", {}, this.#signal.reason);
      if (this.#late) throw new IronbridgeError("ERR_DEADLINE", `${this.#url}: too slow`, {}, error);
      if (this.#began) throw this.#strange("the answer broke off", error);
      const message = `${this.#url}: no gateway answers; \`ironbridge start\` starts one`;
      throw new IronbridgeError("ERR_GATEWAY_UNREACHABLE", message, { url: this.#url }, error);
    }
  }

  #bounded(text: string): string {
    if (text.length <= ANSWER_MAX) return text;
    throw this.#strange(`more than ${ANSWER_MAX} characters without an end`);
  }

  #strange(what: string, cause?: unknown): IronbridgeError {
    return new IronbridgeError("ERR_GATEWAY_ANSWER", `${this.#url}: ${what}`, {}, cause);
  }
}

function jsonOf(payload: object): string {
  try {
    return JSON.stringify(payload);
  } catch (error) {
    throw invalidInput(`the payload cannot be written as JSON: ${String(error)}`);
  }
}

/** The message of an error in any dialect's envelope; else the text. */
function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { error: { message: string } }).error.message;
  } catch {
    return body;
  }
}

/** A block of lines of an event stream; comments are none. */
function eventOf(block: string): StreamEvent | undefined {
  let event: string | undefined;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [name = "", ...rest] = line.split(":");
    const value = rest.join(":").replace(/^ /, "");
    if (name === "event") event = value;
    if (name === "data") data.push(value);
  }
  if (data.length === 0) return undefined;
  return { ...(event === undefined ? {} : { event }), data: data.join("\n") };
}
