import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { WholeExchange } from "../../api/client";
import { exchange } from "../../api/queries";
import { count, dollars, duration, tokens } from "../../design/format";
import { Empty, Failed, Loading } from "../../design/parts";
import { compareRoute } from "../../router";
import { Lines } from "../body/EditDiff";
import { changedLines, compared } from "../body/reader";
import type { ComparedBlock } from "../body/blocks";
import "../body/body.css";

/** Blocks round the first difference that are listed. */
const SHOWN_BEFORE = 3;
const SHOWN_AFTER = 60;

/** Two requests beside each other: what they came to, and the first block in which they differ. */
export function ComparePage() {
  const { left, right } = compareRoute.useSearch();
  const navigate = useNavigate({ from: "/compare" });
  const field = (side: "left" | "right", label: string, value: string | undefined) => (
    <label>
      {label}
      <input key={value ?? ""} defaultValue={value ?? ""} placeholder="id of a request" onKeyDown={(event) => {
        if (event.key === "Enter") void navigate({ search: (before) => ({ ...before, [side]: event.currentTarget.value.trim() || undefined }) });
      }} />
    </label>
  );
  return (
    <div className="page">
      <header><h1>Compare two requests</h1></header>
      <search className="fields">{field("left", "Left", left)}{field("right", "Right", right)}</search>
      {left && right ? <Both left={left} right={right} /> : (
        <Empty title="Two requests, beside each other">Put their ids above and press Enter. The id of a request stands at the top of its panel; <Link to="/requests" search={{}}>all requests</Link>.</Empty>
      )}
    </div>
  );
}

function Both({ left, right }: { left: string; right: string }) {
  const [one, other] = [useQuery(exchange(left)), useQuery(exchange(right))];
  const failed = one.error ?? other.error;
  if (failed) return <Failed what="One of the requests" error={failed} />;
  if (!one.data || !other.data) return <Loading what="the requests" />;
  return (
    <>
      <Facts left={one.data} right={other.data} />
      {one.data.bodies?.request && other.data.bodies?.request ? <Blocks left={left} right={right} /> : (
        <p className="quiet">What was said in one of them is not kept, so its blocks cannot be compared.</p>
      )}
    </>
  );
}

const FACTS: readonly (readonly [string, (one: WholeExchange) => string])[] = [
  ["Model asked", (one) => one.model],
  ["Answered by", (one) => `${one.provider ?? "nobody"} / ${one.target_model ?? "–"}`],
  ["Outcome", (one) => `${one.status} ${one.cause}`],
  ["Finish", (one) => one.finish ?? "–"],
  ["Tool calls", (one) => one.tool_calls.join(", ") || "–"],
  ["First content", (one) => (one.first_content_ms === null || one.first_content_ms === undefined ? "–" : duration(one.first_content_ms))],
  ["Took", (one) => duration(one.duration_ms)],
  ["Input, not cached", (one) => tokens(one.usage?.input_tokens ?? 0)],
  ["Read from the cache", (one) => tokens(one.usage?.cache_read_tokens ?? 0)],
  ["Written to the cache", (one) => tokens(one.usage?.cache_write_tokens ?? 0)],
  ["Output", (one) => tokens(one.usage?.output_tokens ?? 0)],
  ["Cost", (one) => (one.cost ? dollars(one.cost.dollars) : "–")],
];

function Facts({ left, right }: { left: WholeExchange; right: WholeExchange }) {
  return (
    // A region that scrolls must be reachable by the keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll" tabIndex={0} role="region" aria-label="What they came to">
      <table>
        <thead>
          <tr>
            <th scope="col"><span className="unseen">Fact</span></th>
            {[left, right].map(({ id }, index) => <th key={index} scope="col"><Link className="mono" to="/requests/$id" params={{ id }} search={{}}>{id}</Link></th>)}
          </tr>
        </thead>
        <tbody>
          {FACTS.map(([name, of]) => {
            const [one, other] = [of(left), of(right)];
            return <tr key={name}><th scope="row">{name}</th><td>{one}</td><td className={one === other ? "quiet" : "warn"}>{other}</td></tr>;
          })}
        </tbody>
      </table>
    </div>
  );
}

function Blocks({ left, right }: { left: string; right: string }) {
  const asked = useQuery(compared(left, right));
  const [chosen, setChosen] = useState<string>();
  if (asked.isPending) return <Loading what="what was said" />;
  if (asked.isError) return <Failed what="What was said" error={asked.error} />;
  const { blocks, first, settings } = asked.data.compared;
  const open = chosen ?? (first === undefined ? undefined : blocks[first]?.name);
  const start = Math.max((first ?? 0) - SHOWN_BEFORE, 0);
  return (
    <section className="block" aria-label="Blocks">
      <header><h2>What was said</h2></header>
      <p role="status">{first === undefined
        ? "Tools, system prompt and messages are the same."
        : <>The first {count(first)} blocks are the same. The first that differs: <b>{blocks[first]?.name}</b>. A provider&#39;s cache ends there.</>}</p>
      {start > 0 ? <p className="quiet">{count(start)} blocks before are the same.</p> : null}
      <ol className="blocks">
        {blocks.slice(start, start + SHOWN_AFTER).map((block) => <OneBlock key={block.name} block={block} open={open === block.name} choose={() => { setChosen(block.name); }} left={left} right={right} />)}
      </ol>
      {blocks.length > start + SHOWN_AFTER ? <p className="quiet">{count(blocks.length - start - SHOWN_AFTER)} blocks follow.</p> : null}
      {settings.length > 0 ? (
        <table aria-label="Settings that differ">
          <thead><tr><th scope="col">Setting</th><th scope="col">Left</th><th scope="col">Right</th></tr></thead>
          <tbody>{settings.map((one) => <tr key={one.name}><th scope="row">{one.name}</th><td className="mono cut">{one.left.slice(0, 200)}</td><td className="mono cut">{one.right.slice(0, 200)}</td></tr>)}</tbody>
        </table>
      ) : null}
    </section>
  );
}

function OneBlock({ block: { name, state, left: one, right: other }, open, choose, left, right }: { block: ComparedBlock; open: boolean; choose: () => void; left: string; right: string }) {
  const changes = useQuery({ ...changedLines(left, right, name), enabled: open && state !== "same" });
  const colour = state === "same" ? "quiet" : state === "changed" ? "warn" : "busy";
  return (
    <li>
      {state === "same" ? <span className="quiet">{name} · the same</span> : (
        <button type="button" className="plain" aria-expanded={open} onClick={choose}>{name} <span className={colour}>{state}</span> <span className="quiet">{count(one)} → {count(other)} characters</span></button>
      )}
      {open && changes.data ? <Lines lines={changes.data.lines} /> : null}
    </li>
  );
}
