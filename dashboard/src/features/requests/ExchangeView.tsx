import * as Tabs from "@radix-ui/react-tabs";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { answer, api, type WholeExchange } from "../../api/client";
import { viewer } from "../../api/queries";
import { bytes, duration } from "../../design/format";
import { Copyable, Loading, Time } from "../../design/parts";
import type { Source } from "../body/questions";
import { Cost } from "./Cost";
import { curl } from "./curl";
import { Outcome } from "./outcome";
import { csv, save } from "./save";
import { Timing } from "./Timing";

const Turns = lazy(() => import("../body/Turns").then(({ Turns: shown }) => ({ default: shown })));
const Tree = lazy(() => import("../body/Tree").then(({ Tree: shown }) => ({ default: shown })));

/** All that is known of an exchange: what it came to, what was said, what it cost, how it went. */
export function ExchangeView({ exchange }: { exchange: WholeExchange }) {
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
      <Actions exchange={exchange} />
      <Tabs.Root defaultValue={exchange.bodies?.request ? "said" : "cost"} className="tabs">
        <Tabs.List aria-label="Parts of the request">
          <Tabs.Trigger value="said">Conversation</Tabs.Trigger>
          <Tabs.Trigger value="cost">Tokens and cost</Tabs.Trigger>
          <Tabs.Trigger value="attempts">Attempts {exchange.attempts.length}</Tabs.Trigger>
          <Tabs.Trigger value="changes">Changes {exchange.changes.length}</Tabs.Trigger>
          <Tabs.Trigger value="details">Headers and details</Tabs.Trigger>
          <Tabs.Trigger value="raw">Raw</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="said"><Said exchange={exchange} show={(source) => <Turns source={source} />} /></Tabs.Content>
        <Tabs.Content value="cost"><Cost exchange={exchange} /></Tabs.Content>
        <Tabs.Content value="attempts"><Timing exchange={exchange} /><Attempts exchange={exchange} /></Tabs.Content>
        <Tabs.Content value="changes"><Changes exchange={exchange} /></Tabs.Content>
        <Tabs.Content value="details"><Details exchange={exchange} /></Tabs.Content>
        <Tabs.Content value="raw">
          <Said exchange={exchange} show={(source) => <Tree source={source} />} />
          <h2>The record</h2>
          <Copyable text={JSON.stringify(exchange, null, 2)} label="The record as JSON" />
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}

/** Request and reply, where they are kept and one may read them. */
function Said({ exchange: { id, bodies }, show }: { exchange: WholeExchange; show: (source: Source) => ReactNode }) {
  const { data: who } = useQuery(viewer);
  if (!bodies) return <p className="quiet">What was said is not kept. <code>bodies = "7d"</code> in the config&#39;s [ledger] keeps it from then on, for a week, without secrets.</p>;
  if (who?.role === "reader") return <p className="quiet">What was said is shown to the bearer of the admin token only.</p>;
  return (
    <Suspense fallback={<Loading what="what was said" />}>
      {bodies.request ? <section className="block" aria-label="Request"><header><h2>Request</h2></header>{show({ id, side: "request" })}</section> : null}
      {bodies.reply ? <section className="block" aria-label="Reply"><header><h2>Reply</h2></header>{show({ id, side: "reply" })}</section> : null}
      <p className="quiet">Kept until <Time ms={bodies.until_ms} />.</p>
    </Suspense>
  );
}

/** What can be done with an exchange. */
function Actions({ exchange }: { exchange: WholeExchange }) {
  const [told, setTold] = useState("");
  const { id, bodies, conversation } = exchange;
  const copy = async () => {
    try {
      const body = await answer(api.GET("/api/exchanges/{id}/request", { params: { path: { id } }, parseAs: "text" }) as Promise<{ data?: string; error?: unknown; response: Response }>);
      await navigator.clipboard.writeText(curl(exchange, body));
      setTold("Copied. The key is $IRONBRIDGE_KEY.");
    } catch (error) {
      setTold(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div className="tools">
      {bodies?.request ? <button type="button" onClick={() => void copy()}>Copy as cURL</button> : null}
      {conversation?.parent ? <Link className="button" to="/compare" search={{ left: conversation.parent, right: id }}>Compare with the one before</Link> : null}
      <Link className="button" to="/compare" search={{ right: id }}>Compare…</Link>
      <button type="button" onClick={() => { save(`${id}.json`, "application/json", JSON.stringify(exchange, null, 2)); }}>Save as JSON</button>
      <button type="button" onClick={() => { save(`${id}.csv`, "text/csv", csv([exchange])); }}>as CSV</button>
      <span role="status" className="quiet">{told}</span>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <><dt>{name}</dt><dd>{children}</dd></>;
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
    ["x-request-id of the client", exchange.client_request_id], ["x-request-id of the provider", exchange.upstream_request_id],
    ["x-request-id of the reply", exchange.id], ["Session header", exchange.session], ["Agent header", exchange.agent],
    ["x-stainless-retry-count", exchange.client_retries], ["Reply id", exchange.reply_id],
  ];
  return (
    <dl className="facts">
      {/* Only headers that say whose a request is are kept; the others never leave the gateway's memory. */}
      {facts.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => <Fact key={name} name={name}>{value}</Fact>)}
    </dl>
  );
}
