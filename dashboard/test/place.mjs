// A gateway and a browser for one test file.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  #home = mkdtempSync(join(tmpdir(), "ironbridge-dashboard-"));
  #child;
  #log = "";
  url = "";

  static async start(config = "[ledger]\n") {
    const gateway = new Gateway();
    writeFileSync(join(gateway.#home, "config.toml"), config);
    await gateway.run(0);
    return gateway;
  }

  /** Starts the process; the port of before, or a free one. */
  async run(port = new URL(this.url).port) {
    this.#child = spawn(binary, ["start", "--offline", "--port", String(port)], {
      env: { PATH: process.env.PATH, IRONBRIDGE_HOME: this.#home, ADMIN: "admin-secret-1" },
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
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** Asks for a reply; gives the exchange's id. */
  async ask({ session, agent, model = "claude-sonnet-4-5", text = "hello", tools, stream = false, host }) {
    const answer = await fetch(`${this.url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(session ? { "x-claude-code-session-id": session } : {}),
        ...(agent ? { "x-claude-code-agent-id": agent } : {}),
        ...(host ? { host } : {}),
      },
      body: JSON.stringify({
        model, stream, max_tokens: 1000, messages: [{ role: "user", content: text }],
        ...(tools ? { tools: tools.map((name) => ({ name, description: name, input_schema: { type: "object" } })) } : {}),
      }),
    });
    await answer.text();
    return answer.headers.get("x-request-id");
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
    const own = new URL(url).origin;
    page.on("pageerror", (error) => this.wrong.push(String(error)));
    page.on("console", (message) => {
      // What a policy forbids is told here too.
      if (message.type() === "error" && !message.text().includes("ERR_CONNECTION") && !message.text().includes("status of 401")) this.wrong.push(message.text());
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
