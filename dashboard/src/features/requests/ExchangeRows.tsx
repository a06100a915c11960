import { Link, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import type { Exchange } from "../../api/client";
import { dollars, duration, tokens } from "../../design/format";
import { Time } from "../../design/parts";
import { Outcome } from "./outcome";
import "./requests.css";

const ROW_PIXELS = 34;
const COLUMNS = ["Time", "Model", "Session", "Outcome", "Duration", "Input", "Output", "Cost"] as const;
const FIGURES: readonly string[] = ["Duration", "Input", "Output", "Cost"];

/** The arrows walk from row to row; Enter opens one. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=row] a")];
  const next = rows[rows.indexOf(document.activeElement as HTMLElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

interface Rows {
  exchanges: Exchange[];
  label: string;
}

/** A few exchanges. */
export function ExchangeRows({ exchanges, label }: Rows) {
  return (
    <div className="scroll">
      {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus */}
      <div className="grid" role="grid" aria-label={label} onKeyDown={walk}>
        <Head />
        {exchanges.map((exchange) => <Row key={exchange.id} exchange={exchange} />)}
      </div>
    </div>
  );
}

/** Any number of exchanges: only those that are seen are in the document. */
export function ExchangeListing({ exchanges, label, more }: Rows & { more: (() => void) | undefined }) {
  const view = useRef<HTMLDivElement>(null);
  // The compiler of React leaves this component alone: the virtualizer changes in place.
  // eslint-disable-next-line react-hooks/incompatible-library
  const list = useVirtualizer({ count: exchanges.length, getScrollElement: () => view.current, estimateSize: () => ROW_PIXELS, overscan: 12 });
  const shown = list.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= exchanges.length - 20) more();
  }, [last, more, exchanges.length]);
  return (
    // A region that scrolls must be reachable by the keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="listing" ref={view} tabIndex={0} role="region" aria-label={label}>
      {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus */}
      <div className="grid" role="grid" aria-label={label} aria-rowcount={exchanges.length + 1} onKeyDown={walk}>
        <Head />
        <div role="rowgroup" style={{ height: list.getTotalSize(), position: "relative" }}>
          {shown.map(({ index, start }) => {
            const exchange = exchanges[index];
            return exchange ? <Row key={exchange.id} exchange={exchange} top={start} number={index + 2} /> : null;
          })}
        </div>
      </div>
    </div>
  );
}

function Head() {
  return (
    <div role="row" className="head" aria-rowindex={1}>
      {COLUMNS.map((name) => <span key={name} role="columnheader" className={FIGURES.includes(name) ? "figure" : "cut"}>{name}</span>)}
    </div>
  );
}

function Row({ exchange, top, number }: { exchange: Exchange; top?: number; number?: number }) {
  const { open } = useSearch({ from: "__root__" });
  const { usage } = exchange;
  const input = usage ? usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens : undefined;
  return (
    <div
      role="row"
      {...(number ? { "aria-rowindex": number } : {})}
      aria-selected={open === exchange.id}
      {...(top === undefined ? {} : { style: { position: "absolute", top, left: 0, right: 0 } })}
    >
      <span role="gridcell" className="cut">
        <Link to="." search={(before) => ({ ...before, open: exchange.id })}><Time ms={exchange.began_ms} /></Link>
      </span>
      <span role="gridcell" className="cut" title={exchange.model}>{exchange.model || "–"}</span>
      <span role="gridcell" className="cut quiet" title={exchange.session ?? ""}>{exchange.session ?? "–"}</span>
      <span role="gridcell" className="cut"><Outcome exchange={exchange} /></span>
      <span role="gridcell" className="figure">{duration(exchange.duration_ms)}</span>
      <span role="gridcell" className="figure">{input === undefined ? "–" : tokens(input)}</span>
      <span role="gridcell" className="figure">{usage ? tokens(usage.output_tokens) : "–"}</span>
      <span role="gridcell" className="figure">{exchange.cost ? dollars(exchange.cost.dollars) : "–"}</span>
    </div>
  );
}
