import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Session = Schemas["Session"];
export type Agent = Schemas["Agent"];
export type Exchange = Schemas["Exchange"];
export type WholeExchange = Schemas["WholeExchange"];
export type Overview = Schemas["Overview"];
export type Sums = Schemas["Sums"];
export type Window = Schemas["Window"];
export type Conversation = Schemas["Conversation"];
export type Account = Schemas["Account"];
export type ClientKey = Schemas["ClientKey"];
export type Quota = Schemas["Quota"];
export type CacheMiss = Schemas["CacheMiss"];
export type SlidingWindow = Schemas["Sliding"];
export type Viewer = Schemas["Viewer"];

export const api = createClient<paths>({ baseUrl: "" });

/** An error that the gateway answered with. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The answer's document, or its error thrown. */
export async function answer<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (data !== undefined) return data;
  const message = (error as { error?: { message?: string } } | undefined)?.error?.message;
  throw new ApiError(response.status, message ?? `the gateway answered ${response.status}`);
}
