import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api, type Exchange, type Session } from "./client";

export const viewer = queryOptions({
  queryKey: ["viewer"],
  queryFn: () => answer(api.GET("/api/viewer")),
  staleTime: Infinity,
  retry: false,
});

/** The live board; filled by `live.ts` alone. */
export const board = queryOptions<Session[]>({
  queryKey: ["live", "board"],
  queryFn: () => [],
  enabled: false,
  staleTime: Infinity,
  gcTime: Infinity,
});

/** The exchanges that ended while the page was open, newest first. */
export const justEnded = queryOptions<Exchange[]>({
  queryKey: ["live", "ended"],
  queryFn: () => [],
  enabled: false,
  staleTime: Infinity,
  gcTime: Infinity,
});

export type Connection = "connecting" | "connected" | "lost";

export const connection = queryOptions<Connection>({
  queryKey: ["live", "connection"],
  queryFn: () => "connecting",
  enabled: false,
  staleTime: Infinity,
  gcTime: Infinity,
});

export interface ExchangeFilter {
  domain?: string | undefined;
  model?: string | undefined;
  status?: string | undefined;
  class?: string | undefined;
  key?: string | undefined;
  project?: string | undefined;
  account?: string | undefined;
  provider?: string | undefined;
  session?: string | undefined;
  since_ms?: number | undefined;
  until_ms?: number | undefined;
}

export const EXCHANGES_OF_A_PAGE = 100;

export function exchanges(filter: ExchangeFilter) {
  return infiniteQueryOptions({
    queryKey: ["exchanges", filter],
    queryFn: ({ pageParam }) =>
      answer(api.GET("/api/exchanges", {
        params: { query: { ...stated(filter), limit: EXCHANGES_OF_A_PAGE, ...(pageParam ? { after: pageParam } : {}) } },
      })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function exchange(id: string) {
  return queryOptions({
    queryKey: ["exchange", id],
    queryFn: () => answer(api.GET("/api/exchanges/{id}", { params: { path: { id } } })),
  });
}

export type Dimension = "project" | "key" | "account" | "model" | "domain" | "provider" | "class";

export function overview(sinceMs: number, by: Dimension) {
  return queryOptions({
    queryKey: ["overview", sinceMs, by],
    queryFn: () => answer(api.GET("/api/overview", { params: { query: { since_ms: Date.now() - sinceMs, by } } })),
    refetchInterval: 10_000,
  });
}

export const windows = queryOptions({
  queryKey: ["windows"],
  queryFn: () => answer(api.GET("/api/windows")),
  refetchInterval: 30_000,
});

export function sessionCache(id: string) {
  return queryOptions({
    queryKey: ["cache", id],
    queryFn: () => answer(api.GET("/api/sessions/{id}/cache", { params: { path: { id } } })),
  });
}

export const quotas = queryOptions({
  queryKey: ["quotas"],
  queryFn: () => answer(api.GET("/api/quotas")),
  staleTime: 60_000,
  refetchInterval: 60_000,
});

export const prices = queryOptions({
  queryKey: ["prices"],
  queryFn: () => answer(api.GET("/api/prices")),
  staleTime: Infinity,
});

export const keys = queryOptions({
  queryKey: ["keys"],
  queryFn: () => answer(api.GET("/api/keys")),
});

export const accounts = queryOptions({
  queryKey: ["accounts"],
  queryFn: () => answer(api.GET("/api/accounts")),
  refetchInterval: 60_000,
});

export const audit = queryOptions({
  queryKey: ["audit"],
  queryFn: () => answer(api.GET("/api/audit")),
  staleTime: 0,
});

export const settings = queryOptions({
  queryKey: ["settings"],
  queryFn: () => answer(api.GET("/api/settings")),
});

export function conversations(kind: "conversation" | "session", search: string) {
  return infiniteQueryOptions({
    queryKey: ["conversations", kind, search],
    queryFn: ({ pageParam }) =>
      answer(api.GET("/api/conversations", {
        params: { query: { kind, limit: 100, ...(search ? { search } : {}), ...(pageParam ? { after: pageParam } : {}) } },
      })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function conversation(id: string) {
  return queryOptions({
    queryKey: ["conversation", id],
    queryFn: () => answer(api.GET("/api/conversations/{id}", { params: { path: { id } } })),
  });
}

/** What of a filter says something. */
export function stated<T extends object>(filter: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== "")) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
