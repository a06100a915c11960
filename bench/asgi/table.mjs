// The figures as Markdown, and what was reached of what was wanted (issue 6).
import { CASES } from "./cases.mjs";
import { CONTENDERS } from "./contenders.mjs";

const NAMES = CONTENDERS.map(({ name }) => name);
const SERVERS = ["uvicorn", "granian", "hypercorn"];
const NATIVE = "`listen()`";

export function markdown(result) {
  const { date, machine, cores, node, rounds, seconds, load_before, load_after } = result;
  return [
    `${date}, ${machine}, ${cores} cores, Node ${node}, load ${load_before} before and ${load_after} after; medians of ${rounds} turns of ${seconds} s.`,
    "The contender's processor time for a request in µs, then requests a second.",
    "",
    `| what | ${NAMES.join(" | ")} |`,
    `|---|${NAMES.map(() => "---:").join("|")}|`,
    ...CASES.flatMap(({ name, title }) => [1, 64].map((connections) => row(result, name, title, connections))).filter(Boolean),
    "",
    ...insideRows(result),
    ...Object.entries(result.missing).map(([name, why]) => `Not measured: ${name} (${oneLine(why)}).`),
    "",
    ...reachRows(result),
    "",
  ].join("\n");
}

function row(result, name, title, connections) {
  const cells = NAMES.map((contender) => shown(cell(result, name, connections, contender)));
  return cells.every((one) => one === "") ? undefined : `| ${title}, ${connections} | ${cells.join(" | ")} |`;
}

function cell({ cells }, name, connections, contender) {
  return cells.find((one) => one.case === name && one.connections === connections && one.contender === contender);
}

function shown(figures) {
  if (figures === undefined) return "";
  if (figures.failed !== undefined) return `fails: ${oneLine(figures.failed)}`;
  return `${rounded(figures.cpuMicros)} · ${rounded(figures.perSecond)}`;
}

const oneLine = (text) => text.split("\n")[0].replaceAll("|", "\\|").slice(0, 80);

function insideRows(result) {
  const ways = ["request", "fetch", "python-node"];
  const rows = [1, 64].map((inFlight) => {
    const cells = ways.map((way) => shown(cell(result, "inside", inFlight, way)));
    return cells.every((one) => one === "") ? undefined : `| hello world, ${inFlight} in flight | ${cells.join(" | ")} |`;
  });
  const lines = [];
  if (rows.some(Boolean)) {
    lines.push("| without a socket | `app.request` | `app.fetch` | python-node |", "|---|---:|---:|---:|", ...rows.filter(Boolean), "");
  }
  const { memory, idle } = result;
  if (memory) lines.push(`Resident memory after ${rounded(memory.requests)} more requests: ${megabytes(memory.after)}, before ${megabytes(memory.before)}.`);
  if (idle) lines.push(`Processor time in ${idle.seconds} s with an application open and nothing to do: ${rounded(idle.cpuMillis)} ms.`);
  return lines.length > 0 ? [...lines, ""] : lines;
}

const megabytes = (bytes) => `${rounded(bytes / 1e6)} MB`;

/** What, how it was reached (undefined: not measured), whether that is enough. */
function reaches(result) {
  const of = (name, connections, contender) => {
    const found = cell(result, name, connections, contender);
    return found?.failed === undefined ? found : undefined;
  };
  const best = (name, connections, figure, pick) => {
    const all = SERVERS.map((server) => of(name, connections, server)?.[figure]).filter((one) => one !== undefined);
    return all.length > 0 ? pick(...all) : undefined;
  };
  const ratio = (left, right) => (left === undefined || right === undefined ? undefined : left / right);
  const [listen, handler] = ["listen()", "handler()"];
  const cheapest = (name, connections) => ratio(of(name, connections, listen)?.cpuMicros, best(name, connections, "cpuMicros", Math.min));
  const [lean, fetch, theirs] = ["request", "fetch", "python-node"].map((way) => of("inside", 64, way));
  const atMost = (limit) => (value) => value <= limit;
  const atLeast = (limit) => (value) => value >= limit;
  const uvicornOrGranian = (figure, pick) => {
    const all = ["uvicorn", "granian"].map((name) => of("hello", 64, name)?.[figure]).filter((one) => one !== undefined);
    return all.length > 0 ? pick(...all) : undefined;
  };
  return [
    [`${NATIVE} hello, 64: CPU ≤ 0.6 × uvicorn's and granian's`, ratio(of("hello", 64, listen)?.cpuMicros, uvicornOrGranian("cpuMicros", Math.min)), atMost(0.6)],
    [`${NATIVE} hello, 64: requests/s ≥ 1.3 × the better one's`, ratio(of("hello", 64, listen)?.perSecond, uvicornOrGranian("perSecond", Math.max)), atLeast(1.3)],
    [`${NATIVE} hello, 1: requests/s ≥ uvicorn's`, ratio(of("hello", 1, listen)?.perSecond, of("hello", 1, "uvicorn")?.perSecond), atLeast(1)],
    ...CASES.filter(({ name }) => name !== "hello").flatMap(({ name, title }) =>
      [1, 64].map((connections) => [`${NATIVE} ${title}, ${connections}: CPU no worse than the best server's`, cheapest(name, connections), atMost(1)]),
    ),
    ["`handler()` hello, 64: requests/s ≥ 0.9 × node:http", ratio(of("hello", 64, handler)?.perSecond, of("hello", 64, "node:http")?.perSecond), atLeast(0.9)],
    ["`handler()` hello, 64: requests/s ≥ 2.5 × the proxy", ratio(of("hello", 64, handler)?.perSecond, of("hello", 64, "proxy")?.perSecond), atLeast(2.5)],
    ["`handler()` hello, 1: requests/s ≥ 3 × the proxy", ratio(of("hello", 1, handler)?.perSecond, of("hello", 1, "proxy")?.perSecond), atLeast(3)],
    ["`app.request`, 64: requests/s ≥ 20 × python-node", ratio(lean?.perSecond, theirs?.perSecond), atLeast(20)],
    ["`app.request`, 64: CPU ≤ 12 µs", lean?.cpuMicros, atMost(12), "µs"],
    ["`app.fetch`, 64: requests/s ≥ 8 × python-node", ratio(fetch?.perSecond, theirs?.perSecond), atLeast(8)],
    ["memory over a million requests: ≤ 1.05 ×", ratio(result.memory?.after, result.memory?.before), atMost(1.05)],
    ["idle: ≤ 1 ms of CPU a second", ratio(result.idle?.cpuMillis, result.idle?.seconds), atMost(1), "ms"],
  ];
}

function reachRows(result) {
  const known = reaches(result).filter(([, value]) => value !== undefined);
  if (known.length === 0) return [];
  const rows = known.map(([what, value, met, unit = "×"]) => {
    const text = `${rounded(value)} ${unit}`;
    return `| ${what} | ${met(value) ? text : `**${text}**`} |`;
  });
  return ["What is wanted, and what was reached; **missed** ones in bold.", "", "| reach | reached |", "|---|---:|", ...rows];
}

function rounded(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
