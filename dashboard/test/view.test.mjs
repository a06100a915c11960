// A request as a whole: what was said in it, what it cost, beside another; the cache doctor; the setup.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { faults } from "./axe.mjs";
import { Browser, Gateway, PICTURES, unable, WATCHDOG_MS } from "./place.mjs";

const options = { skip: unable, timeout: 3 * WATCHDOG_MS };
const CONFIG = '[ledger]\nbodies = "1d"\n[server]\nadmin_token = { env = "ADMIN" }\n';

let gateway;
let browser;

before(async () => {
  if (unable) return;
  gateway = await Gateway.start(CONFIG);
  browser = await Browser.start();
});

after(async () => {
  await browser?.close();
  await Gateway.removeAll();
});

const picture = (page, name) => page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });

/** Asks, and waits until what was said is kept. */
async function kept(asked) {
  const id = await gateway.ask(asked);
  await gateway.once(`/api/exchanges/${id}/reply`);
  return id;
}

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const CONVERSATION = [
  { role: "user", content: [{ type: "text", text: "Make the **parser** accept `commas`" }, { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } }] },
  { role: "assistant", content: [
    { type: "thinking", thinking: "First I look at the parser.", signature: "s" },
    { type: "tool_use", id: "t1", name: "Edit", input: { file_path: "src/parse.rs", old_string: "let a = 1;\nself.expect(Comma)?;\nend", new_string: "let a = 1;\nif !self.eat(Comma) { break }\nend" } },
  ] },
  { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", is_error: true, content: [{ type: "text", text: Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n") }] }] },
];

test("a request shows what the model saw: text, image, thinking, edits, results, reply", options, async () => {
  const id = await kept({ session: "view", messages: CONVERSATION, system: "You are a parser's friend.", tools: ["Edit", "Read"] });
  const page = await browser.open(`${gateway.url}/dashboard/requests/${id}`);
  const request = page.getByRole("region", { name: "Request", exact: true });
  await request.getByText("commas").waitFor();
  await request.locator("strong", { hasText: "parser" }).waitFor();
  await request.getByRole("img", { name: "As it was sent" }).waitFor();
  await request.getByText("First I look at the parser.").waitFor();
  await request.getByText("- self.expect(Comma)?;").waitFor();
  await request.getByText("+ if !self.eat(Comma) { break }").waitFor();
  await request.getByText("src/parse.rs").first().waitFor();
  // A long result is folded, and says that it failed.
  assert.equal(await request.getByText("line 39").isVisible(), false);
  await request.getByText("40 lines").click();
  await request.getByText("line 39").waitFor();
  await request.getByText("2 tools offered").click();
  await request.getByText("System prompt").click();
  await request.getByText("You are a parser's friend.").waitFor();
  await page.getByRole("region", { name: "Reply" }).getByText("Tool t1 returned").or(page.getByRole("region", { name: "Reply" }).getByText("returned:")).first().waitFor();
  assert.deepEqual(await faults(page), []);
  await picture(page, "request");
  await page.getByRole("tab", { name: "Raw" }).click();
  await request.getByRole("button", { name: /messages/ }).click();
  await request.getByRole("button", { name: /^1 / }).click();
  await request.getByText("assistant").first().waitFor();
  assert.deepEqual(await faults(page), []);
  await page.getByRole("tab", { name: "Tokens and cost" }).click();
  await page.getByRole("table", { name: "Why this cost" }).waitFor();
  await page.getByRole("tab", { name: /Attempts/ }).click();
  await page.getByRole("list", { name: /Where .* went/ }).waitFor();
  await page.getByRole("tab", { name: "Headers and details" }).click();
  await page.getByText("Session header").waitFor();
  await page.close();
});

test("a request is copied as a command without any secret, and that command works", options, async () => {
  const secret = "sk-ant-api03-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
  const id = await kept({ session: "copy", text: `it's $(mine): ${secret}` });
  const page = await browser.open(`${gateway.url}/dashboard/?open=${id}`, { permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByRole("button", { name: "Copy as cURL" }).click();
  await page.getByText("Copied.").waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(!command.includes(secret), command);
  const { execFileSync } = await import("node:child_process");
  const answer = execFileSync("sh", ["-c", command.replace("curl ", "curl -sS ")], { encoding: "utf8" });
  assert.match(JSON.parse(answer).content[0].text, /You said: it's \$\(mine\)/);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as JSON" }).click()]);
  assert.equal(download.suggestedFilename(), `${id}.json`);
  await page.close();
});

test("two requests stand beside each other, and the first block that differs is named", options, async () => {
  const [first, second] = [CONVERSATION.slice(0, 2), structuredClone(CONVERSATION)];
  second[0].content[0].text = "Make the parser accept semicolons";
  const left = await kept({ session: "compare", messages: [...first, { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "ok" }] }], system: "same", tools: ["Edit"] });
  const right = await kept({ session: "compare", messages: second, system: "same", tools: ["Edit"] });
  const page = await browser.open(`${gateway.url}/dashboard/compare?left=${left}`);
  await page.getByLabel("Right").fill(right);
  await page.keyboard.press("Enter");
  await page.getByText("The first 2 blocks are the same.").waitFor();
  await page.getByRole("region", { name: "Blocks" }).getByText("message 1 (user)").first().waitFor();
  await page.getByText(/\+ .*semicolons/).waitFor();
  await page.getByRole("region", { name: "What they came to" }).waitFor();
  assert.deepEqual(await faults(page), []);
  await picture(page, "compare");
  await page.close();
});

test("the cache doctor lists a session's misses, each with its cause", options, async () => {
  const cached = await Gateway.start("[ledger]\n", { history: misses() });
  const page = await browser.open(`${cached.url}/dashboard/cache`);
  await page.getByRole("link", { name: "doctor" }).click();
  const table = page.getByRole("region", { name: "Misses" });
  await table.getByText("the system prompt changed").waitFor();
  await table.getByText("left alone too long").waitFor();
  assert.equal(await table.getByRole("row").count(), 3);
  assert.deepEqual(await faults(page), []);
  await picture(page, "cache");
  await table.getByRole("link", { name: "The block" }).first().click();
  await page.getByRole("heading", { name: "Compare two requests" }).waitFor();
  await page.close();
  await cached.remove();
});

/** Four turns of a session: the third with another system prompt, the fourth an hour later. */
function* misses() {
  const now = Date.now() - 7_200_000;
  const hash = (byte) => Array(16).fill(byte);
  for (const [turn, minute, read, system] of [[1, 0, 0, 0], [2, 1, 20_000, 0], [3, 2, 1000, 9], [4, 60, 0, 9]]) {
    const id = `req_c${turn}`;
    const began = now + minute * 60_000;
    const exchange = {
      id, began_ms: began, duration_ms: 1000, status: 200, cause: "completed", dialect: "messages", endpoint: "messages", domain: "localhost", session: "doctor", model: "claude-sonnet-4-5",
      provider: "anthropic", target_model: "claude-sonnet-4-5", input_tokens: 10, output_tokens: 10, cache_read_tokens: read, cache_write_5m_tokens: 20_000 - read + 500,
    };
    yield `${JSON.stringify({ exchange, digest: { id, scope: "localhost", began_ms: began, own: hash(turn), parent: turn > 1 ? hash(turn - 1) : null, system: hash(system), messages: turn } })}\n`;
  }
}

test("a key is made, shown once, and revoked; accounts, prices, settings and what was done are shown", options, async () => {
  const page = await browser.open(`${gateway.url}/dashboard/setup?part=keys`);
  await page.getByText("No key yet").waitFor();
  await page.getByLabel("Name").fill("<b>laptop</b>");
  await page.getByLabel("Budget").fill("much");
  await page.getByRole("button", { name: "Make key" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Name").fill("laptop");
  await page.getByLabel("Budget").fill("5USD/day");
  await page.getByRole("button", { name: "Make key" }).click();
  const text = await page.getByLabel("The new key").innerText();
  assert.deepEqual(await faults(page), []);
  assert.ok(await gateway.ask({ session: "with-key", key: text }));
  await page.getByRole("row", { name: /laptop/ }).getByRole("button", { name: "Revoke…" }).click();
  await page.getByRole("button", { name: "Revoke key" }).click();
  await page.getByRole("row", { name: /laptop.*revoked/ }).waitFor();
  await picture(page, "keys");
  for (const [part, words] of [["Accounts", "needs none"], ["Prices", "claude-sonnet-4-5"], ["Settings", "ledger.bodies"], ["Audit log", "POST /api/keys"]]) {
    await page.getByRole("link", { name: part }).click();
    await page.getByText(words).first().waitFor();
    assert.deepEqual(await faults(page), [], part);
    await picture(page, `setup-${part.split(" ")[0].toLowerCase()}`);
  }
  assert.equal(await page.getByText(text).count(), 0, "a key's text is nowhere again");
  await page.close();
});

test("what models, tools and files are called is shown, and never run", options, async () => {
  const fresh = await Gateway.start(CONFIG);
  const script = "<img src=x onerror=alert(1)><script>alert(2)</script>";
  const attempts = [script, "[click](javascript:alert(3))", "![x](http://evil.example/x.png)", "<a href='javascript:alert(4)'>x</a>", "<style>*{display:none}</style>", "```html\n<script>alert(5)</script>\n```"].join("\n\n");
  const id = await fresh.ask({ session: script, text: attempts, messages: [
    { role: "user", content: attempts },
    { role: "assistant", content: [{ type: "text", text: attempts }, { type: "tool_use", id: script, name: "Edit", input: { file_path: script, old_string: script, new_string: attempts, [script]: script } }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: script, content: attempts }, { type: "image", source: { type: "url", url: "http://evil.example/y.png" } }, { type: "image", source: { type: "base64", media_type: "image/svg+xml", data: Buffer.from(`<svg xmlns='http://www.w3.org/2000/svg' onload='alert(6)'/>`).toString("base64") } }] },
  ], system: script });
  await fresh.once(`/api/exchanges/${id}/reply`);
  const page = await browser.open(`${fresh.url}/dashboard/requests/${id}`);
  const request = page.getByRole("region", { name: "Request", exact: true });
  await request.getByText("click").first().waitFor();
  await page.evaluate(() => { for (const folded of document.querySelectorAll("details")) folded.open = true; });
  assert.equal(await page.locator("img[src=x], main script, main style, a[href^=javascript]").count(), 0);
  assert.deepEqual(await faults(page), []);
  await page.getByRole("tab", { name: "Raw" }).click();
  await request.getByRole("button", { name: /messages/ }).click();
  for (const path of ["cache", `cache?session=${encodeURIComponent(script)}`, `compare?left=${encodeURIComponent(script)}&right=${id}`, "setup?part=audit", `setup?part=${encodeURIComponent(script)}`]) {
    await page.goto(`${fresh.url}/dashboard/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await page.locator("img[src=x]").count(), 0, path);
  }
  await page.close();
  await fresh.remove();
});

test("no page made a mistake or asked anybody else", options, () => {
  assert.deepEqual(browser.wrong, []);
});
