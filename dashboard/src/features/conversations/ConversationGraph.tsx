import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Conversation } from "../../api/client";
import { conversation } from "../../api/queries";
import { count, dollars, tokens } from "../../design/format";
import { Failed, Loading, Time } from "../../design/parts";
import { Outcome } from "../requests/outcome";
import { conversationsRoute } from "../../router";
import { AnalysisPanel } from "../analysis/AnalysisPanel";

const COLUMN = 16;
const ROW = 34;

/** A conversation from its first request to its last: a column for each branch, a square for a compaction. */
export function ConversationGraph({ id }: { id: string }) {
  const asked = useQuery(conversation(id));
  return (
    <div className="page">
      <header>
        <h1 className="cut">Conversation</h1>
        <p className="mono quiet cut">{id}</p>
        <Link to="/conversations" search={{}}>All conversations</Link>
      </header>
      {asked.isPending ? <Loading what="the conversation" /> : null}
      {asked.isError ? <Failed what="The conversation" error={asked.error} again={() => void asked.refetch()} /> : null}
      {asked.data ? <Graph found={asked.data} /> : null}
    </div>
  );
}

/** The graph's rows: for each its column, its parent's row and column, and the columns that pass by. */
function layOut(nodes: Conversation["nodes"]) {
  const columns = new Map<string, number>();
  const rowOf = new Map<string, number>();
  const placed = nodes.map(({ link, exchange }, row) => {
    const column = columns.get(link.branch) ?? columns.size;
    columns.set(link.branch, column);
    rowOf.set(exchange.id, row);
    const parentRow = link.parent ? rowOf.get(link.parent) : undefined;
    const parentBranch = parentRow === undefined ? undefined : nodes[parentRow]?.link.branch;
    return { link, exchange, row, column, parentRow, parentColumn: parentBranch === undefined ? undefined : columns.get(parentBranch) };
  });
  const lines = placed.map(() => new Set<number>());
  for (const { row, column, parentRow } of placed) {
    for (let at = (parentRow ?? row) + 1; at < row; at++) lines[at]?.add(column);
  }
  return { placed, lines, width: Math.max(columns.size, 1) * COLUMN };
}

function Graph({ found }: { found: Conversation }) {
  const { open } = conversationsRoute.useSearch() as { open?: string };
  const { placed, lines, width } = useMemo(() => layOut(found.nodes), [found.nodes]);
  const middle = (column: number) => column * COLUMN + COLUMN / 2;
  const branches = new Set(found.nodes.map(({ link }) => link.branch)).size;
  return (
    <>
      <p className="sums">
        <span><b>{count(found.sums.exchanges)}</b> requests</span>
        <span><b>{branches}</b> {branches === 1 ? "branch" : "branches"}</span>
        <span><b>{tokens(found.sums.output_tokens)}</b> output tokens</span>
        <span><b>{dollars(found.sums.dollars)}</b></span>
      </p>
      <AnalysisPanel key={found.id} found={found} />
      <ol className="graph" aria-label="Requests of the conversation">
        {placed.map(({ link, exchange, row, column, parentRow, parentColumn }) => (
          <li key={exchange.id}>
            <svg width={width} height={ROW} aria-hidden="true" stroke="var(--quiet)" fill="none" strokeWidth="1.5">
              {[...(lines[row] ?? [])].map((passing) => <path key={passing} d={`M${middle(passing)} 0V${ROW}`} />)}
              {parentRow === undefined ? null : <path d={`M${middle(parentRow === row - 1 ? (parentColumn ?? column) : column)} 0L${middle(column)} ${ROW / 2}`} />}
              {link.kind === "compacts"
                ? <rect x={middle(column) - 4} y={ROW / 2 - 4} width="8" height="8" fill="var(--accent)" stroke="none" />
                : <circle cx={middle(column)} cy={ROW / 2} r="4" fill={link.kind === "subtask" ? "var(--think)" : "var(--text)"} stroke="none" />}
            </svg>
            <Link to="." search={(before) => ({ ...before, open: exchange.id })} aria-current={open === exchange.id}>
              <Time ms={exchange.began_ms} />
              <span className="cut">{exchange.model} <span className="quiet">{link.branch}{link.kind && link.kind !== "continues" ? ` · ${link.kind}` : ""}{exchange.tool_calls.length > 0 ? ` · ${exchange.tool_calls.join(", ")}` : ""}</span></span>
              <Outcome exchange={exchange} />
              <span className="figure">{exchange.usage ? tokens(exchange.usage.output_tokens) : "–"}</span>
            </Link>
          </li>
        ))}
      </ol>
    </>
  );
}
