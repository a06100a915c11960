import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Exchange } from "../../api/client";
import { type ExchangeFilter, exchanges, justEnded, stated } from "../../api/queries";
import { count } from "../../design/format";
import { Empty, Failed, Loading } from "../../design/parts";
import { requestsRoute } from "../../router";
import { ExchangeListing } from "./ExchangeRows";
import { csv, save } from "./save";

const STATUSES = [
  ["", "any"], ["completed", "completed"], ["failed", "failed"], ["refused", "refused"], ["upstream_error", "provider error"],
  ["client_abort", "client left"], ["timeout", "time-out"], ["stopped", "stopped"], ["429", "429"],
] as const;
const CLASSES = [["", "any"], ["inference", "inference"], ["query_evaluation", "query evaluation"], ["quota", "quota"]] as const;

/** Every exchange, newest first, also those that failed. What is asked for stands in the address. */
export function RequestsPage() {
  const filter = requestsRoute.useSearch({ select: ({ open, ...rest }): ExchangeFilter => rest, structuralSharing: true });
  const pages = useInfiniteQuery(exchanges(filter));
  const cache = useQueryClient();
  const { data: ended } = useQuery(justEnded);
  const rows = useMemo(() => {
    const listed = pages.data?.pages.flatMap((page) => page.data) ?? [];
    const newest = listed[0]?.began_ms ?? 0;
    const known = new Set(listed.slice(0, 1000).map((one) => one.id));
    const fresh = (ended ?? []).filter((one) => one.began_ms >= newest && !known.has(one.id) && fits(one, filter));
    return [...fresh, ...listed];
  }, [pages.data, ended, filter]);
  const more = pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined;
  return (
    <div className="page">
      <header>
        <h1>Requests</h1>
        <p className="quiet" role="status">{count(rows.length)}{pages.hasNextPage ? " and more" : ""}</p>
        <Export rows={rows} />
      </header>
      <Filters filter={filter} />
      {pages.isPending ? <Loading what="requests" /> : null}
      {pages.isError ? <Failed what="Requests" error={pages.error} again={() => void cache.invalidateQueries({ queryKey: ["exchanges"] })} /> : null}
      {pages.isSuccess && rows.length === 0 ? (
        Object.keys(stated(filter)).length > 0
          ? <Empty title="No request fits this filter"><Link to="/requests" search={{}}>Show all requests</Link></Empty>
          : <Empty title="No request yet">Each request through the gateway appears here, also one that failed. <Link to="/connect" search={{}}>Connect a client</Link></Empty>
      ) : null}
      {rows.length > 0 ? <ExchangeListing exchanges={rows} label="Requests" more={more} /> : null}
    </div>
  );
}

/** Whether the ledger would list an exchange that the page heard of just now. */
function fits(exchange: Exchange, filter: ExchangeFilter): boolean {
  const is = (asked: string | undefined, found: string | null | undefined) => !asked || asked === found;
  const { status } = filter;
  const ended = !status || (status === "failed" ? exchange.cause !== "completed" : status === exchange.cause || status === String(exchange.status));
  return ended && is(filter.domain, exchange.domain) && is(filter.model, exchange.model) && is(filter.class, exchange.class)
    && is(filter.key, exchange.key?.id) && is(filter.project, exchange.project) && is(filter.account, exchange.account)
    && is(filter.provider, exchange.provider) && is(filter.session, exchange.session);
}

function Filters({ filter }: { filter: ExchangeFilter }) {
  const navigate = useNavigate({ from: "/requests" });
  const set = (name: keyof ExchangeFilter, value: string) =>
    void navigate({ search: (before) => ({ ...before, [name]: value || undefined }), replace: true });
  const text = (name: "model" | "session" | "key" | "project" | "domain" | "provider", label: string) => (
    <label key={name}>
      {label}
      <input
        key={filter[name] ?? ""}
        defaultValue={filter[name] ?? ""}
        placeholder="any"
        onKeyDown={(event) => { if (event.key === "Enter") set(name, event.currentTarget.value.trim()); }}
        onBlur={(event) => { if (event.currentTarget.value.trim() !== (filter[name] ?? "")) set(name, event.currentTarget.value.trim()); }}
      />
    </label>
  );
  const choice = (name: "status" | "class", label: string, values: readonly (readonly [string, string])[]) => (
    <label>
      {label}
      <select value={filter[name] ?? ""} onChange={(event) => { set(name, event.currentTarget.value); }}>
        {values.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
      </select>
    </label>
  );
  return (
    <search className="fields">
      {choice("status", "Status", STATUSES)}
      {text("model", "Model")}
      {text("session", "Session")}
      {text("key", "Key id")}
      {text("project", "Project")}
      {text("domain", "Domain")}
      {choice("class", "Class", CLASSES)}
      {Object.keys(stated(filter)).length > 0 ? <button type="button" onClick={() => void navigate({ search: {} })}>Clear</button> : null}
    </search>
  );
}

/** What is listed, as a file. */
function Export({ rows }: { rows: Exchange[] }) {
  if (rows.length === 0) return null;
  return (
    <span>
      <button type="button" className="plain" onClick={() => { save("requests.json", "application/json", JSON.stringify(rows, null, 1)); }}>Save as JSON</button>
      <button type="button" className="plain" onClick={() => { save("requests.csv", "text/csv", csv(rows)); }}>as CSV</button>
    </span>
  );
}
