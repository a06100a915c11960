// The dashboard as people use it: a real gateway on the offline model, Debian's Chromium.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { faults } from "./axe.mjs";
import { Browser, Gateway, PICTURES, unable, WATCHDOG_MS } from "./place.mjs";

const options = { skip: unable, timeout: 3 * WATCHDOG_MS };

let gateway;
let browser;

before(async () => {
  if (unable) return;
  gateway = await Gateway.start();
  browser = await Browser.start();
});

after(async () => {
  await browser?.close();
  await Gateway.removeAll();
});

const picture = (page, name) => page.screenshot({ path: join(PICTURES, `${name}.png`) });
/** The row of a session or an agent on the board. */
const row = (page, name) => page.getByRole("region", { name: "Sessions" }).getByRole("row").filter({ has: page.getByRole("rowheader", { name: new RegExp(name) }) });

test("a newcomer sees how to connect, and then the first session by itself", options, async () => {
  const page = await browser.open(`${gateway.url}/dashboard`);
  await page.getByRole("heading", { name: "Connect a client" }).waitFor();
  assert.match(await page.getByLabel("How to connect Claude Code").innerText(), new RegExp(gateway.url));
  await page.getByText("Waiting for the first request").waitFor();
  assert.deepEqual(await faults(page), []);
  await picture(page, "first-run");
  await gateway.ask({ session: "api-refactor", stream: true });
  await row(page, "api-refactor").waitFor();
  await page.close();
});

test("the board shows each session with its agents, what they do, and what just ended", options, async () => {
  const page = await browser.open(`${gateway.url}/dashboard/`);
  await row(page, "api-refactor").getByText("idle").waitFor();
  await gateway.ask({ session: "api-refactor", agent: "explore", model: "claude-haiku-4-5", text: 'call Grep {"pattern":"x"}', tools: ["Grep"] });
  await row(page, "explore").getByText("tool: Grep").waitFor();
  await gateway.ask({ session: "docs", model: "gpt-5" });
  await row(page, "docs").first().waitFor();
  await page.getByRole("grid", { name: "Exchanges that just ended" }).getByText("claude-haiku-4-5").waitFor();
  assert.deepEqual(await faults(page), []);
  await picture(page, "live");
  await page.close();
});

test("a session is paused, resumed and stopped from the board", options, async () => {
  const page = await browser.open(`${gateway.url}/dashboard/`);
  const docs = row(page, "docs");
  await docs.getByRole("button", { name: "Pause" }).click();
  await docs.getByText("paused").waitFor();
  let answered = false;
  const waiting = gateway.ask({ session: "docs" }).then(() => { answered = true; });
  await gateway.ask({ session: "another" });
  assert.equal(answered, false, "its request waits while others are answered");
  await docs.getByRole("button", { name: "Resume" }).click();
  await waiting;
  await docs.getByRole("button", { name: "Stop…" }).click();
  await page.getByRole("button", { name: "Keep it running" }).click();
  assert.equal(await docs.getByText("stopped").count(), 0);
  await docs.getByRole("button", { name: "Stop…" }).click();
  assert.deepEqual(await faults(page), []);
  await page.getByRole("button", { name: "Stop session" }).click();
  await docs.getByText("stopped", { exact: true }).waitFor();
  const id = await gateway.ask({ session: "docs" });
  const record = await (await fetch(`${gateway.url}/api/exchanges/${id}`)).json();
  assert.equal(record.status, 403);
  await docs.getByRole("button", { name: "Resume" }).click();
  await docs.getByRole("button", { name: "Pause" }).waitFor();
  await page.close();
});

test("requests are filtered in the address, opened by keyboard, and walked through", options, async () => {
  for (let number = 0; number < 5; number++) await gateway.ask({ session: "walk", model: `m-${number}` });
  const page = await browser.open(`${gateway.url}/dashboard/requests?session=walk`);
  const list = page.getByRole("grid", { name: "Requests" });
  await list.getByText("m-0").waitFor();
  assert.equal(await list.getByRole("row").count(), 6);
  // What comes while the page is open, comes into the list.
  await gateway.ask({ session: "walk", model: "m-5" });
  await list.getByText("m-5").waitFor();
  await list.getByRole("row", { name: /m-5/ }).getByRole("link").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Request" });
  await panel.getByRole("heading", { name: "m-4" }).waitFor();
  assert.match(page.url(), /open=/);
  await page.keyboard.press("j");
  await panel.getByRole("heading", { name: "m-3" }).waitFor();
  await page.keyboard.press("k");
  await panel.getByRole("heading", { name: "m-4" }).waitFor();
  for (const tab of [/Attempts/, /Changes/, "Headers and details", "Raw", "Conversation", "Tokens and cost"]) {
    await panel.getByRole("tab", { name: tab }).click();
    assert.deepEqual(await faults(page), [], `the tab ${tab}`);
  }
  await picture(page, "requests");
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await page.getByLabel("Status").selectOption("failed");
  await page.getByText("No request fits this filter").waitFor();
  assert.match(page.url(), /status=failed/);
  await page.goBack();
  await page.close();
});

test("the overview tells a range of time apart by what one chooses", options, async () => {
  const page = await browser.open(`${gateway.url}/dashboard/overview`);
  await page.getByRole("img", { name: "Requests an hour" }).waitFor();
  await page.getByRole("cell", { name: "claude-haiku-4-5" }).waitFor();
  await page.getByLabel("Told apart by").selectOption("provider");
  await page.getByRole("link", { name: "offline" }).waitFor();
  await page.getByRole("link", { name: "30 d" }).click();
  await page.getByRole("img", { name: "Requests a day" }).waitFor();
  assert.match(page.url(), /by=provider/);
  assert.deepEqual(await faults(page), []);
  await picture(page, "overview");
  await page.close();
});

test("conversations and sessions are listed and found by an id", options, async () => {
  const id = await gateway.ask({ session: "to-be-found" });
  const page = await browser.open(`${gateway.url}/dashboard/conversations`);
  await page.getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("link", { name: "api-refactor" }).waitFor();
  assert.deepEqual(await faults(page), []);
  await page.getByLabel(/Id of a session/).fill(id);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "to-be-found" }).waitFor();
  assert.equal(await page.getByRole("row").count(), 2);
  await page.goto(`${gateway.url}/dashboard/conversations?kind=session&search=none-such`);
  await page.getByText("No session has this id").waitFor();
  await picture(page, "conversations");
  await page.close();
});

test("texts of models and clients are shown, and never run", options, async () => {
  const script = "<img src=x onerror=alert(1)><script>alert(2)</script>";
  const id = await gateway.ask({ session: script, agent: script, model: script, text: `call ${script.replaceAll(/[ ()]/g, "")} {"a":1}`, tools: ["x"] });
  const page = await browser.open(`${gateway.url}/dashboard/?open=${id}`);
  await page.getByRole("complementary", { name: "Request" }).getByRole("heading", { name: script }).waitFor();
  await page.getByRole("tab", { name: "Raw" }).click();
  assert.equal(await page.locator("img[src=x]").count(), 0);
  for (const path of ["requests", "overview", "conversations?kind=session", `requests?session=${encodeURIComponent(script)}`, "javascript:alert(1)"]) {
    await page.goto(`${gateway.url}/dashboard/${path}`);
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    assert.equal(await page.locator("img[src=x]").count(), 0, path);
  }
  await page.close();
});

test("both themes, and a phone", options, async () => {
  for (const [name, settings] of [["light", { colorScheme: "light" }], ["phone", { viewport: { width: 390, height: 800 } }]]) {
    for (const path of ["", "requests", "overview", "conversations?kind=session", "cache", "compare", "setup?part=accounts", "setup?part=keys", "setup?part=prices", "setup?part=settings", "setup?part=audit", "connect"]) {
      const page = await browser.open(`${gateway.url}/dashboard/${path}`, settings);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForFunction(() => !document.querySelector("main")?.textContent?.includes("Loading"));
      assert.deepEqual(await faults(page), [], `${name} ${path}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${name} ${path}: the page is ${wide} px wider than its window`);
      await picture(page, `${name}-${path.replace(/\?.*=/, "-") || "live"}`);
      await page.close();
    }
  }
});

test("the gateway restarts under an open page, which goes on by itself", options, async () => {
  const page = await browser.open(`${gateway.url}/dashboard/`);
  await row(page, "api-refactor").first().waitFor();
  await gateway.stop();
  await page.getByText("not connected, trying again").waitFor();
  await picture(page, "lost");
  await gateway.run();
  await page.getByText("connected", { exact: true }).waitFor();
  await gateway.ask({ session: "after-the-restart" });
  await row(page, "after-the-restart").first().waitFor();
  await page.close();
});

test("a page that is not on this machine asks for the token", options, async () => {
  const closed = await Gateway.start('[ledger]\n[server]\nadmin_token = { env = "ADMIN" }\n');
  const page = await browser.open(`${closed.url}/dashboard/`, { extraHTTPHeaders: { "x-forwarded-for": "192.0.2.1" } });
  await page.getByLabel("Token").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("not known here").waitFor();
  assert.deepEqual(await faults(page), []);
  await page.getByLabel("Token").fill("admin-secret-1");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Connect a client" }).waitFor();
  await page.close();
  await closed.remove();
});

test("no page made a mistake or asked anybody else", options, () => {
  assert.deepEqual(browser.wrong, []);
});
