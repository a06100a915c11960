import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Overview, Sums } from "../../api/client";
import { type Dimension, overview } from "../../api/queries";
import { Chart, type Series } from "../../design/Chart";
import { count, dollars, duration, share, tokens } from "../../design/format";
import { Empty, Failed, Loading } from "../../design/parts";
import { overviewRoute } from "../../router";
import { Quotas } from "./Quotas";
import { SlidingWindows } from "./SlidingWindows";
import "./overview.css";

const RANGES = [[1, "1 h"], [5, "5 h"], [24, "24 h"], [24 * 7, "7 d"], [24 * 30, "30 d"], [24 * 90, "90 d"]] as const;
const GROUPS: readonly (readonly [Dimension, string])[] = [
  ["model", "Model"], ["key", "Key"], ["project", "Project"], ["account", "Account"], ["provider", "Provider"], ["domain", "Domain"], ["class", "Class"],
];
const HOUR_MS = 3_600_000;

/** What a range of time amounted to. */
export function OverviewPage() {
  const { hours, by } = overviewRoute.useSearch();
  const asked = useQuery(overview(hours * HOUR_MS, by));
  return (
    <div className="page">
      <header>
        <h1>Overview</h1>
        <nav className="presets" aria-label="Range of time">
          {RANGES.map(([value, name]) => (
            <Link key={value} to="/overview" search={{ hours: value, by }} data-chosen={value === hours} {...(value === hours ? { "aria-label": `${name}, chosen` } : {})}>{name}</Link>
          ))}
        </nav>
      </header>
      {asked.isPending ? <Loading what="the overview" /> : null}
      {asked.isError ? <Failed what="The overview" error={asked.error} again={() => void asked.refetch()} /> : null}
      {asked.data?.total.exchanges === 0 ? (
        <Empty title="Nothing happened in this range">Costs, tokens, requests and latencies appear here, hour by hour, once a client asks. <Link to="/connect" search={{}}>Connect a client</Link></Empty>
      ) : null}
      {asked.data && asked.data.total.exchanges > 0 ? <Found found={asked.data} by={by} /> : null}
      <SlidingWindows />
      <Quotas />
    </div>
  );
}

function Found({ found, by }: { found: Overview; by: Dimension }) {
  const { total } = found;
  const input = total.input_tokens + total.cache_read_tokens + total.cache_write_tokens;
  return (
    <>
      <dl className="figures">
        <Figure name="Cost" value={dollars(total.dollars)} note={total.priced < total.exchanges ? `${count(total.exchanges - total.priced)} without a price` : "all priced"} />
        <Figure name="Requests" value={count(total.exchanges)} note={`${count(total.tool_calls)} tool calls`} />
        <Figure name="Failed" value={count(total.failed)} note={`${share(total.failed, total.exchanges)} · ${count(total.client_aborts)} left by clients`} />
        <Figure name="Input" value={tokens(input)} note={`${share(total.cache_read_tokens, input)} from the cache`} />
        <Figure name="Output" value={tokens(total.output_tokens)} note={`${tokens(total.reasoning_tokens)} reasoning`} />
        <Figure name="First content" value={mean(total.first_content_mean_ms)} note={`whole reply ${mean(total.duration_mean_ms)}, on average`} />
      </dl>
      {found.latency ? <Latency latency={found.latency} /> : null}
      <Charts found={found} />
      <Groups found={found} by={by} />
    </>
  );
}

/** So long or less took half, nine of ten and 99 of a hundred. */
function Latency({ latency: { exchanges, first_content: first, duration: whole } }: { latency: NonNullable<Overview["latency"]> }) {
  const row = (name: string, of: typeof whole) => (
    <tr><th scope="row">{name}</th><td className="figure">{duration(of.p50_ms)}</td><td className="figure">{duration(of.p90_ms)}</td><td className="figure">{duration(of.p99_ms)}</td></tr>
  );
  return (
    <section className="block">
      <header><h2>Latency</h2><span className="quiet">of the newest {count(exchanges)} completed requests</span></header>
      <table className="narrow" aria-label="Latency percentiles">
        <thead><tr><th scope="col"><span className="unseen">What</span></th><th scope="col" className="figure">p50</th><th scope="col" className="figure">p90</th><th scope="col" className="figure">p99</th></tr></thead>
        <tbody>{first ? row("First content", first) : null}{row("Whole reply", whole)}</tbody>
      </table>
    </section>
  );
}

function mean(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? "–" : duration(ms);
}

function Figure({ name, value, note }: { name: string; value: string; note: string }) {
  return <div><dt>{name}</dt><dd>{value}<small>{note}</small></dd></div>;
}

function Charts({ found }: { found: Overview }) {
  const { times, requests, spent, used } = useMemo(() => {
    const at = new Map(found.points.map((point) => [point.start_ms, point.sums]));
    const times: number[] = [];
    for (let start = found.since_ms; start < found.until_ms; start += found.span_ms) times.push(start);
    const of = (name: string, colour: string, value: (sums: Sums) => number): Series => ({ name, colour, values: times.map((start) => { const sums = at.get(start); return sums ? value(sums) : null; }) });
    return {
      times,
      requests: [of("completed", "--good", (sums) => sums.completed), of("left by clients", "--warn", (sums) => sums.client_aborts), of("failed", "--bad", (sums) => sums.failed)],
      used: [of("from the cache", "--track", (sums) => sums.cache_read_tokens), of("other input", "--busy", (sums) => sums.input_tokens + sums.cache_write_tokens), of("output", "--accent", (sums) => sums.output_tokens)],
      spent: [of("cost", "--accent", (sums) => sums.dollars)],
    };
  }, [found]);
  const per = found.span_ms === HOUR_MS ? "an hour" : "a day";
  return (
    <div className="charts">
      <section className="block"><header><h2>Requests {per}</h2></header><Chart times={times} spanMs={found.span_ms} series={requests} format={count} label={`Requests ${per}`} /></section>
      <section className="block"><header><h2>Tokens {per}</h2></header><Chart times={times} spanMs={found.span_ms} series={used} format={tokens} label={`Tokens ${per}`} /></section>
      {found.total.priced > 0 ? <section className="block"><header><h2>Cost {per}, USD</h2></header><Chart times={times} spanMs={found.span_ms} series={spent} format={dollars} label={`Cost ${per}`} /></section> : null}
    </div>
  );
}

/** What of a group's name can be asked of the list of requests; there `model` is the one that clients name. */
const LISTED: Partial<Record<Dimension, "key" | "project" | "account" | "provider" | "domain" | "class">> = {
  key: "key", project: "project", account: "account", provider: "provider", domain: "domain", class: "class",
};

function Groups({ found, by }: { found: Overview; by: Dimension }) {
  const navigate = useNavigate({ from: "/overview" });
  const listed = LISTED[by];
  return (
    <section className="block">
      <header>
        <h2>By</h2>
        <label>
          <span className="unseen">Told apart by</span>
          <select value={by} onChange={(event) => void navigate({ search: (before) => ({ hours: before.hours ?? 24, by: event.currentTarget.value as Dimension }), replace: true })}>
            {GROUPS.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
          </select>
        </label>
      </header>
      {/* A region that scrolls must be reachable by the keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="scroll" tabIndex={0} role="region" aria-label="Groups">
        <table>
          <thead>
            <tr>
              <th scope="col">{GROUPS.find(([value]) => value === by)?.[1]}</th>
              <th scope="col" className="figure">Requests</th><th scope="col" className="figure">Failed</th><th scope="col" className="figure">Input</th>
              <th scope="col" className="figure">Cache</th><th scope="col" className="figure">Output</th><th scope="col" className="figure">First content</th><th scope="col" className="figure">Cost</th>
            </tr>
          </thead>
          <tbody>
            {found.groups.map(({ name, sums }) => {
              const input = sums.input_tokens + sums.cache_read_tokens + sums.cache_write_tokens;
              return (
                <tr key={name}>
                  <td className="cut">{listed && name ? <Link to="/requests" search={{ [listed]: name }}>{name}</Link> : name || <span className="quiet">none</span>}</td>
                  <td className="figure">{count(sums.exchanges)}</td>
                  <td className={`figure ${sums.failed > 0 ? "bad" : "quiet"}`}>{count(sums.failed)}</td>
                  <td className="figure">{tokens(input)}</td>
                  <td className="figure">{share(sums.cache_read_tokens, input)}</td>
                  <td className="figure">{tokens(sums.output_tokens)}</td>
                  <td className="figure">{mean(sums.first_content_mean_ms)}</td>
                  <td className="figure">{dollars(sums.dollars)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
