// What the dashboard takes: its first load, each page on 200,000 exchanges, an event on its way to the eye, a flood.
//
// Each figure stands beside its floor, measured in the same run: an empty page of the same browser, the API alone, the
// stream alone. Usage: node bench/run.mjs [--quick] [--out FILE]
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
import { history } from "../test/history.mjs";
import { Browser, Gateway, unable } from "../test/place.mjs";

const quick = process.argv.includes("--quick");
const out = process.argv[process.argv.indexOf("--out") + 1];
const EXCHANGES = quick ? 20_000 : 200_000;
const ROUNDS = quick ? 3 : 15;
const FLOOD_EXCHANGES = quick ? 1500 : 15_000;
const FLOOD_MS = quick ? 6000 : 60_000;

const sorted = (all) => all.toSorted((one, other) => one - other);
const at = (all, share) => sorted(all)[Math.min(all.length - 1, Math.ceil(all.length * share) - 1)] ?? Number.NaN;
const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const rows = [];
const row = (what, figure, floor, reach) => {
  rows.push({ what, figure, floor, reach });
  console.log(`${what.padEnd(46)} ${figure.padStart(26)}   floor ${floor.padStart(12)}   reach ${reach}`);
};

/** Opens an address in a page of its own and waits for what is looked for; gives the milliseconds. */
async function opened(browser, url, looked, options) {
  const page = await browser.open("about:blank", options);
  const began = performance.now();
  await page.goto(url, { waitUntil: "commit" });
  await page.locator(looked).first().waitFor();
  const took = performance.now() - began;
  const bytes = await page.evaluate(() => [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")].reduce((sum, one) => sum + (one.encodedBodySize ?? 0), 0));
  await page.close();
  return { took, bytes };
}

async function firstLoad(browser, gateway) {
  const empty = createServer((_, answer) => { answer.setHeader("content-type", "text/html"); answer.end("<!doctype html><title>x</title><h1>x</h1>"); });
  await new Promise((resolve) => { empty.listen(0, "127.0.0.1", resolve); });
  const [own, floor] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    own.push(await opened(browser, `${gateway.url}/dashboard/`, "h1"));
    floor.push(await opened(browser, `http://127.0.0.1:${empty.address().port}/`, "h1"));
  }
  empty.close();
  row("first load, gzip", `${(own[0].bytes / 1000).toFixed(0)} kB`, "–", "250 kB");
  row("first load to the board, median", ms(at(own.map(({ took }) => took), 0.5)), ms(at(floor.map(({ took }) => took), 0.5)), "1000 ms");
}

const PAGES = [
  ["requests", "/dashboard/requests", "[role=grid] [role=row] a", "/api/exchanges?limit=100"],
  ["requests, three filters", "/dashboard/requests?status=failed&model=gpt-5&project=boat", "[role=grid] [role=row] a", "/api/exchanges?limit=100&status=failed&model=gpt-5&project=boat"],
  ["overview, 90 days", "/dashboard/overview?hours=2160", ".figures dd", `/api/overview?since_ms=${Date.now() - 90 * 86_400_000}`],
  ["conversations", "/dashboard/conversations", "tbody a", "/api/conversations?limit=100"],
  ["sessions", "/dashboard/conversations?kind=session", "tbody a", "/api/conversations?limit=100&kind=session"],
  ["one request", "/dashboard/requests/req_g000000100", "dl.facts", "/api/exchanges/req_g000000100"],
  ["cache doctor of a session", "/dashboard/cache?session=generated-10", ".figures dd", "/api/sessions/generated-10/cache"],
];

async function pages(browser, gateway) {
  // In one page, as one walks: what was loaded once stays.
  for (const [name, path, looked, api] of PAGES) {
    const [own, floor] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      const page = await browser.open(`${gateway.url}/dashboard/connect`);
      await page.locator("h1").waitFor();
      await page.goto(`${gateway.url}${path}`, { waitUntil: "commit" });
      const took = await page.evaluate((selector) => new Promise((resolve) => {
        const look = () => { if (document.querySelector(selector)) resolve(performance.now()); else requestAnimationFrame(look); };
        look();
      }), looked);
      own.push(took);
      await page.close();
      const began = performance.now();
      await (await fetch(`${gateway.url}${api}`)).arrayBuffer();
      floor.push(performance.now() - began);
    }
    row(`${name}, to its data, median (p95)`, `${ms(at(own, 0.5))} (${ms(at(own, 0.95))})`, ms(at(floor, 0.5)), "200 ms");
  }
}

async function latency(browser, gateway) {
  const page = await browser.open(`${gateway.url}/dashboard/`);
  await gateway.ask({ session: "latency" });
  await page.getByRole("grid", { name: "Exchanges that just ended" }).waitFor();
  await page.evaluate(() => {
    window.seen = new Map();
    window.told = new Map();
    const look = () => {
      for (const link of document.querySelectorAll("[role=row] a")) {
        const id = new URL(link.href).searchParams.get("open");
        if (id && !window.seen.has(id)) window.seen.set(id, Date.now());
      }
    };
    new window.MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    const source = new EventSource("/api/live");
    source.addEventListener("exchange", (event) => { window.told.set(JSON.parse(event.data).id, Date.now()); });
  });
  const [own, floor] = [[], []];
  for (let number = 0; number < (quick ? 10 : 100); number++) {
    const id = await gateway.ask({ session: "latency" });
    const answered = Date.now();
    await page.waitForFunction((one) => window.seen.has(one) && window.told.has(one), id);
    const [seen, told] = await page.evaluate((one) => [window.seen.get(one), window.told.get(one)], id);
    own.push(Math.max(0, seen - answered));
    floor.push(Math.max(0, told - answered));
  }
  await page.close();
  row("an exchange's end to its row, median (p95)", `${ms(at(own, 0.5))} (${ms(at(own, 0.95))})`, ms(at(floor, 0.5)), "100 ms");
}

async function frames(browser, gateway) {
  const page = await browser.open(`${gateway.url}/dashboard/`);
  await gateway.ask({ session: "frames" });
  await page.getByRole("region", { name: "Sessions" }).waitFor();
  const inspector = await page.context().newCDPSession(page);
  const heap = async () => {
    await inspector.send("HeapProfiler.collectGarbage");
    return (await inspector.send("Runtime.getHeapUsage")).usedSize / 1e6;
  };
  const watch = () => page.evaluate(() => {
    window.gaps = [];
    let last = performance.now();
    const next = (now) => { window.gaps.push(now - last); last = now; window.frame = requestAnimationFrame(next); };
    window.frame = requestAnimationFrame(next);
  });
  const gaps = () => page.evaluate(() => { window.cancelAnimationFrame(window.frame); return window.gaps.slice(1); });
  await watch();
  await new Promise((resolve) => { setTimeout(resolve, 3000); });
  const quiet = await gaps();
  const before = await heap();
  await watch();
  const began = performance.now();
  // In lots of a tenth of a second, so that it is a minute and no burst.
  for (let sent = 0; sent < FLOOD_EXCHANGES;) {
    const due = Math.min(FLOOD_EXCHANGES, Math.ceil(((performance.now() - began + 100) / FLOOD_MS) * FLOOD_EXCHANGES));
    if (due > sent) await gateway.flood(due - sent, (number) => `agent-${number % 40}`);
    sent = Math.max(sent, due);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  const seconds = (performance.now() - began) / 1000;
  const busy = await gaps();
  const after = await heap();
  await page.close();
  const events = 4 * FLOOD_EXCHANGES;
  row(`frames over ${events} events in ${seconds.toFixed(0)} s, p99 (longest)`, `${ms(at(busy, 0.99))} (${ms(Math.max(...busy))})`, ms(at(quiet, 0.99)), "50 ms");
  row("memory of the page, before and after", `${before.toFixed(1)} → ${after.toFixed(1)} MB`, "–", "flat");
}

if (unable) throw new Error(unable);
const gateway = await Gateway.start("[ledger]\n", { history: history(EXCHANGES) });
const browser = await Browser.start();
try {
  await firstLoad(browser, gateway);
  await pages(browser, gateway);
  await latency(browser, gateway);
  await frames(browser, gateway);
  if (process.argv.includes("--out")) writeFileSync(out, `${JSON.stringify(rows, null, 2)}\n`);
} finally {
  await browser.close();
  await gateway.remove();
}
