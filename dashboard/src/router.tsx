import { createRootRoute, createRoute, createRouter, lazyRouteComponent, stripSearchParams } from "@tanstack/react-router";
import type { Dimension, ExchangeFilter } from "./api/queries";
import { FirstRun } from "./features/first-run/FirstRun";
import { Frame } from "./features/frame/Frame";
import { LivePage } from "./features/live/LivePage";

/** What of a page's address is text. */
function texts<Name extends string>(search: Record<string, unknown>, names: readonly Name[]) {
  const found = names.map((name) => [name, search[name]] as const);
  return Object.fromEntries(
    found.filter(([, value]) => (typeof value === "string" || typeof value === "number") && value !== "").map(([name, value]) => [name, String(value)]),
  ) as Partial<Record<Name, string>>;
}

const FILTERS = ["domain", "model", "status", "class", "key", "project", "account", "provider", "session"] as const;
const DIMENSIONS: readonly Dimension[] = ["model", "key", "project", "account", "domain", "provider", "class"];

/** An exchange that stands open beside the list. */
const root = createRootRoute({
  component: Frame,
  validateSearch: (search: Record<string, unknown>): { open?: string | undefined } => texts(search, ["open"]),
});

const live = createRoute({ getParentRoute: () => root, path: "/", component: LivePage });

export const requestsRoute = createRoute({
  getParentRoute: () => root,
  path: "/requests",
  validateSearch: (search: Record<string, unknown>): ExchangeFilter => texts(search, FILTERS),
  component: lazyRouteComponent(() => import("./features/requests/RequestsPage"), "RequestsPage"),
});

export const overviewRoute = createRoute({
  getParentRoute: () => root,
  path: "/overview",
  validateSearch: (search: Record<string, unknown>): { hours: number; by: Dimension } => ({
    hours: Math.min(Math.max(Math.round(Number(search["hours"])) || 24, 1), 24 * 366),
    by: DIMENSIONS.find((name) => name === search["by"]) ?? "model",
  }),
  search: { middlewares: [stripSearchParams({ hours: 24, by: "model" })] },
  component: lazyRouteComponent(() => import("./features/overview/OverviewPage"), "OverviewPage"),
});

export const conversationsRoute = createRoute({
  getParentRoute: () => root,
  path: "/conversations",
  validateSearch: (search: Record<string, unknown>): { kind?: string | undefined; search?: string | undefined; conversation?: string | undefined } =>
    texts(search, ["kind", "search", "conversation"]),
  component: lazyRouteComponent(() => import("./features/conversations/ConversationsPage"), "ConversationsPage"),
});

export const exchangeRoute = createRoute({
  getParentRoute: () => root,
  path: "/requests/$id",
  component: lazyRouteComponent(() => import("./features/requests/ExchangePage"), "ExchangePage"),
});

export const compareRoute = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: (search: Record<string, unknown>): { left?: string | undefined; right?: string | undefined } => texts(search, ["left", "right"]),
  component: lazyRouteComponent(() => import("./features/compare/ComparePage"), "ComparePage"),
});

export const cacheRoute = createRoute({
  getParentRoute: () => root,
  path: "/cache",
  validateSearch: (search: Record<string, unknown>): { session?: string | undefined } => texts(search, ["session"]),
  component: lazyRouteComponent(() => import("./features/cache/CachePage"), "CachePage"),
});

export const setupRoute = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: (search: Record<string, unknown>): { part?: string | undefined } => texts(search, ["part"]),
  component: lazyRouteComponent(() => import("./features/setup/SetupPage"), "SetupPage"),
});

const connect = createRoute({ getParentRoute: () => root, path: "/connect", component: FirstRun });

export function createPages() {
  return createRouter({
    routeTree: root.addChildren([live, requestsRoute, exchangeRoute, overviewRoute, conversationsRoute, compareRoute, cacheRoute, setupRoute, connect]),
    basepath: "/dashboard",
    defaultPreload: "intent",
    // The page stands on its own: what is not there is the frame with a word.
    defaultNotFoundComponent: () => <p className="state">There is no such page.</p>,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPages>;
  }
}
