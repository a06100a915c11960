/** What a running gateway answers: it holds the login and the models, this only asks. */

import { IronbridgeError } from "../../error.js";
import { GatewayCall, type GatewayOptions, type StreamEvent } from "./gateway-call.js";
import { measured } from "./performance.js";

export type { GatewayOptions, StreamEvent };

/** A JSON object as the gateway sends it. */
export type GatewayAnswer = Record<string, unknown>;

/** The short-lived token that the gateway works with. */
export interface CopilotToken {
  /** The name of the provider in the gateway's config. */
  provider: string;
  token: string;
}

/** Asks a model by `POST /v1/chat/completions`; with `stream: true` its events, as they come. */
export function createChatCompletions(
  payload: { stream: true; [member: string]: unknown },
  options?: GatewayOptions,
): Promise<AsyncIterable<StreamEvent>>;
export function createChatCompletions(
  payload: { stream?: false | null; [member: string]: unknown },
  options?: GatewayOptions,
): Promise<GatewayAnswer>;
export function createChatCompletions(
  payload: { stream?: boolean | null; [member: string]: unknown },
  options: GatewayOptions = {},
): Promise<GatewayAnswer | AsyncIterable<StreamEvent>> {
  return measured<Promise<GatewayAnswer | AsyncIterable<StreamEvent>>>(
    "createChatCompletions",
    async () => {
      const call = new GatewayCall("POST", "/v1/chat/completions", options, payload);
      return payload.stream === true ? call.events() : call.json();
    },
  );
}

/** Embeds texts by `POST /v1/embeddings`. */
export function createEmbeddings(
  payload: { input: string | string[]; model: string; [member: string]: unknown },
  options: GatewayOptions = {},
): Promise<GatewayAnswer> {
  return measured("createEmbeddings", async () =>
    new GatewayCall("POST", "/v1/embeddings", options, payload).json(),
  );
}

/** The models by `GET /v1/models`: `{object: "list", data: […]}`. */
export function getModels(options: GatewayOptions = {}): Promise<GatewayAnswer> {
  return measured("getModels", async () => new GatewayCall("GET", "/v1/models", options).json());
}

/** What is left of the Copilot quota, in GitHub's words, by `GET /usage`. `ERR_NOT_SIGNED_IN` where nobody is. */
export function getCopilotUsage(options: GatewayOptions = {}): Promise<GatewayAnswer> {
  return measured("getCopilotUsage", () => signedIn("/usage", options));
}

/** The token of the gateway's Copilot login by `GET /token`, which wants the admin token. */
export function getCopilotToken(options: GatewayOptions = {}): Promise<CopilotToken> {
  return measured("getCopilotToken", () => signedIn<CopilotToken>("/token", options));
}

/** The same: the gateway renews its token by itself before it runs out, so that what it gives is always fresh. */
export function refreshToken(options: GatewayOptions = {}): Promise<CopilotToken> {
  return measured("refreshToken", () => signedIn<CopilotToken>("/token", options));
}

/**
 * Whether the gateway is signed in to GitHub, by `GET /usage`. `ERR_NOT_SIGNED_IN` where it is not: a person then signs in
 * with `ironbridge auth`, and the GitHub token never leaves the gateway's machine.
 */
export function setupGitHubToken(options: GatewayOptions = {}): Promise<{ plan: unknown }> {
  return measured("setupGitHubToken", async () => {
    const usage = await signedIn("/usage", options);
    return { plan: usage.copilot_plan ?? null };
  });
}

/** Asks for what only a gateway with a Copilot login has. */
async function signedIn<T = GatewayAnswer>(path: string, options: GatewayOptions): Promise<T> {
  try {
    return (await new GatewayCall("GET", path, options).json()) as T;
  } catch (error) {
    if (!(error instanceof IronbridgeError) || error.status !== 404) throw error;
    const message = "the gateway is signed in to no Copilot account; `ironbridge auth` signs in";
    throw new IronbridgeError("ERR_NOT_SIGNED_IN", message, { status: 404 }, error);
  }
}

