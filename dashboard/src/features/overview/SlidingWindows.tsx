import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { SlidingWindow } from "../../api/client";
import { windows } from "../../api/queries";
import { Chart, type Series } from "../../design/Chart";
import { count, tokens } from "../../design/format";

const HOUR_MS = 3_600_000;

/** From this share of the highest window on an hour is marked. */
const WARN = 0.9;

/** The window of five hours as it slid over seven days: for each account a small chart. */
export function SlidingWindows() {
  const { data } = useQuery(windows);
  const all = data?.sliding.filter(({ account, provider }) => account ?? provider) ?? [];
  if (all.length === 0) return null;
  return (
    <section className="block">
      <header><h2>Output tokens of the last five hours, over seven days</h2></header>
      <div className="charts">
        {all.map((one) => <OneWindow key={`${one.account ?? ""} ${one.provider ?? ""}`} one={one} />)}
      </div>
    </section>
  );
}

function OneWindow({ one }: { one: SlidingWindow }) {
  const name = one.account ?? one.provider ?? "";
  const { times, series } = useMemo(() => {
    const at = new Map(one.points.map((point) => [point.start_ms, point]));
    const last = one.points.at(-1)?.start_ms ?? 0;
    const first = one.points[0]?.start_ms ?? 0;
    const times: number[] = [];
    for (let start = first; start <= last; start += HOUR_MS) times.push(start);
    const of = (keep: (point: SlidingWindow["points"][number]) => boolean) => times.map((start) => { const point = at.get(start); return point && keep(point) ? point.output_tokens : null; });
    const isHigh = (point: SlidingWindow["points"][number]) => point.output_tokens >= WARN * one.output_tokens_max;
    const series: Series[] = [
      { name: "used", colour: "--busy", values: of((point) => point.limited === 0 && !isHigh(point)) },
      { name: "near its highest", colour: "--warn", values: of((point) => point.limited === 0 && isHigh(point)) },
      { name: "a limit held requests", colour: "--bad", values: of((point) => point.limited > 0) },
    ];
    return { times, series };
  }, [one]);
  const limited = one.points.reduce((sum, point) => sum + point.limited, 0);
  return (
    <div className="block">
      <p><b>{name}</b> <span className="quiet">now {tokens(one.points.at(-1)?.output_tokens ?? 0)}, at most {tokens(one.output_tokens_max)}{limited > 0 ? ` · ${count(limited)} requests held by limits` : ""}</span></p>
      <Chart times={times} spanMs={HOUR_MS} series={series} format={tokens} label={`Output tokens of five hours, ${name}`} />
    </div>
  );
}
