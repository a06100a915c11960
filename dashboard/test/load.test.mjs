// Much of everything: a long history, a huge request, a flood of events. Nothing is timed here; `cargo xtask bench dashboard`
// does that.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { faults } from "./axe.mjs";
import { history } from "./history.mjs";
import { Browser, Gateway, unable, WATCHDOG_MS } from "./place.mjs";

/** Longer than all of a flood takes. */
const FLOOD_MS = 20 * WATCHDOG_MS;
const EXCHANGES = 200_000;

let browser;

before(async () => {
  if (!unable) browser = await Browser.start();
});

after(async () => {
  await browser?.close();
  await Gateway.removeAll();
});

test("every page works on a history of 200,000 exchanges", { skip: unable, timeout: FLOOD_MS }, async () => {
  const gateway = await Gateway.start("[ledger]\n", { history: history(EXCHANGES) });
  const page = await browser.open(`${gateway.url}/dashboard/requests`);
  const list = page.getByRole("region", { name: "Requests" });
  await list.getByRole("link").first().waitFor();
  // Only what is seen is in the document, however far one goes.
  for (let screens = 0; screens < 20; screens++) {
    await list.evaluate((element) => { element.scrollTop = element.scrollHeight; });
    await page.waitForFunction((least) => Number(document.querySelector("[aria-rowcount]")?.getAttribute("aria-rowcount")) > least, 100 * screens);
  }
  assert.ok((await list.getByRole("row").count()) < 100, "a list of thousands keeps few rows");
  await page.goto(`${gateway.url}/dashboard/requests?status=failed&model=gpt-5&project=boat`);
  await list.getByRole("link").first().click();
  const panel = page.getByRole("complementary", { name: "Request" });
  await panel.getByRole("heading", { name: "gpt-5" }).waitFor();
  await page.keyboard.press("j");
  await panel.waitFor();
  await page.goto(`${gateway.url}/dashboard/overview?hours=${24 * 90}`);
  await page.locator(".figures dd").filter({ hasText: /^200.000/ }).waitFor();
  await page.getByRole("table", { name: "Latency percentiles" }).waitFor();
  await page.getByRole("img", { name: "Output tokens of five hours, team-0" }).waitFor();
  for (const by of ["project", "key", "account", "domain", "class"]) {
    await page.getByLabel("Told apart by").selectOption(by);
    await page.getByRole("region", { name: "Groups" }).getByRole("row").nth(1).waitFor();
  }
  assert.deepEqual(await faults(page), []);
  await page.goto(`${gateway.url}/dashboard/conversations`);
  await page.getByRole("region", { name: "Conversations" }).getByRole("link").first().click();
  await page.getByRole("list", { name: "Requests of the conversation" }).getByRole("link").first().waitFor();
  await page.goto(`${gateway.url}/dashboard/cache?session=generated-${EXCHANGES / 40 - 1}`);
  await page.getByText("From the cache").first().waitFor();
  await page.close();
  await gateway.remove();
});

test("a request of 20 MB is opened piece by piece while the page answers", { skip: unable, timeout: 3 * WATCHDOG_MS }, async () => {
  const gateway = await Gateway.start('[ledger]\nbodies = "1d"\n');
  const text = "The quick brown fox. ".repeat(5000);
  const messages = Array.from({ length: 400 }, (_, number) => ({ role: number % 2 ? "assistant" : "user", content: `${number}: ${number === 399 ? "" : text.slice(0, 52_000)}` }));
  messages[399] = { role: "assistant", content: `huge ${text.repeat(20)}` };
  messages.push({ role: "user", content: "the last word" });
  const id = await gateway.ask({ session: "huge", messages });
  await gateway.once(`/api/exchanges/${id}/reply`).catch(() => undefined);
  const page = await browser.open(`${gateway.url}/dashboard/requests/${id}`);
  // The page takes input while the body is read.
  await page.getByRole("tab", { name: "Tokens and cost" }).click();
  await page.getByRole("tab", { name: "Conversation" }).click();
  const request = page.getByRole("region", { name: "Request", exact: true });
  await request.getByText("the last word").waitFor();
  await request.getByText("401 turns").waitFor();
  await request.getByRole("button", { name: "Show 50 earlier turns" }).click();
  await request.getByText(/^302: The quick/).waitFor();
  const held = await page.evaluate(() => document.body.innerText.length);
  assert.ok(held < 2_000_000, `${held} characters of 20 MB are in the page`);
  await page.getByRole("tab", { name: "Raw" }).click();
  await request.getByRole("button", { name: /messages/ }).click();
  await request.getByRole("button", { name: "301 more" }).click();
  await request.getByRole("button", { name: "201 more" }).click();
  await request.getByRole("button", { name: /^200 / }).click();
  await request.getByText(/^role/).first().waitFor();
  await page.close();
  await gateway.remove();
});

test("60,000 live events do not keep the page from answering", { skip: unable, timeout: FLOOD_MS }, async () => {
  const gateway = await Gateway.start("[ledger]\n");
  const page = await browser.open(`${gateway.url}/dashboard/`);
  await gateway.ask({ session: "first" });
  await page.getByRole("rowheader", { name: /first/ }).waitFor();
  // Counts what the page gets, as a second listener of the same stream.
  await page.evaluate(() => {
    window.heard = { events: 0, ended: new Set(), twice: 0 };
    const source = new EventSource("/api/live");
    for (const name of ["session", "exchange"]) {
      source.addEventListener(name, (event) => {
        window.heard.events++;
        if (name !== "exchange") return;
        const { id } = JSON.parse(event.data);
        if (window.heard.ended.has(id)) window.heard.twice++;
        window.heard.ended.add(id);
      });
    }
    return new Promise((resolve) => { source.addEventListener("board", resolve, { once: true }); });
  });
  const EACH = 15_000;
  let over = false;
  const flood = gateway.flood(EACH, (number) => `agent-${number % 40}`).then(() => { over = true; });
  let answered = 0;
  while (!over) {
    await page.getByRole("link", { name: "Requests", exact: true }).click();
    await page.getByLabel("Model").fill(`typed ${answered}`);
    assert.equal(await page.getByLabel("Model").inputValue(), `typed ${answered}`);
    await page.getByRole("link", { name: "Live", exact: true }).click();
    await page.getByRole("region", { name: "Sessions" }).waitFor();
    answered++;
  }
  await flood;
  assert.ok(answered > 0);
  await page.waitForFunction((count) => window.heard.ended.size >= count || window.heard.events < 0, EACH);
  const { events, twice } = await page.evaluate(() => ({ events: window.heard.events, twice: window.heard.twice }));
  assert.equal(twice, 0, "no exchange was told twice");
  assert.ok(events >= 4 * EACH - 100, `${events} events came`);
  // Forty sessions and the first one, and each has its last state.
  await page.waitForFunction(() => document.querySelectorAll(".board tbody tr").length === 41);
  await page.waitForFunction(() => [...document.querySelectorAll(".board .phase")].every((phase) => phase.textContent?.startsWith("idle")));
  await page.close();
  await gateway.remove();
});

test("a listener that comes back is told what it missed, each once", { skip: unable, timeout: 3 * WATCHDOG_MS }, async () => {
  const gateway = await Gateway.start("[ledger]\n");
  const ids = [];
  const ended = [];
  const listen = async (last, until) => {
    const stop = new AbortController();
    const answer = await fetch(`${gateway.url}/api/live`, { signal: stop.signal, headers: last ? { "last-event-id": last } : {} });
    const decoder = new TextDecoder();
    let text = "";
    for await (const piece of answer.body) {
      text += decoder.decode(piece, { stream: true });
      const frames = text.split("\n\n");
      text = frames.pop();
      for (const frame of frames) {
        const id = /^id: (.*)$/m.exec(frame)?.[1];
        if (id) ids.push(id);
        if (/^event: exchange$/m.test(frame)) ended.push(JSON.parse(/^data: (.*)$/m.exec(frame)[1]).id);
        if (/^event: board$/m.test(frame)) assert.equal(last, undefined, "what was missed is still kept");
      }
      if (until()) break;
    }
    stop.abort();
    return ids.at(-1);
  };
  const asked = [];
  const first = listen(undefined, () => ended.length >= 20);
  for (let number = 0; number < 20; number++) asked.push(await gateway.ask({ session: "s" }));
  const last = await first;
  for (let number = 0; number < 100; number++) asked.push(await gateway.ask({ session: "s" }));
  await listen(last, () => ended.length >= 120);
  assert.deepEqual(ended, asked, "each exchange once, in order, over the gap");
  const numbers = ids.map((id) => Number(id.split("-")[1]));
  assert.deepEqual(numbers, [...numbers.keys()].map((index) => numbers[0] + index), "no number is missing or double");
  await gateway.remove();
});

test("no page made a mistake or asked anybody else", { skip: unable }, () => {
  assert.deepEqual(browser.wrong, []);
});
