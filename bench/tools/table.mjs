// The figures as Markdown, and the mean over all tools.
import { rounded } from "./report.mjs";

/** Geometric: per tool over its cases, then over the tools, of what JavaScript programs use now divided by ours. */
export function mean(rows) {
  const tools = rows
    .map(({ name, cases }) => [
      name,
      geometric(cases.map(times).filter((one) => one !== undefined)),
    ])
    .filter(([, one]) => one !== undefined);
  return { tools: Object.fromEntries(tools), all: geometric(tools.map(([, one]) => one)) };
}

function times({ today, contenders }) {
  if (today === undefined) return undefined;
  return contenders[today].p50_us / contenders.ironbridge.p50_us;
}

function geometric(values) {
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export function markdown(result) {
  const { date, machine, cores, node, load_before, load_after } = result;
  const parts = [
    `${date}, ${machine}, ${cores} cores, Node ${node}, load ${load_before.split(" ")[0]} before and ${load_after.split(" ")[0]} after. Median`,
    "of one operation; in brackets p95, then the processor's time. **Missed** reaches stand in bold.",
    "",
    "| what | ironbridge | peers | reach | reached | Rust alone |",
    "|---|---:|---|---|---|---|",
  ];
  for (const { title, cases, failed } of result.rows) {
    parts.push(`| **${title}** | | | | | |`);
    for (const one of cases) parts.push(line(one));
    if (failed) parts.push(`| **the rest failed**: ${failed.replaceAll("|", "\\|")} | | | | | |`);
  }
  parts.push("", means(result.mean), "");
  return `${parts.join("\n")}\n`;
}

function line({ name, contenders, reaches, rust, note }) {
  const peers = Object.entries(contenders).filter(([peer]) => peer !== "ironbridge");
  const cells = [
    note ? `${name} (${note})` : name,
    shown(contenders.ironbridge),
    peers.map(([peer, figures]) => `${peer} ${shown(figures)}`).join("<br>"),
    reaches.map(({ wanted }) => wanted).join("<br>"),
    reaches.map(({ reached, met }) => (met ? reached : `**${reached}**`)).join("<br>"),
    rust ? `\`${rust}\`` : "",
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function shown({ p50_us, p95_us, cpu_us, memory_bytes }) {
  const parts = [];
  if (p50_us !== undefined) {
    const p95 = p95_us === undefined ? "" : time(p95_us);
    parts.push(
      `${time(p50_us)} (${[p95, cpu_us === undefined ? "" : time(cpu_us)].filter(Boolean).join(", ")})`,
    );
  }
  if (memory_bytes !== undefined) parts.push(`${rounded(memory_bytes / 1e6)} MB`);
  return parts.join(", ");
}

function time(microseconds) {
  if (microseconds >= 1e6) return `${rounded(microseconds / 1e6)} s`;
  if (microseconds >= 1000) return `${rounded(microseconds / 1000)} ms`;
  return `${rounded(microseconds)} µs`;
}

function means({ tools, all }) {
  if (all === undefined) return "";
  const each = Object.entries(tools).map(([name, value]) => `${name} ${rounded(value)}`);
  const verdict = all >= 5 ? "reach ≥ 5: met" : "reach ≥ 5: **missed**";
  return `Geometric mean over the tools, against what JavaScript programs use today: **${rounded(all)} ×** (${verdict}); ${each.join(", ")}.`;
}
