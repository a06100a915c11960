import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { messages, mutated, PNG, random, request, tools } from "./compat/payloads.mjs";
import { failure } from "./place.mjs";

const home = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(import.meta.url);
const compat = require("ironbridge/compat/copilot-api");
/** A module of the entry that is not exported: the tests alone reach it. */
const inner = (name) => require(join(home, "dist/compat/copilot-api", `${name}.js`));

/** Runs `work` with variables set, and puts them back. */
async function withEnv(variables, work) {
  const before = { ...process.env };
  try {
    Object.assign(process.env, variables);
    return await work();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

test("the thirteen functions are there", () => {
  const names = [
    ...["getTokenCount", "checkRateLimit", "getRateLimitStats", "resetRateLimit"],
    ...["validatePayload", "validatePayloadDetailed"],
    ...["createChatCompletions", "createEmbeddings", "getModels", "getCopilotUsage"],
    ...["getCopilotToken", "refreshToken", "setupGitHubToken"],
  ];
  assert.equal(names.length, 13);
  const functions = Object.keys(compat).filter((name) => name !== "IronbridgeError");
  assert.deepEqual(functions.sort(), [...names, "getPerformanceStats"].sort());
  assert.ok(functions.every((name) => typeof compat[name] === "function"));
});

// The package without a native file that loads, with and without the peer.
const copies = mkdtempSync(join(tmpdir(), "ironbridge-compat-"));
after(() => rmSync(copies, { recursive: true, force: true }));

function copied(name, { native, peer }) {
  const folder = join(copies, name);
  cpSync(join(home, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(home, "package.json"), join(folder, "package.json"));
  const { platformName } = require(join(home, "dist/platform.js"));
  mkdirSync(join(folder, "native"));
  const file = `native/ironbridge.${platformName()}.node`;
  if (native) symlinkSync(join(home, file), join(folder, file));
  else writeFileSync(join(folder, file), "no library");
  mkdirSync(join(folder, "node_modules"));
  if (peer)
    symlinkSync(join(home, "node_modules/gpt-tokenizer"), join(folder, "node_modules/gpt-tokenizer"));
  return join(folder, "dist/compat/copilot-api.js");
}

function stateOf(entry, env = {}) {
  const script = join(home, "test/compat/states.mjs");
  const done = spawnSync(process.execPath, [script, entry], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

test("every state gives the same, and says once what it is", () => {
  const entry = join(home, "dist/compat/copilot-api.js");
  const native = stateOf(entry);
  assert.deepEqual(native.warnings, []);
  assert.deepEqual(native.answers, {
    tokens: { input: 38, output: 42 },
    tokensOfText: { input: 38, output: 42 },
    none: { input: 0, output: 0 },
    image: { input: 772, output: 0 },
    limits: [
      { allowed: true, remaining: 1, later: false },
      { allowed: true, remaining: 0, later: false },
      { allowed: false, remaining: 0, later: true },
    ],
    stats: { activeLimiters: 1 },
    reset: [true, false],
    afterReset: { allowed: true, remaining: 1, later: false },
    valid: true,
    detailed: native.answers.detailed,
  });
  const warning = "IRONBRIDGE_FALLBACK";
  const unloadable = copied("unloadable", { native: false, peer: true });
  const bare = copied("bare", { native: false, peer: false });
  const peerless = copied("peerless", { native: true, peer: false });
  const [noTokens, noLimits] = [{ USE_RUST_TOKENIZER: "false" }, { USE_RUST_RATE_LIMIT: "false" }];
  const guessed = { input: 30, output: 41 };
  const guess = { tokens: guessed, tokensOfText: guessed };
  const states = [
    ["tokens in JavaScript", stateOf(entry, noTokens), {}, []],
    ["limits in JavaScript", stateOf(entry, noLimits), {}, []],
    ["both in JavaScript", stateOf(entry, { ...noTokens, ...noLimits }), {}, []],
    ["other words are not `false`", stateOf(entry, { USE_RUST_TOKENIZER: "no" }), {}, []],
    ["no native file", stateOf(unloadable), {}, [warning]],
    ["no native file, no peer", stateOf(bare), guess, [warning, warning]],
    ["no peer", stateOf(peerless), {}, []],
    ["no peer, tokens in JavaScript", stateOf(peerless, noTokens), guess, [warning]],
  ];
  for (const [name, state, differs, warnings] of states) {
    assert.deepEqual(state.answers, { ...native.answers, ...differs }, name);
    assert.deepEqual(state.warnings, warnings, name);
  }
});

test("the variables are read at each call", async () => {
  const { compute } = inner("core").core();
  let crossings = 0;
  inner("core").core().compute = (...given) => {
    crossings += 1;
    return compute(...given);
  };
  const limit = { capacity: 1, refillPerSecond: 0.001 };
  const seen = () => {
    crossings = 0;
    compat.getTokenCount([{ role: "user", content: "a" }]);
    return [crossings > 0, compat.checkRateLimit("read at each call", limit).allowed];
  };
  try {
    assert.deepEqual(seen(), [true, true]);
    assert.deepEqual(seen(), [true, false]);
    const off = { USE_RUST_TOKENIZER: "false", USE_RUST_RATE_LIMIT: "false" };
    // Each side has buckets of its own.
    assert.deepEqual(await withEnv(off, seen), [false, true]);
    assert.deepEqual(seen(), [true, true]);
  } finally {
    inner("core").core().compute = compute;
  }
});

test("messages that are none are refused, on both sides alike", async () => {
  for (const variable of ["true", "false"]) {
    await withEnv({ USE_RUST_TOKENIZER: variable }, async () => {
      const code = async (given) => (await failure(() => compat.getTokenCount(given))).code;
      assert.equal(await code("no JSON"), "ERR_INVALID_INPUT");
      assert.equal(await code({ role: "user" }), "ERR_INVALID_INPUT");
      assert.equal(await code(undefined), "ERR_INVALID_INPUT");
      assert.equal(await code([3]), "ERR_INVALID_PAYLOAD");
      const error = await failure(() => compat.getTokenCount([{ role: "nobody", content: "a" }]));
      assert.deepEqual(error.errors.map(({ path }) => path), ["/messages/0/role"]);
      assert.deepEqual(compat.getTokenCount([{ role: "user" }]), { input: 7, output: 0 });
    });
  }
});

test("a limit lets through what its bucket holds", async () => {
  const limit = { capacity: 2, refillPerSecond: 0.001 };
  const clock = inner("limits").clock;
  const { now } = clock;
  try {
    let time = 1_000_000;
    clock.now = () => time;
    for (const variable of ["true", "false"]) {
      await withEnv({ USE_RUST_RATE_LIMIT: variable }, () => {
        const key = `limit ${variable}`;
        const check = () => compat.checkRateLimit(key, limit);
        assert.deepEqual(check(), { allowed: true, remaining: 1, retryAfterMs: 0 });
        assert.deepEqual(check(), { allowed: true, remaining: 0, retryAfterMs: 0 });
        assert.deepEqual(check(), { allowed: false, remaining: 0, retryAfterMs: 1_000_000 });
        time += 999_999;
        assert.deepEqual(check(), { allowed: false, remaining: 0, retryAfterMs: 1 });
        time += 1;
        assert.deepEqual(check(), { allowed: true, remaining: 0, retryAfterMs: 0 });
        // The clock of a machine may be set back; a bucket does not mind.
        time -= 500;
        assert.equal(check().allowed, false);
        time += 500;
        // Other numbers are another bucket.
        assert.equal(compat.checkRateLimit(key, { ...limit, capacity: 5 }).remaining, 4);
        assert.equal(compat.resetRateLimit(key), true);
        // As the earlier layer has it: a second for each, three at once.
        const earlier = () => compat.checkRateLimit(`${key} earlier`, 1, 3);
        assert.deepEqual([earlier(), earlier(), earlier(), earlier()], [true, true, true, false]);
        time += 1000;
        assert.deepEqual([earlier(), earlier()], [true, false]);
      });
    }
  } finally {
    clock.now = now;
  }
});

test("limits nobody asked for are dropped after an hour", () => {
  const clock = inner("limits").clock;
  const { now } = clock;
  try {
    let time = 10_000_000;
    clock.now = () => time;
    const limit = { capacity: 2, refillPerSecond: 0.000001 };
    compat.checkRateLimit("idle", limit);
    time += 30 * 60_000;
    compat.checkRateLimit("asked again", limit);
    const before = compat.getRateLimitStats().activeLimiters;
    time += 30 * 60_000;
    assert.equal(compat.getRateLimitStats().activeLimiters, before);
    time += 1;
    assert.equal(compat.getRateLimitStats().activeLimiters, 1);
    assert.equal(compat.checkRateLimit("asked again", limit).remaining, 0);
    assert.equal(compat.checkRateLimit("idle", limit).remaining, 1);
  } finally {
    clock.now = now;
    compat.resetRateLimit("idle");
    compat.resetRateLimit("asked again");
  }
});

test("limits out of bounds are refused, and so is one key too many", async () => {
  const good = { capacity: 1, refillPerSecond: 1 };
  const strange = [0, -1, 1.5, Number.NaN, Infinity, 1_000_001, "1"];
  for (const variable of ["true", "false"]) {
    await withEnv({ USE_RUST_RATE_LIMIT: variable }, async () => {
      const refused = async (limit) =>
        (await failure(() => compat.checkRateLimit("bounds", limit))).code;
      for (const capacity of strange) assert.equal(await refused({ ...good, capacity }), "ERR_INVALID_INPUT");
      for (const refillPerSecond of [0, -1, Number.NaN, Infinity, 1e-7])
        assert.equal(await refused({ ...good, refillPerSecond }), "ERR_INVALID_INPUT");
      for (const limit of [undefined, null, "1"]) assert.equal(await refused(limit), "ERR_INVALID_INPUT");
      assert.equal((await failure(() => compat.checkRateLimit(1, good))).code, "ERR_INVALID_INPUT");
      assert.equal((await failure(() => compat.checkRateLimit("a", 0))).code, "ERR_INVALID_INPUT");
    });
  }
  await withEnv({ USE_RUST_RATE_LIMIT: "false" }, async () => {
    const keys = Array.from({ length: 100_001 }, (_, index) => `key ${index}`);
    try {
      const error = await failure(() => {
        for (const key of keys) compat.checkRateLimit(key, good);
      });
      assert.equal(error.code, "ERR_TOO_MANY_KEYS");
    } finally {
      for (const key of keys) compat.resetRateLimit(key);
    }
  });
});

test("payloads are judged as the earlier layer judges them", () => {
  const hello = [{ role: "user", content: "Hello" }];
  const vision = [{ role: "user", content: [{ type: "image_url", image_url: { url: PNG } }] }];
  const anthropic = { role: "user", content: [{ type: "tool_result", tool_use_id: "t" }, { type: "text" }] };
  for (const [payload, contentType] of [
    [{ messages: hello, model: "gpt-4", max_tokens: 100, temperature: 0.7 }, "text"],
    [{ messages: hello, model: "claude-3-sonnet", max_tokens: 100 }, "text"],
    [JSON.stringify({ messages: hello, model: "gpt-4" }), "text"],
    [{ messages: vision, model: "gpt-4-vision-preview" }, "vision"],
    [{ messages: hello, model: "claude", max_tokens: 100, tools: [{ name: "f", input_schema: {} }] }, "anthropic"],
    [{}, undefined],
    [{ messages: [], model: "gpt-4" }, undefined],
    [{ messages: [{ role: "invalid", content: "test" }], model: "gpt-4" }, undefined],
    [{ messages: hello, model: "" }, undefined],
    [JSON.stringify({ messages: hello, model: "" }), undefined],
    [{ messages: hello, model: "gpt-4", temperature: 5.0 }, undefined],
    [{ messages: [anthropic], model: "claude", max_tokens: 1 }, undefined],
    ["invalid json", undefined],
    [null, undefined],
    [undefined, undefined],
    [7, undefined],
  ]) {
    const detailed = compat.validatePayloadDetailed(payload);
    const said = JSON.stringify(payload);
    assert.equal(detailed.contentType, contentType, said);
    assert.equal(detailed.valid, contentType !== undefined, said);
    assert.equal(compat.validatePayload(payload), detailed.valid, said);
    assert.equal(typeof detailed.error, detailed.valid ? "undefined" : "string", said);
    assert.equal(detailed.errors.length > 0, !detailed.valid, said);
  }
  const { error, errors } = compat.validatePayloadDetailed({ model: "gpt-4", messages: [{ role: "x" }] });
  assert.match(error, /^OpenAI validation: \/messages\/0\/role: .*\. Anthropic validation: /);
  assert.equal(errors[0].path, "/messages/0/role");
});

test("the fallback finds the mistakes that the native side finds", () => {
  const { compute, parsed } = inner("core").core();
  const { problemsOf } = inner("validation");
  const next = random(20261121);
  const { pick } = tools(next);
  let valid = 0;
  for (let round = 0; round < 1500; round++) {
    const right = request(next);
    const payload = round < 200 ? right : mutated(next, right);
    for (const dialect of ["chat", "messages"]) {
      const texts = [JSON.stringify(payload)];
      const errors = parsed(compute("validate", { input: { dialect }, texts }));
      assert.deepEqual(problemsOf(payload, dialect), errors, `${dialect} ${texts[0]}`);
      valid += errors.length === 0;
    }
  }
  assert.ok(valid > 200, `${valid} of them are valid`);
  assert.ok(pick([1]));
});

test("the fallback counts what the native side counts", async () => {
  const next = random(7);
  for (let round = 0; round < 500; round++) {
    const given = messages(next);
    const native = compat.getTokenCount(given);
    const plain = await withEnv({ USE_RUST_TOKENIZER: "false" }, () => compat.getTokenCount(given));
    assert.deepEqual(plain, native, JSON.stringify(given));
  }
});

test("the fallback's buckets are the native side's", () => {
  const { NativeBucket } = inner("core").core();
  const { Bucket } = require(join(home, "dist/bucket.js"));
  const next = random(3);
  const { pick } = tools(next);
  for (let round = 0; round < 300; round++) {
    const capacity = pick([1, 2, 7, 1_000, 1_000_000]);
    const refill = pick([0.000001, 0.001, 1 / 60, 1 / 3, 0.29, 1, 999.999, 1_000_000]);
    const [native, plain] = [new NativeBucket(capacity, refill), new Bucket(capacity, refill)];
    let time = Math.floor(next() * 1e9);
    for (let step = 0; step < 200; step++) {
      time += Math.floor(next() * pick([2, 50, 5_000, 3_600_000])) - (next() < 0.1 ? 20 : 0);
      const taken = native.take(time);
      assert.equal(plain.take(time), taken, `${capacity} ${refill} step ${step}`);
      if (taken < 0 && next() < 0.2) time += -taken;
    }
  }
});

test("calls are measured while PERF_MONITOR is true", async () => {
  compat.validatePayload({});
  assert.equal(compat.getPerformanceStats().validatePayload, undefined);
  await withEnv({ PERF_MONITOR: "true" }, async () => {
    for (let round = 0; round < 3000; round++) compat.validatePayload({});
    await failure(() => compat.getTokenCount("no JSON"));
    await failure(compat.getModels({ url: "http://127.0.0.1:1" }));
  });
  compat.validatePayload({});
  const { validatePayload, getTokenCount, getModels } = compat.getPerformanceStats();
  assert.deepEqual(Object.keys(validatePayload), ["count", "mean", "p50", "p95", "max"]);
  assert.equal(validatePayload.count, 3000);
  const { mean, p50, p95, max } = validatePayload;
  assert.ok(0 < p50 && p50 <= p95 && p95 <= max && mean <= max);
  assert.deepEqual([getTokenCount.count, getModels.count], [1, 1]);
});

/** The seven, each with what it needs. */
const asked = {
  createChatCompletions: (options) => compat.createChatCompletions({ model: "offline" }, options),
  createEmbeddings: (options) => compat.createEmbeddings({ model: "e", input: "a" }, options),
  getModels: (options) => compat.getModels(options),
  getCopilotUsage: (options) => compat.getCopilotUsage(options),
  getCopilotToken: (options) => compat.getCopilotToken(options),
  refreshToken: (options) => compat.refreshToken(options),
  setupGitHubToken: (options) => compat.setupGitHubToken(options),
};

/** Runs `work` with the URL of a server that answers as `answer` says. */
async function served(answer, work) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("without a gateway the seven say so", async () => {
  const gone = await served(() => {}, (url) => url);
  for (const [name, ask] of Object.entries(asked)) {
    const error = await failure(ask({ url: gone }));
    assert.equal(error.code, "ERR_GATEWAY_UNREACHABLE", name);
    assert.match(error.message, /ironbridge start/);
    assert.equal((await failure(ask({ url: "no url" }))).code, "ERR_INVALID_INPUT", name);
    assert.equal((await failure(ask({ url: gone, signal: AbortSignal.abort() }))).code, "ERR_CANCELLED", name);
  }
  await withEnv({ IRONBRIDGE_URL: gone }, async () => {
    assert.equal((await failure(compat.getModels())).code, "ERR_GATEWAY_UNREACHABLE");
  });
});

test("a gateway that answers strangely is told apart from one that refuses", async () => {
  const reply = (status, body) => (_request, response) => response.writeHead(status).end(body);
  const code = (answer, options) =>
    served(answer, async (url) => (await failure(compat.getModels({ url, ...options }))).code);
  assert.equal(await code(reply(200, "<html>")), "ERR_GATEWAY_ANSWER");
  assert.equal(await code(reply(500, "oops")), "ERR_GATEWAY_REFUSED");
  assert.equal(await code((request) => request.socket.destroy()), "ERR_GATEWAY_UNREACHABLE");
  assert.equal(await code(() => {}, { timeoutMs: 50 }), "ERR_DEADLINE");
  const breaks = (_request, response) => {
    response.writeHead(200, { "content-length": 100 }).write("{");
    setImmediate(() => response.destroy());
  };
  assert.equal(await code(breaks), "ERR_GATEWAY_ANSWER");
  const aborting = new AbortController();
  const aborts = () => aborting.abort();
  assert.equal(await code(aborts, { signal: aborting.signal }), "ERR_CANCELLED");
  const envelope = JSON.stringify({ error: { message: "no such model" } });
  await served(reply(404, envelope), async (url) => {
    const error = await failure(compat.createEmbeddings({ model: "x", input: "" }, { url }));
    assert.equal(error.status, 404);
    assert.match(error.message, /no such model/);
    assert.equal((await failure(compat.setupGitHubToken({ url }))).code, "ERR_NOT_SIGNED_IN");
  });
});

test("the right credential goes to the right route", async () => {
  const seen = {};
  const answer = (request, response) => {
    seen[request.url] = request.headers.authorization;
    response.end("{}");
  };
  await served(answer, async (url) => {
    for (const ask of Object.values(asked)) await ask({ url: `${url}/`, apiKey: "k", adminToken: "t" });
  });
  assert.deepEqual(seen, {
    "/v1/chat/completions": "Bearer k",
    "/v1/embeddings": "Bearer k",
    "/v1/models": "Bearer k",
    "/usage": "Bearer t",
    "/token": "Bearer t",
  });
});

test("a stream's events come as they are sent, however they are cut", async () => {
  const events = `: hello\r\n\r\ndata: {"ä":1}\r\n\r\nevent: x\ndata: a\ndata: b\n\ndata: [DONE]\n\n`;
  const answer = async (_request, response) => {
    for (const byte of Buffer.from(events)) {
      response.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    response.end();
  };
  await served(answer, async (url) => {
    const stream = await compat.createChatCompletions({ stream: true }, { url });
    const got = [];
    for await (const event of stream) got.push(event);
    assert.deepEqual(got, [{ data: '{"ä":1}' }, { event: "x", data: "a\nb" }, { data: "[DONE]" }]);
  });
  // Whoever stops reading ends the request.
  let closed;
  const endless = (request, response) => {
    closed = new Promise((resolve) => request.socket.on("close", resolve));
    response.write("data: 1\n\n");
  };
  await served(endless, async (url) => {
    for await (const event of await compat.createChatCompletions({ stream: true }, { url })) {
      assert.equal(event.data, "1");
      break;
    }
    await closed;
  });
});
