// node inside.mjs WAY IN_FLIGHT SECONDS: hello world without a socket, as often as it can be asked; prints JSON.
// WAY is request, fetch or python-node; `memory` asks a million times, `idle` not at all.
import { createRequire } from "node:module";
import { folder, load } from "./servers/start.mjs";

const [way, inFlight, seconds] = process.argv.slice(2);
const MILLION = Number(process.env.IRONBRIDGE_BENCH_QUICK ? 20_000 : 1_000_000);

const WAYS = {
  async request() {
    const app = await load();
    return async () => (await app.request({ path: "/hello" })).body.length;
  },
  async fetch() {
    const app = await load();
    return async () => (await (await app.fetch("/hello")).arrayBuffer()).byteLength;
  },
  async "python-node"() {
    const { Python, Request } = createRequire(import.meta.url)("@platformatic/python-node");
    const python = new Python({ docroot: folder, appTarget: "app:app" });
    return async () => (await python.handleRequest(new Request({ url: "http://localhost/hello" }))).body.length;
  },
};

async function many(ask, wanted) {
  let done = 0;
  const one = async () => {
    while (wanted(done)) {
      if ((await ask()) !== 13) throw new Error("a wrong answer");
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: Number(inFlight) }, one));
  return done;
}

async function measured(ask, wanted) {
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  const requests = await many(ask, wanted);
  const { user, system } = process.cpuUsage(cpu);
  return { requests, perSecond: requests / ((performance.now() - begun) / 1000), cpuMicros: (user + system) / requests };
}

const resident = () => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};

async function main() {
  if (way === "memory") {
    const ask = await WAYS.request();
    await many(ask, (done) => done < MILLION / 10);
    const before = resident();
    await many(ask, (done) => done < MILLION);
    return { requests: MILLION, before, after: resident() };
  }
  if (way === "idle") {
    const ask = await WAYS.request();
    await many(ask, (done) => done < 100);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const cpu = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: Number(seconds), cpuMillis: (user + system) / 1000 };
  }
  const ask = await WAYS[way]();
  // The first requests warm up what compiles as it runs.
  const warm = performance.now() + 300;
  await many(ask, () => performance.now() < warm);
  const end = performance.now() + Number(seconds) * 1000;
  return measured(ask, () => performance.now() < end);
}

console.log(JSON.stringify(await main()));
process.exit(0);
