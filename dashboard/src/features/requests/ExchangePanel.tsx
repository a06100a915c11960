import * as Tabs from "@radix-ui/react-tabs";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import type { WholeExchange } from "../../api/client";
import { exchange as one } from "../../api/queries";
import { bytes, count, dollars, duration } from "../../design/format";
import { Copyable, Failed, Loading, Time } from "../../design/parts";
import { Outcome } from "./outcome";

/** One exchange beside whatever list it was opened from; Escape closes it, j and k walk in the order of time. */
export function ExchangePanel({ id }: { id: string }) {
  const asked = useQuery(one(id));
  const navigate = useNavigate();
  const panel = useRef<HTMLElement>(null);
  const found = asked.data;
  useEffect(() => {
    const go = (open: string | undefined) => void navigate({ to: ".", search: (before) => ({ ...before, open }), replace: true });
    const key = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey) return;
      if (document.querySelector("dialog[open]")) return;
      if (event.key === "Escape") go(undefined);
      if (event.key === "j" && found?.older) go(found.older);
      if (event.key === "k" && found?.newer) go(found.newer);
    };
    document.addEventListener("keydown", key);
    return () => { document.removeEventListener("keydown", key); };
  }, [navigate, found]);
  return (
    <aside className="panel" aria-label="Request" ref={panel}>
      <header>
        <div>
          <h1 className="cut">{found?.model ?? "Request"}</h1>
          <p className="mono quiet cut" title={id}>{id}</p>
        </div>
        <div className="steps">
          <Step to={found?.newer} title="Next newer (k)">↑</Step>
          <Step to={found?.older} title="Next older (j)">↓</Step>
          <Link to="." search={(before) => ({ ...before, open: undefined })} aria-label="Close (Escape)" title="Close (Escape)"><span aria-hidden="true">✕</span></Link>
        </div>
      </header>
      {asked.isPending ? <Loading what="the request" /> : null}
      {asked.isError ? <Failed what="The request" error={asked.error} again={() => void asked.refetch()} /> : null}
      {found ? <Whole exchange={found} /> : null}
    </aside>
  );
}

function Step({ to, title, children }: { to: string | null | undefined; title: string; children: string }) {
  if (!to) return <span className="quiet" aria-hidden="true">{children}</span>;
  return <Link to="." search={(before) => ({ ...before, open: to })} aria-label={title} title={title}>{children}</Link>;
}

function Whole({ exchange }: { exchange: WholeExchange }) {
  return (
    <>
      <dl className="facts">
        <Fact name="Outcome"><Outcome exchange={exchange} />{exchange.finish ? <span className="quiet"> · finish {exchange.finish}</span> : null}</Fact>
        {exchange.error ? <Fact name="Error"><span className="bad">{exchange.error}</span></Fact> : null}
        <Fact name="Began"><Time ms={exchange.began_ms} /></Fact>
        <Fact name="Took">
          {duration(exchange.duration_ms)}
          {exchange.first_content_ms === null || exchange.first_content_ms === undefined ? null : <span className="quiet"> · first content after {duration(exchange.first_content_ms)}</span>}
          {exchange.waited_ms > 0 ? <span className="warn"> · waited {duration(exchange.waited_ms)} for {exchange.limited_by ?? "a limit"}</span> : null}
        </Fact>
        <Fact name="Answered by">{exchange.provider ? `${exchange.provider} / ${exchange.target_model ?? exchange.model}` : "nobody"}</Fact>
        {exchange.initiator ? <Fact name="Initiator">{exchange.initiator.by} <span className="quiet">· {exchange.initiator.reason}</span></Fact> : null}
        {exchange.session ? <Fact name="Session"><Link to="/requests" search={{ session: exchange.session }}>{exchange.session}</Link>{exchange.agent ? ` · ${exchange.agent}` : ""}</Fact> : null}
        {exchange.conversation ? (
          <Fact name="Conversation">
            <Link to="/conversations" search={{ conversation: exchange.conversation.conversation, open: exchange.id }}>{exchange.conversation.branch}</Link>
          </Fact>
        ) : null}
        {exchange.tool_calls.length > 0 ? <Fact name="Calls">{exchange.tool_calls.join(", ")}</Fact> : null}
      </dl>
      <Tabs.Root defaultValue="cost" className="tabs">
        <Tabs.List aria-label="Parts of the request">
          <Tabs.Trigger value="cost">Tokens and cost</Tabs.Trigger>
          <Tabs.Trigger value="attempts">Attempts {exchange.attempts.length}</Tabs.Trigger>
          <Tabs.Trigger value="changes">Changes {exchange.changes.length}</Tabs.Trigger>
          <Tabs.Trigger value="details">Details</Tabs.Trigger>
          <Tabs.Trigger value="raw">Raw</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="cost"><Cost exchange={exchange} /></Tabs.Content>
        <Tabs.Content value="attempts"><Attempts exchange={exchange} /></Tabs.Content>
        <Tabs.Content value="changes"><Changes exchange={exchange} /></Tabs.Content>
        <Tabs.Content value="details"><Details exchange={exchange} /></Tabs.Content>
        <Tabs.Content value="raw"><Copyable text={JSON.stringify(exchange, null, 2)} label="The record as JSON" /></Tabs.Content>
      </Tabs.Root>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <><dt>{name}</dt><dd>{children}</dd></>;
}

/** Every token belongs to one class; reasoning is a part of the output. */
function Cost({ exchange: { usage, cost } }: { exchange: WholeExchange }) {
  if (!usage) return <p className="quiet">The provider said nothing of tokens.</p>;
  const classes = [
    ["Input, not cached", usage.input_tokens],
    ["Input, read from the cache", usage.cache_read_tokens],
    ["Input, written to the cache for 5 minutes", usage.cache_write_tokens - usage.cache_write_1h_tokens],
    ["Input, written to the cache for an hour", usage.cache_write_1h_tokens],
    ["Output", usage.output_tokens],
    ["of it reasoning", usage.reasoning_tokens],
  ] as const;
  return (
    <>
      <table>
        <thead><tr><th scope="col">Class</th><th scope="col" className="figure">Tokens</th></tr></thead>
        <tbody>
          {classes.map(([name, tokens]) => (
            <tr key={name}><td className={tokens === 0 ? "quiet" : ""}>{name}</td><td className={`figure ${tokens === 0 ? "quiet" : ""}`}>{count(tokens)}</td></tr>
          ))}
        </tbody>
      </table>
      <p>
        {cost
          ? <>Cost <b>{dollars(cost.dollars)}</b> <span className="quiet">by price table {cost.price_version ?? "unknown"}</span></>
          : <span className="quiet">No price is known for this model, or nobody pays for it by the token.</span>}
      </p>
    </>
  );
}

function Attempts({ exchange: { attempts } }: { exchange: WholeExchange }) {
  if (attempts.length === 0) return <p className="quiet">No provider was asked.</p>;
  return (
    <table>
      <thead><tr><th scope="col">Provider</th><th scope="col">Model</th><th scope="col" className="figure">Status</th><th scope="col" className="figure">Tries</th><th scope="col" className="figure">After</th></tr></thead>
      <tbody>
        {attempts.map((attempt, index) => (
          <tr key={index}>
            <td>{attempt.provider}</td><td className="cut">{attempt.model}</td><td className="figure">{attempt.status ?? "–"}</td>
            <td className="figure">{attempt.tries}</td><td className="figure" title={attempt.error ?? undefined}>{duration(attempt.duration_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Changes({ exchange: { changes } }: { exchange: WholeExchange }) {
  if (changes.length === 0) return <p className="quiet">Everything was carried as it was.</p>;
  return (
    <table>
      <thead><tr><th scope="col">Where</th><th scope="col">What</th><th scope="col">Why</th></tr></thead>
      <tbody>
        {changes.map((change, index) => (
          <tr key={index}><td className="mono">{change.side} {change.path}</td><td>{change.what}</td><td>{change.why}</td></tr>
        ))}
      </tbody>
    </table>
  );
}

function Details({ exchange }: { exchange: WholeExchange }) {
  const facts: [string, string | number | null | undefined][] = [
    ["Endpoint", exchange.endpoint], ["Client's dialect", exchange.dialect], ["Provider's dialect", exchange.target_dialect],
    ["Stream", exchange.stream ? "yes" : "no"], ["Class", exchange.class], ["Host", exchange.domain], ["Key", exchange.key?.name],
    ["Project", exchange.project], ["Account", exchange.account], ["Model of the reply", exchange.reply_model],
    ["Request", bytes(exchange.request_bytes)], ["Reply", bytes(exchange.reply_bytes)],
    ["Client's request id", exchange.client_request_id], ["Provider's request id", exchange.upstream_request_id],
    ["Reply id", exchange.reply_id], ["Sent before", exchange.client_retries],
  ];
  return (
    <dl className="facts">
      {facts.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => <Fact key={name} name={name}>{value}</Fact>)}
    </dl>
  );
}
