// node run.mjs [--quick] [--rounds N] [--seconds N] [--cases LIST] [--contenders LIST] [--out FILE] [--results FOLDER]
// [--table FILE]: measures, and prints the table.
//
// `cargo xtask bench asgi` sets what it needs: IRONBRIDGE_TEST_PACKAGE (the built package) and IRONBRIDGE_BENCH_PYTHON (an
// interpreter with the packages of requirements.txt).
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CASES } from "./cases.mjs";
import { CONTENDERS, pythonNode } from "./contenders.mjs";
import { load } from "./load.mjs";
import { processorSeconds, start } from "./subject.mjs";
import { markdown } from "./table.mjs";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    rounds: { type: "string" },
    seconds: { type: "string" },
    cases: { type: "string" },
    contenders: { type: "string" },
    out: { type: "string" },
    results: { type: "string" },
    table: { type: "string" },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const seconds = Number(values.seconds ?? 1);
const CONNECTIONS = [1, 64];
const INSIDE = ["request", "fetch", "python-node"];
const chosen = (all, list) => (list === undefined ? all : all.filter(({ name }) => list.split(",").includes(name)));
const cases = chosen(CASES, values.cases);
const wanted = chosen(CONTENDERS, values.contenders);
const folder = dirname(fileURLToPath(import.meta.url));

const result = {
  date: new Date().toISOString().slice(0, 10),
  machine: cpus()[0].model,
  cores: cpus().length,
  node: process.version,
  rounds,
  seconds,
  load_before: loadavg()[0].toFixed(2),
  cells: [],
  missing: {},
};

const subjects = new Map();
try {
  for (const contender of wanted) {
    try {
      subjects.set(contender, await start(contender));
    } catch (error) {
      missing(contender.name, error);
    }
  }
  for (const one of cases) {
    for (const connections of CONNECTIONS) await row(one, connections);
  }
} finally {
  for (const subject of subjects.values()) await subject.stop();
}
if (values.cases === undefined) inside();
result.load_after = loadavg()[0].toFixed(2);
const text = `${JSON.stringify(result, undefined, 1)}\n`;
if (values.out) writeFileSync(values.out, text);
if (values.results) {
  mkdirSync(values.results, { recursive: true });
  writeFileSync(join(values.results, `${result.date}.json`), text);
}
const table = markdown(result);
if (values.table) replaceBetweenMarks(values.table, table);
process.stdout.write(table);

function missing(name, error) {
  result.missing[name] = error.message;
  process.stderr.write(`without ${name}: ${error.message}\n`);
}

/** All contenders in turn, and again. */
async function row(one, connections) {
  const begun = performance.now();
  const turns = new Map();
  for (const [contender, subject] of subjects) {
    if (one.name === "websocket" && !contender.websocket) continue;
    try {
      await check(subject, one);
      turns.set(contender, []);
    } catch (error) {
      result.cells.push({ case: one.name, connections, contender: contender.name, failed: error.message });
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const [contender, figures] of turns) {
      const subject = subjects.get(contender);
      try {
        const before = processorSeconds(subject.pid);
        const { requests, perSecond } = await load(subject.port, one, connections, seconds);
        const used = processorSeconds(subject.pid) - before;
        figures.push({ requests, perSecond, cpuMicros: (used * 1e6) / requests });
      } catch (error) {
        turns.delete(contender);
        result.cells.push({ case: one.name, connections, contender: contender.name, failed: error.message });
      }
    }
  }
  for (const [{ name }, figures] of turns) {
    result.cells.push({ case: one.name, connections, contender: name, ...medians(figures), turns: figures });
  }
  process.stderr.write(`${one.name}, ${connections}: ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
}

function medians(figures) {
  const median = (name) => {
    const all = figures.map((figure) => figure[name]).sort((left, right) => left - right);
    return all[Math.floor(all.length / 2)];
  };
  return { perSecond: median("perSecond"), cpuMicros: median("cpuMicros") };
}

/** Who answers wrong is not measured. */
async function check({ port }, { name, path, method = "GET", body, right }) {
  if (name === "websocket") return load(port, { name, path }, 1, 0.05);
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, { method, body });
  const text = await reply.text();
  if (reply.status !== 200 || !right(text)) throw new Error(`answers ${reply.status} ${text.slice(0, 60)}`);
}

/** What needs no server. */
function inside() {
  for (const connections of CONNECTIONS) {
    const turns = new Map(INSIDE.map((way) => [way, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [way, figures] of turns) {
        try {
          figures.push(own(way, connections, seconds));
        } catch (error) {
          turns.delete(way);
          result.cells.push({ case: "inside", connections, contender: way, failed: error.message });
        }
      }
    }
    for (const [way, figures] of turns) {
      result.cells.push({ case: "inside", connections, contender: way, ...medians(figures), turns: figures });
    }
  }
  for (const [name, ...flags] of [["memory", 64, 0], ["idle", 1, values.quick ? 1 : 10]]) {
    try {
      result[name] = own(name, ...flags);
    } catch (error) {
      missing(name, error);
    }
  }
}

function own(way, inFlight, time) {
  const env = { ...process.env, ...(way === "python-node" && pythonNode()) };
  if (values.quick) env.IRONBRIDGE_BENCH_QUICK = "1";
  const flags = ["--expose-gc", join(folder, "inside.mjs"), way, String(inFlight), String(time)];
  const done = spawnSync(process.execPath, flags, { env, encoding: "utf8", timeout: 300_000 });
  if (done.status !== 0) throw new Error(done.stderr.split("\n").find((line) => /Error/.test(line)) ?? `it ended with ${done.status ?? done.signal}`);
  return JSON.parse(done.stdout.trim().split("\n").at(-1));
}

function replaceBetweenMarks(file, table) {
  const [begin, end] = ["<!-- table of asgi: begin -->", "<!-- table of asgi: end -->"];
  const text = readFileSync(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${file} has no place for the table: ${begin} … ${end}`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n${table}${text.slice(to)}`);
}
