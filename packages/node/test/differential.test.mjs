// Beside what JavaScript has for the same, on generated inputs.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { inFolder, ironbridge } from "./place.mjs";
import { choices } from "./random.mjs";

const require = createRequire(import.meta.url);
const picomatch = require("picomatch");
const z = require("zod");

const PIECES = [
  "word", " the", "Hello", ", ", "\n", "\r\n", "\t", "  ", "1234", "0x1F", "ä", "ß", "€", "😀", "👩‍👩‍👧", "你好", "العربية",
  "don't", "I'LL", "{\"a\": [1, 2]}", "fn main() {", "===", "a".repeat(40), "\u00a0", "\u0301", "<|endoftext|>", "_x9", "/path/to",
];

test("tokens are those of gpt-tokenizer", () => {
  for (const encoding of ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"]) {
    const peer = require(`gpt-tokenizer/encoding/${encoding}`);
    for (let seed = 1; seed <= 300; seed++) {
      const text = choices(seed).text(PIECES, 40);
      // Both read special tokens as the ordinary text they are in what users send.
      const expected = peer.encode(text, { disallowedSpecial: new Set() });
      assert.deepEqual([...ironbridge.encode(text, { encoding })], expected, JSON.stringify(text));
      assert.equal(ironbridge.countTokens(text, { encoding }), expected.length);
      assert.equal(ironbridge.decode(expected, { encoding }), text);
    }
  }
});

test("globs choose the files that picomatch chooses", () =>
  inFolder(async (options, folder) => {
    const { several, of } = choices(7);
    const names = ["a.ts", "b.js", ".hidden", "c.test.ts", "README.md", "x y.ts", "ä.ts", "[id].ts"];
    const folders = ["", "src/", "src/lib/", ".config/", "docs/"];
    const files = folders.flatMap((lead) => names.map((name) => `${lead}${name}`));
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), "");
    }
    const parts = ["*", "**", "*.ts", "src", "{a,b}.*", "?.ts", "[abc].*", "[à-ü].*", "[^a-c].ts", "*.{ts,md}", "lib", ".*", "!(x)"];
    const patterns = ["**/*.ts", "src/**", "**/.*", "docs/*.md", "**/[[]id].ts", "**/{a,c.test}.ts"];
    for (let count = 0; count < 300; count++) patterns.push(several(3, () => of(parts)).join("/"));
    for (const pattern of new Set(patterns)) {
      // Extended patterns are none of ours; a pattern without a slash is asked of the name.
      if (pattern === "" || pattern.includes("!(")) continue;
      // As in `.gitignore`, `a/**` is what lies beneath `a`; picomatch's is `a`, too.
      const beneath = pattern.replace(/\/\*\*$/, "/**/*");
      const isMatch = picomatch(beneath.includes("/") ? beneath : `**/${beneath}`, { dot: true });
      const expected = files.filter((file) => isMatch(file)).sort();
      const found = await ironbridge.glob(pattern, { ...options, limit: 1000 });
      assert.deepEqual(found.files.map((file) => file.path).sort(), expected, pattern);
    }
  }));

/** The first strategies of the cascade as one would write them: exact, then lines without the space round them. */
function plainEdit(content, old, replacement) {
  const places = (found) => (found.length === 1 ? found[0] : undefined);
  const exact = [];
  for (let at = content.indexOf(old); at !== -1; at = content.indexOf(old, at + 1)) exact.push(at);
  if (exact.length > 0) {
    const at = places(exact);
    if (at === undefined) return "several";
    return content.slice(0, at) + replacement + content.slice(at + old.length);
  }
  return undefined;
}

test("an edit that fits exactly is what plain JavaScript makes of it", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const { text, below } = choices(seed);
    const content = text(["let a = 1;\n", "  b();\n", "x", "ä", "😀", "\n", "}", "if (c) {\n"], 30);
    const start = below(content.length || 1);
    const old = content.slice(start, start + 1 + below(12)).toWellFormed();
    const expected = old === "" || old.includes("\ufffd") ? undefined : plainEdit(content, old, "«new»");
    if (expected === undefined) continue;
    let edited;
    try {
      edited = ironbridge.editText(content, old, "«new»").content;
    } catch (error) {
      edited = error.code === "ERR_SEVERAL_MATCHES" ? "several" : error.code;
    }
    assert.equal(edited, expected, JSON.stringify({ content, old }));
  }
});

test("a line whose space differs is found where plain JavaScript finds it", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { below, of } = choices(seed);
    const lines = Array.from({ length: 20 }, (_, number) => `${of(["", "  ", "\t"])}line ${number};`);
    const first = below(18);
    const old = lines
      .slice(first, first + 2)
      .map((line) => `${of(["", " ", "    "])}${line.trim()}`)
      .join("\n");
    const content = `${lines.join("\n")}\n`;
    const { ranges } = ironbridge.editText(content, old, "gone();\ngone();");
    assert.deepEqual(
      ranges.map(({ before }) => [before.firstLine, before.lastLine]),
      [[first + 1, first + 2]],
      JSON.stringify({ content, old }),
    );
  }
});

test("plain commands are read as splitting at spaces and operators reads them", () => {
  const words = ["echo", "ls", "-la", "src", "a.txt", "--flag=x", "1", "git", "status", "/tmp/x"];
  for (let seed = 1; seed <= 300; seed++) {
    const { several, of } = choices(seed);
    const commands = [["echo"], ...several(3, () => ["git", ...several(4, () => of(words))])];
    let text = "";
    for (const [index, command] of commands.entries())
      text += `${index > 0 ? ` ${of(["&&", "||", ";", "|"])} ` : ""}${command.join(" ")}`;
    const parsed = ironbridge.parseShell(text, { cwd: "/" });
    assert.deepEqual(
      parsed.commands.map((command) => command.text),
      commands.map((command) => command.join(" ")),
      text,
    );
    assert.deepEqual(
      parsed.commands.map((command) => command.name),
      commands.map(([name]) => name),
    );
  }
});

const TEXT_PART = z.object({ type: z.literal("text"), text: z.string() });
const MESSAGE = z.discriminatedUnion("role", [
  z.object({ role: z.literal("system"), content: z.union([z.string(), z.array(TEXT_PART)]) }),
  z.object({ role: z.literal("user"), content: z.union([z.string(), z.array(TEXT_PART).min(1)]) }),
  z.object({ role: z.literal("assistant"), content: z.string() }),
]);
const CHAT = z.object({
  model: z.string().min(1),
  messages: z.array(MESSAGE).min(1),
  max_tokens: z.number().int().min(1).optional(),
  temperature: z.number().min(0).max(2).optional(),
  stream: z.boolean().optional(),
});

test("payloads are valid where a schema of zod's says so", () => {
  let valid = 0;
  for (let seed = 1; seed <= 2000; seed++) {
    const { of, several, below } = choices(seed);
    // One stray in ten places: so about half of the payloads have none.
    const mostly = (right, wrong) => of(below(10) === 0 ? wrong : right);
    const text = { type: "text", text: "hi" };
    const content = () => mostly(["hi", "", [text], [text, text]], [7, null, [{ type: "text", text: 1 }], [{ type: "text" }]]);
    const message = () => {
      const role = mostly(["user", "assistant", "system"], ["king", 1]);
      // An assistant may speak in parts; the schema above leaves that out.
      return { role, content: role === "assistant" ? mostly(["hi"], [7]) : content() };
    };
    const messages = mostly([[message(), ...several(2, message)]], [1, "x", []]);
    const payload = { model: mostly(["m"], [1, null]), messages };
    if (below(3) === 0) payload.max_tokens = mostly([1, 100], [1.5, "1", 0]);
    if (below(3) === 0) payload.temperature = mostly([0, 2], ["hot", 3]);
    if (below(3) === 0) payload.stream = mostly([true, false], [1]);
    const expected = CHAT.safeParse(payload);
    const { valid: found, errors } = ironbridge.validatePayloadDetailed(payload, "chat");
    assert.equal(found, expected.success, JSON.stringify({ payload, errors, zod: expected.error?.issues }));
    valid += Number(found);
  }
  // Both kinds are there, and many of each.
  assert.ok(valid > 500 && valid < 1500, `${valid} of 2,000 were valid`);
});
