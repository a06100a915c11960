// The example in a real browser: letters, sizes, a lost connection, a page that is loaded again; and who is kept out.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { WebSocket } from "ws";

const home = fileURLToPath(new URL("..", import.meta.url));
const browserFile = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => join("/usr/bin", name))
  .find(existsSync);
const noBrowser = { skip: browserFile ? false : "no Chromium in /usr/bin" };
const WATCHDOG_MS = 60_000;

let folder;
let terminal;

before(async () => {
  // As it would be installed; its packages are those of this package's tests.
  folder = mkdtempSync(join(tmpdir(), "ironbridge-web-"));
  cpSync(join(home, "../../examples/web-terminal"), folder, { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["ws", "@xterm"]) {
    symlinkSync(join(home, "node_modules", name), join(folder, "node_modules", name));
  }
  symlinkSync(home, join(folder, "node_modules/ironbridge"));
  const { serve } = await import(pathToFileURL(join(folder, "server.mjs")));
  terminal = await serve({ command: "sh", args: ["-i"] });
});

after(async () => {
  await terminal?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The lines of the page, as one reads them, have `text`. */
const shows = (page, text) =>
  page.waitForFunction(
    (wanted) => document.querySelector(".xterm-rows")?.textContent.includes(wanted),
    text,
    { timeout: WATCHDOG_MS },
  );

test("letters are typed and seen, sizes follow, and what was lost comes back", { ...noBrowser, timeout: 3 * WATCHDOG_MS }, async () => {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: browserFile, args, timeout: WATCHDOG_MS });
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 500 } });
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(String(error)));
    await page.goto(terminal.url);
    await page.waitForSelector(".xterm-rows");
    const type = async (text) => {
      await page.keyboard.type(text);
      await page.keyboard.press("Enter");
    };
    await shows(page, "# ".trim());
    await type("echo $((6*7))-höre");
    await shows(page, "42-höre");
    const cols = async () => {
      await type("echo cols:$(stty size | cut -d' ' -f2):");
      await shows(page, "cols:");
      const text = () => document.querySelector(".xterm-rows").textContent.match(/cols:(\d+):/g);
      await page.waitForFunction((count) => (document.querySelector(".xterm-rows").textContent.match(/cols:\d+:/g) ?? []).length > count, seen);
      const all = await page.evaluate(text);
      seen = all.length;
      return Number(all.at(-1).split(":")[1]);
    };
    let seen = 0;
    const wide = await cols();
    await page.setViewportSize({ width: 500, height: 500 });
    const narrow = await cols();
    assert.ok(wide > 80 && narrow < wide, `${wide} ${narrow}`);
    // The connection is lost, and goes on where it was: what was seen is not shown twice.
    for (const socket of terminal.sockets) socket.terminate();
    await page.waitForFunction(() => document.getElementById("state").textContent !== "");
    await page.waitForFunction(() => document.getElementById("state").textContent === "");
    await type("echo aga''in");
    await shows(page, "again");
    const once = (await page.textContent(".xterm-rows")).split("42-höre").length;
    assert.equal(once, 2);
    // A new page knows nothing: it gets the replay.
    await page.reload();
    await shows(page, "42-höre");
    await shows(page, "again");
    await type("exit 4");
    await page.waitForFunction(() => document.getElementById("state").textContent.includes("ended with 4"));
    assert.deepEqual(wrong, []);
  } finally {
    await browser.close();
  }
});

/** How a socket is answered: `open`, or the status of a refusal. */
function knock(address, headers) {
  const socket = new WebSocket(address, { headers });
  return new Promise((resolve) => {
    socket.on("unexpected-response", (_request, { statusCode }) => resolve(statusCode));
    socket.on("error", (error) => resolve(/\d{3}/.exec(error.message)?.[0] ?? "closed"));
    socket.on("open", () => {
      socket.terminate();
      resolve("open");
    });
  });
}

test("nobody comes in from another page, by another name or without the token", async () => {
  const { host, origin, hash } = new URL(terminal.url);
  const token = hash.slice(1);
  const address = `ws://${host}/terminal?token=${token}`;
  assert.equal(await knock(address, { origin }), "open");
  const cases = [
    [address, { origin: "http://evil.example" }],
    [address, {}],
    [address, { origin, host: `evil.example:${new URL(origin).port}` }],
    [`ws://${host}/terminal?token=${token.slice(1)}`, { origin }],
    [`ws://${host}/terminal`, { origin }],
    [`ws://${host}/other?token=${token}`, { origin }],
  ];
  for (const [where, headers] of cases) {
    assert.equal(String(await knock(where, headers)), "403", JSON.stringify([where, headers]));
  }
  assert.equal((await fetch(`${origin}/`)).status, 200);
  assert.equal((await fetch(`${origin}/../server.mjs`)).status, 404);
});
