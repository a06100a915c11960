// What plain JavaScript says yes to has no mistake for Rust, whatever stands where; and it says yes to what is usual.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { mutated, random, request, responsesRequest, tools } from "./compat/payloads.mjs";
import { ironbridge } from "./place.mjs";

const require = createRequire(import.meta.url);
const { native } = require("../dist/native.js");
const { Code } = require("../dist/payload/fits.js");
const DIALECTS = Object.fromEntries(
  ["chat", "responses", "messages"].map((name) => [
    name,
    new Code().compiled(require(`../dist/payload/${name}.js`)[name]),
  ]),
);

/** Rust's mistakes in what `JSON.stringify` makes of it. */
function mistakes(payload, dialect) {
  return JSON.parse(native.validatePayload(JSON.stringify(payload), dialect) ?? "[]");
}

/** Values that JSON writes as something else, or Rust refuses wherever they stand. */
const STRANGE = [
  () => undefined,
  () => Number.NaN,
  () => Infinity,
  () => new Date(0),
  () => new String("text"),
  () => new Map([["a", 1]]),
  () => ({ toJSON: () => "text" }),
  () => Object.create({ type: "text", text: "inherited" }),
  () => [undefined],
  () => Object.assign(new Array(2), { 1: "a" }),
  () => "\ud800",
  () => ({ "\udc00": 1 }),
  () => () => 1,
  () => Symbol("s"),
  () => -0,
  () => 2 ** 60,
  () => JSON.parse(`${"[".repeat(120)}${"]".repeat(120)}`),
  () => JSON.parse('{"__proto__": {"role": 1}}'),
];

/** Puts something strange in the place of one member. */
function strange(next, value) {
  const { pick, chance } = tools(next);
  const root = structuredClone(value);
  let holder = root;
  for (;;) {
    const keys = Object.keys(holder);
    if (keys.length === 0) return root;
    const key = pick(keys);
    if (typeof holder[key] === "object" && holder[key] !== null && chance(0.8)) holder = holder[key];
    else {
      holder[key] = pick(STRANGE)();
      return root;
    }
  }
}

test("a yes of plain JavaScript is Rust's yes", () => {
  const next = random(20261121);
  let agreed = 0;
  for (let round = 0; round < 3000; round++) {
    const right = round % 2 === 0 ? request(next) : responsesRequest(next);
    const payload = [() => right, () => mutated(next, right), () => strange(next, right)][round % 3]();
    for (const [dialect, fits] of Object.entries(DIALECTS)) {
      if (!fits(payload)) continue;
      agreed += 1;
      assert.deepEqual(mistakes(payload, dialect), [], `${dialect} ${JSON.stringify(payload)}`);
    }
  }
  assert.ok(agreed > 1000, `only ${agreed} were plainly valid`);
});

test("both say the same of every payload", () => {
  const next = random(7);
  for (let round = 0; round < 1000; round++) {
    const right = round % 2 === 0 ? request(next) : responsesRequest(next);
    const payload = round % 3 === 0 ? right : mutated(next, right);
    for (const dialect of Object.keys(DIALECTS)) {
      const errors = mistakes(payload, dialect);
      const found = ironbridge.validatePayloadDetailed(payload, dialect);
      assert.deepEqual(found, { valid: errors.length === 0, errors });
    }
  }
});

test("usual requests need no Rust", () => {
  const { chat, messages, responses } = DIALECTS;
  const usual = [
    [chat, { model: "m", messages: [{ role: "user", content: "Hello" }], temperature: undefined, stop: null }],
    [messages, { model: "m", max_tokens: 1, messages: [{ role: "user", content: "Hello" }], future: [{ a: 1 }] }],
    [responses, { model: "m", input: "Hello" }],
    [responses, { model: "m", input: [{ role: "user", content: "Hello" }] }],
  ];
  for (const [fits, payload] of usual) assert.equal(fits(payload), true, JSON.stringify(payload));
});

test("members that somebody gave all objects are not taken for a payload's own", () => {
  const empty = {};
  try {
    Object.assign(Object.prototype, { model: "m", messages: [{ role: "user", content: "Hello" }] });
    assert.equal(ironbridge.validatePayload(empty, "chat"), false);
  } finally {
    delete Object.prototype.model;
    delete Object.prototype.messages;
  }
});

test("where a program may compile nothing, Rust judges all", { skip: process.versions.bun && "an option of Node's" }, () => {
  const script = `
    const { validatePayloadDetailed } = require(${JSON.stringify(require.resolve("../dist/index.js"))});
    const messages = [{ role: "user", content: "Hello" }];
    console.log(JSON.stringify([{ model: "m", messages }, { messages }].map((one) => validatePayloadDetailed(one, "chat"))));`;
  const flags = ["--disallow-code-generation-from-strings", "--input-type=commonjs", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  const [right, wrong] = JSON.parse(stdout);
  assert.deepEqual(right, { valid: true, errors: [] });
  assert.deepEqual(wrong.errors.map((error) => error.path), ["/model"]);
});
