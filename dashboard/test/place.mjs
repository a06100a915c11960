// A gateway and a browser for one test file.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const binary = process.env.IRONBRIDGE_BIN ?? join(root, "target/debug/ironbridge");
const browserFile = ["chromium", "chromium-browser", "google-chrome"].map((name) => join("/usr/bin", name)).find(existsSync);

/** Where the run leaves its pictures. */
export const PICTURES = join(root, "target/dashboard");

/** Longer than anything here takes. */
export const WATCHDOG_MS = 60_000;

export const unable = browserFile ? (existsSync(binary) ? false : `no binary at ${binary}`) : "no Chromium in /usr/bin";

/** A gateway on the offline model with a ledger of its own. */
export class Gateway {
  static #running = new Set();
  #home = mkdtempSync(join(tmpdir(), "ironbridge-dashboard-"));
  #child;
  #log = "";
  #offline = true;
  url = "";

  /** With the entries of a history, if one is given; on the offline model unless the config names providers. */
  static async start(config = "[ledger]\n", { history, offline = true } = {}) {
    const gateway = new Gateway();
    Gateway.#running.add(gateway);
    gateway.#offline = offline;
    writeFileSync(join(gateway.#home, "config.toml"), config);
    if (history) await gateway.#import(history);
    await gateway.run(0);
    return gateway;
  }

  async #import(lines) {
    const child = spawn(binary, ["ledger", "import", "-"], { env: this.#variables(), stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text) => { said += text; });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await pipeline(Readable.from(lines), child.stdin);
    if ((await ended) !== 0) throw new Error(`the history was not taken: ${said}`);
  }

  #variables() {
    return { PATH: process.env.PATH, IRONBRIDGE_HOME: this.#home, ADMIN: "admin-secret-1" };
  }

  /** Starts the process; the port of before, or a free one. */
  async run(port = new URL(this.url).port) {
    this.#child = spawn(binary, ["start", ...(this.#offline ? ["--offline"] : []), "--port", String(port)], {
      env: this.#variables(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr.on("data", (text) => { this.#log += text; });
    this.url = await new Promise((resolve, reject) => {
      let said = "";
      this.#child.stdout.on("data", (text) => {
        said += text;
        const url = /listening on (\S+)/.exec(said)?.[1];
        if (url) resolve(url);
      });
      this.#child.once("exit", () => { reject(new Error(`the gateway ended: ${this.#log}`)); });
    });
  }

  /** Ends the process; its ledger stays. */
  async stop() {
    if (!this.#child || this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
  }

  /** Also those of tests that failed. */
  static removeAll() {
    return Promise.all([...Gateway.#running].map((gateway) => gateway.remove()));
  }

  async remove() {
    Gateway.#running.delete(this);
    await this.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** Asks for a reply; gives the exchange's id. `messages` stand in for the one of `text`. */
  async ask({ session, agent, model = "claude-sonnet-4-5", text = "hello", messages = [{ role: "user", content: text }], system, tools, stream = false, host, key }) {
    const answer = await fetch(`${this.url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(session ? { "x-claude-code-session-id": session } : {}),
        ...(agent ? { "x-claude-code-agent-id": agent } : {}),
        ...(host ? { host } : {}),
        ...(key ? { authorization: `Bearer ${key}` } : {}),
      },
      body: JSON.stringify({
        model, stream, max_tokens: 1000, messages, ...(system ? { system } : {}),
        ...(tools ? { tools: tools.map((name) => ({ name, description: name, input_schema: { type: "object" } })) } : {}),
      }),
    });
    await answer.text();
    return answer.headers.get("x-request-id");
  }

  /** Asks `count` times over a few kept connections, one body for all; ends when each is answered. */
  async flood(count, session) {
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const body = JSON.stringify({ model: "claude-sonnet-4-5", max_tokens: 20, stream: true, messages: [{ role: "user", content: "hi" }] });
    let sent = 0;
    const one = (number) => new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": body.length, "x-claude-code-session-id": session(number) };
      const asked = request(`${this.url}/v1/messages`, { method: "POST", agent, headers }, (answer) => {
        answer.resume();
        answer.once("end", resolve);
      });
      asked.once("error", reject);
      asked.end(body);
    });
    const lane = async () => { while (sent < count) await one(sent++); };
    await Promise.all(Array.from({ length: 16 }, lane));
    agent.destroy();
  }

  /** Waits until the ledger gives what is asked for. */
  async once(path) {
    for (;;) {
      const answer = await fetch(`${this.url}${path}`);
      if (answer.ok) return answer.json();
      await answer.body?.cancel();
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
  }
}

/** A browser whose pages may make no mistake and ask nothing of anybody else. */
export class Browser {
  #browser;
  wrong = [];

  static async start() {
    mkdirSync(PICTURES, { recursive: true });
    const browser = new Browser();
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    browser.#browser = await chromium.launch({ executablePath: browserFile, args, timeout: WATCHDOG_MS });
    return browser;
  }

  async open(url, options = {}) {
    const page = await this.#browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "dark", ...options });
    page.setDefaultTimeout(WATCHDOG_MS);
    const own = url === "about:blank" ? "http://127.0.0.1" : new URL(url).origin;
    page.on("pageerror", (error) => this.wrong.push(String(error)));
    page.on("console", (message) => {
      // What a policy forbids is told here too.
      const expected = /ERR_CONNECTION|status of (400|401|404|409|429)/.test(message.text());
      if (message.type() === "error" && !expected) this.wrong.push(message.text());
    });
    page.on("response", (response) => {
      if (response.status() >= 400 && response.url().includes("/dashboard/")) this.wrong.push(`${response.status()} ${response.url()}`);
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(own) && !request.url().startsWith("data:") && !request.url().startsWith("blob:")) this.wrong.push(`asked for ${request.url()}`);
    });
    page.on("dialog", (dialog) => {
      this.wrong.push(`a script of somebody else ran: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(url);
    return page;
  }

  close() {
    return this.#browser.close();
  }
}
