// Three agents of one session, replayed event by event by a model server of the test's own: each row and phase of the board
// comes from what really went over the wire.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Browser, Gateway, unable, WATCHDOG_MS } from "./place.mjs";

const options = { skip: unable, timeout: 3 * WATCHDOG_MS };

/** A model server that says each next thing when it is told to. */
class Model {
  #server;
  #waiting = new Map();
  #answers = new Map();

  static async start() {
    const model = new Model();
    model.#server = createServer((request, response) => {
      let text = "";
      request.on("data", (piece) => { text += piece; });
      request.on("end", () => {
        const { messages } = JSON.parse(text || "{}");
        if (!messages) { response.writeHead(404).end("{}"); return; }
        const agent = messages.at(-1).content;
        if (agent.startsWith("The record:")) { model.#analyse(agent, response); return; }
        response.writeHead(200, { "content-type": "text/event-stream" });
        model.#answers.set(agent, response);
        model.#waiting.get(agent)?.();
      });
    });
    await new Promise((resolve) => { model.#server.listen(0, "127.0.0.1", resolve); });
    return model;
  }

  /** What was asked about conversations. */
  records = [];

  /** Too busy at first, then an answer in the form that is asked for. */
  #analyse(record, response) {
    this.records.push(record);
    if (this.records.length === 1) {
      response.writeHead(429, { "content-type": "application/json", "retry-after": "1" }).end('{"type":"error","error":{"type":"rate_limit_error","message":"busy"}}');
      return;
    }
    const found = { summary: "They greeted each other.", topics: ["<img src=x onerror=alert(1)>"], outcome: "done", action_items: ["write a test"], prompting_tips: [] };
    const said = { ...begin.message, content: [{ type: "text", text: `Here: ${JSON.stringify(found)}` }], stop_reason: "end_turn", usage: { input_tokens: 1000, output_tokens: 100 } };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(said));
  }

  get url() { return `http://127.0.0.1:${this.#server.address().port}`; }

  /** Waits until the model was asked by an agent. */
  asked(agent) {
    if (this.#answers.has(agent)) return Promise.resolve();
    return new Promise((resolve) => { this.#waiting.set(agent, resolve); });
  }

  say(agent, ...events) {
    for (const event of events) this.#answers.get(agent).write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  end(agent, stop, usage) {
    this.say(agent, { type: "message_delta", delta: { stop_reason: stop, stop_sequence: null }, usage }, { type: "message_stop" });
    this.#answers.get(agent).end();
    this.#answers.delete(agent);
  }

  stop() { this.#server.closeAllConnections(); return new Promise((resolve) => { this.#server.close(resolve); }); }
}

const begin = { type: "message_start", message: { id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-4-5", content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 10, cache_read_input_tokens: 90, cache_creation_input_tokens: 0, output_tokens: 1 } } };
const block = (index, content) => ({ type: "content_block_start", index, content_block: content });
const delta = (index, of) => ({ type: "content_block_delta", index, delta: of });
const stop = (index) => ({ type: "content_block_stop", index });

let model;
let gateway;
let browser;

before(async () => {
  if (unable) return;
  model = await Model.start();
  const config = `[ledger]\nbodies = "1d"\n[[provider]]\nname = "scripted"\nkind = "anthropic"\nbase_url = "${model.url}"\ncredential = { env = "ADMIN" }\n`;
  gateway = await Gateway.start(config, { offline: false });
  browser = await Browser.start();
});

after(async () => {
  await browser?.close();
  await Gateway.removeAll();
  await model?.stop();
});

test("three agents of a session, each in its own phase", options, async () => {
  const page = await browser.open(`${gateway.url}/dashboard/`);
  const row = (name) => page.getByRole("region", { name: "Sessions" }).getByRole("row").filter({ has: page.getByRole("rowheader", { name: new RegExp(name) }) });
  const ask = (agent) => gateway.ask({ session: "refactor", ...(agent === "main" ? {} : { agent }), text: agent, stream: true });
  const answers = ["main", "explore", "writer"].map(ask);
  await Promise.all(["main", "explore", "writer"].map((agent) => model.asked(agent)));
  for (const name of ["refactor", "explore", "writer"]) await row(name).first().getByText("waiting").waitFor();
  model.say("main", begin, block(0, { type: "thinking", thinking: "", signature: "" }), delta(0, { type: "thinking_delta", thinking: "Let me see." }));
  model.say("explore", begin, block(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "I look" }));
  await row("refactor").first().getByText("thinking").waitFor();
  await row("explore").getByText("streaming").waitFor();
  await row("writer").getByText("waiting").waitFor();
  model.say("main", stop(0), block(1, { type: "text", text: "" }), delta(1, { type: "text_delta", text: "Now" }));
  await row("refactor").first().getByText("streaming").waitFor();
  model.say("explore", stop(0), block(1, { type: "tool_use", id: "t1", name: "Grep", input: {} }), delta(1, { type: "input_json_delta", partial_json: "{\"pattern\":\"x\"}" }), stop(1));
  model.end("explore", "tool_use", { output_tokens: 20 });
  await row("explore").getByText("tool: Grep").waitFor();
  model.say("main", stop(1));
  model.end("main", "end_turn", { output_tokens: 30 });
  await row("refactor").first().getByText("idle").waitFor();
  // The cache share is that of the provider's own numbers.
  await row("explore").getByText(/^90.%$/).waitFor();
  model.say("writer", begin, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
  model.end("writer", "end_turn", { output_tokens: 1 });
  await row("writer").getByText("failed").waitFor();
  await Promise.all(answers);
  // The agent goes on with its tool's result.
  const next = ask("explore");
  await model.asked("explore");
  await row("explore").getByText("waiting").waitFor();
  model.say("explore", begin, block(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "Done" }), stop(0));
  model.end("explore", "end_turn", { output_tokens: 5 });
  await row("explore").getByText("idle").waitFor();
  await next;
  await page.close();
  assert.deepEqual(browser.wrong, []);
});

test("a conversation is analysed on demand, through the gateway, at a shown cost", options, async () => {
  const secret = "sk-ant-api03-CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";
  const asked = gateway.ask({ session: "talk", text: `hello, my key is ${secret}`, stream: true });
  await model.asked(`hello, my key is ${secret}`);
  model.say(`hello, my key is ${secret}`, begin, block(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "Hi" }), stop(0));
  model.end(`hello, my key is ${secret}`, "end_turn", { output_tokens: 2 });
  const id = await asked;
  await gateway.once(`/api/conversations/${id}`);
  const page = await browser.open(`${gateway.url}/dashboard/conversations?conversation=${id}`);
  await page.getByText("Analyse this conversation").click();
  await page.getByRole("button", { name: "Analyse" }).click();
  const analysis = page.getByRole("region", { name: "Analysis" });
  await analysis.getByText("They greeted each other.").waitFor();
  await analysis.getByText("<img src=x").waitFor();
  // 1000 tokens of input at 3 dollars a million, 100 of output at 15.
  await analysis.getByText("$0.0045").waitFor();
  assert.equal(model.records.length, 2, "the busy model was asked again");
  assert.ok(model.records[1].includes("hello, my key is") && !model.records[1].includes(secret), model.records[1]);
  await analysis.getByRole("link", { name: "the request" }).click();
  await page.getByRole("complementary", { name: "Request" }).getByText("dashboard-analysis").first().waitFor();
  await page.close();
  assert.deepEqual(browser.wrong, []);
});

test("all pages are reached and used without a mouse", options, async () => {
  const page = await browser.open(`${gateway.url}/dashboard/`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the page");
  const names = ["Live", "Requests", "Overview", "Conversations", "Cache", "Setup", "Connect"];
  for (const name of names) {
    await page.evaluate(() => { if (document.activeElement instanceof window.HTMLElement) document.activeElement.blur(); });
    let steps = 0;
    while ((await focused()) !== name) {
      await page.keyboard.press("Tab");
      assert.ok(++steps < 40, `${name} is not reached by Tab`);
    }
    const outline = await page.evaluate(() => window.getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", `one sees that ${name} is focused`);
    await page.keyboard.press("Enter");
    await page.waitForFunction((path) => location.pathname.endsWith(path), name === "Live" ? "/" : `/${name.toLowerCase()}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
  }
  // A request is opened, its tabs are walked, and it is closed.
  await page.goto(`${gateway.url}/dashboard/requests`);
  const list = page.getByRole("grid", { name: "Requests" });
  await list.getByRole("link").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Request" });
  await panel.getByRole("tab", { name: "Tokens and cost" }).focus();
  await page.keyboard.press("ArrowRight");
  await panel.getByRole("tab", { name: /Attempts/, selected: true }).waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await page.close();
});
