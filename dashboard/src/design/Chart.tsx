import { useEffect, useRef } from "react";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Series {
  name: string;
  /** A token of `tokens.css`. */
  colour: string;
  /** One for each time; null is a gap. */
  values: (number | null)[];
}

const HEIGHT = 170;

/** Bars over time, from zero; several series stand on each other. The pointer is shared by all charts of a page. */
export function Chart({ times, spanMs, series, format, label }: {
  times: number[];
  spanMs: number;
  series: Series[];
  format: (value: number) => string;
  label: string;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const style = getComputedStyle(element);
    const colour = (token: string) => style.getPropertyValue(token).trim();
    const heights = series.map((_, index) => times.map((__, at) => series.slice(0, index + 1).reduce((sum, one) => sum + (one.values[at] ?? 0), 0)));
    const bars = UPlot.paths.bars?.({ size: [0.8, 40], align: 1 });
    const axis = { stroke: colour("--quiet"), font: `11px ${style.fontFamily}`, grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const plot = new UPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        cursor: { sync: { key: "overview" }, points: { show: false }, y: false },
        scales: { y: { range: (_, __, most) => [0, Math.max(most || 0, 1e-9) * 1.1] }, x: { range: (_, least, most) => [least, most + spanMs / 1000] } },
        axes: [{ ...axis, space: 70 }, { ...axis, size: 62, values: (_, marks) => marks.map(format) }],
        // The highest stack is drawn first, so that the lower ones stand before it.
        series: [
          { value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
          ...series.map((one, index) => ({ label: one.name, fill: colour(one.colour), stroke: colour(one.colour), width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}), value: (_: UPlot, __: number, ___: number, at: number | null) => (at === null ? "–" : format(series[index]?.values[at] ?? 0)) })).toReversed(),
        ],
      },
      [times.map((ms) => ms / 1000), ...heights.toReversed()],
      element,
    );
    const observer = new ResizeObserver(() => { plot.setSize({ width: element.clientWidth, height: HEIGHT }); });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [times, spanMs, series, format]);
  return <div className="chart" ref={place} role="img" aria-label={label} />;
}
