// node run.mjs [--quick] [--out FILE] [--results FOLDER] [--table FILE] [ROW…]: measures rows of the table, one after
// the other.
//
// `--out` keeps all figures as JSON, `--results` under the day's name in a folder, `--table` puts the table between
// its marks in a Markdown file. What it needs comes by environment variables, which `cargo xtask bench tools` sets:
// IRONBRIDGE_TEST_PACKAGE (the built package), IRONBRIDGE_BENCH_FIXTURES (where trees and repositories are kept),
// IRONBRIDGE_BENCH_MATCHERS and IRONBRIDGE_BENCH_READ_LOOP (programs that may be missing: their columns then are).
import { fork } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { markdown, mean } from "./table.mjs";

/** As in issue 5. */
const ORDER = [
  "crossing",
  "fuzzy",
  "search",
  "edit",
  "files",
  "shell",
  "pty",
  "watch",
  "git",
  "tokens",
  "validation",
  "limits",
  "locks",
];

const { values, positionals } = parseArgs({
  options: {
    quick: { type: "boolean" },
    out: { type: "string" },
    results: { type: "string" },
    table: { type: "string" },
  },
  allowPositionals: true,
});
const there = readdirSync(new URL("rows", import.meta.url)).map((name) => name.replace(".mjs", ""));
const unknown = [...positionals, ...there].find((name) => !ORDER.includes(name));
if (unknown) throw new Error(`there is no row ${unknown}; there are ${ORDER.join(", ")}`);
const missing = ORDER.filter((name) => !there.includes(name));
if (missing.length > 0) throw new Error(`rows without a file: ${missing.join(", ")}`);
const asked = ORDER.filter((name) => positionals.length === 0 || positionals.includes(name));

const result = {
  date: new Date().toISOString().slice(0, 10),
  machine: cpus()[0].model,
  cores: cpus().length,
  node: process.version,
  load_before: load(),
  rows: [],
};
const failed = [];
for (const name of asked) {
  const begun = performance.now();
  try {
    const { failure, ...row } = await inOwnProcess(name);
    result.rows.push({ name, ...row, ...(failure && { failed: failure.split("\n", 1)[0] }) });
    // After each row: what was measured is not lost with what comes after.
    finished();
    process.stderr.write(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
    if (failure) {
      failed.push(name);
      process.stderr.write(`${name}: ${failure}\n`);
    }
  } catch (error) {
    failed.push(name);
    process.stderr.write(`${name}: ${error.message}\n`);
  }
}
const table = finished();
if (values.results) {
  mkdirSync(values.results, { recursive: true });
  writeFileSync(join(values.results, `${result.date}.json`), figures());
}
if (values.table) replaceBetweenMarks(values.table, table);
process.stdout.write(table);
if (failed.length > 0) {
  process.stderr.write(`failed: ${failed.join(", ")}\n`);
  process.exit(1);
}

/** Sums up what there is so far, and keeps it. */
function finished() {
  result.load_after = load();
  result.mean = mean(result.rows);
  if (values.out) writeFileSync(values.out, figures());
  return markdown(result);
}

function figures() {
  return `${JSON.stringify(result, undefined, 1)}\n`;
}

function load() {
  return loadavg()
    .map((one) => one.toFixed(2))
    .join(" ");
}

function inOwnProcess(name) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...(values.quick && { IRONBRIDGE_BENCH_QUICK: "1" }) };
    const child = fork(new URL("row.mjs", import.meta.url), [name], {
      execArgv: ["--expose-gc"],
      env,
    });
    let row;
    child.on("message", (message) => {
      row = message;
    });
    child.on("error", reject);
    child.on("exit", (code, signal) =>
      row ? resolve(row) : reject(new Error(`ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
}

function replaceBetweenMarks(file, table) {
  const [begin, end] = ["<!-- table of tools: begin -->", "<!-- table of tools: end -->"];
  const text = readFileSync(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from)
    throw new Error(`${file} has no place for the table: ${begin} … ${end}`);
  writeFileSync(file, `${text.slice(0, from + begin.length)}\n${table}${text.slice(to)}`);
}
